"""Is a pair called equal exactly when it is, and does each difference say where?"""

import sys
from decimal import Decimal
from subprocess import run

import pytest

from tasksplit.compare import Comparison, RuleFailed, compare, compile_rules
from tasksplit.compare.explain import explain
from tasksplit.errors import DeclarationError
from tasksplit.model import rules
from tasksplit.model.verdict import Kind
from tasksplit.wire.canonical import CanonicalError, canonical

DEEP = b"[" * 100_000 + b"]" * 100_000


def judged(legacy, split, *declared, handler="h") -> Comparison:
    return compare(canonical(legacy), canonical(split), compile_rules(declared), handler)


def found(comparison: Comparison) -> list[tuple[str, str]]:
    return [(d.kind.value, d.path) for d in comparison.differences]


@pytest.mark.parametrize(
    ("legacy", "split", "kind"),
    [
        ([1], [True], Kind.TYPE),
        ([1], [1.0], Kind.TYPE),
        ([0], [False], Kind.TYPE),
        ([0.0], [-0.0], Kind.VALUE),
        ([None], [0], Kind.TYPE),
        ([(1, 2)], [[1, 2]], Kind.TYPE),
        ([{1, 2}], [[1, 2]], Kind.TYPE),
        ([{1}], [frozenset({1})], Kind.TYPE),
        ([Decimal("1.0")], [1.0], Kind.TYPE),
        ([Decimal("1.0")], ["1.0"], Kind.TYPE),
        ([b"x"], ["eA=="], Kind.TYPE),
        ([{"$set": [1]}], [{1}], Kind.TYPE),
        ([{"\u0000set": 1}], [{"\u0000set": 2}], Kind.VALUE),
    ],
)
def test_what_json_and_python_confuse_differs(legacy, split, kind):
    comparison = judged(legacy, split)
    assert not comparison.equal
    assert [d.kind for d in comparison.differences] == [kind]
    assert comparison.differences[0].path.startswith("$[0]")


def test_nan_equals_nan_and_nothing_else():
    assert judged([float("nan")], [float("nan")]).equal
    assert not judged([float("nan")], [None]).equal
    assert not judged([float("nan")], [float("inf")]).equal


def test_members_missing_and_extra_are_seen_from_either_side():
    assert found(judged({"a": 1, "b": 2}, {"b": 2, "c": 3})) == [("missing", "$.a"), ("extra", "$.c")]
    assert found(judged({"b": 2, "c": 3}, {"a": 1, "b": 2})) == [("extra", "$.a"), ("missing", "$.c")]


def test_a_key_that_became_a_string_is_two_differences():
    assert found(judged({"x": {1: "a"}}, {"x": {"1": "a"}})) == [("extra", "$.x['1']"), ("missing", "$.x[1]")]


def test_items_of_a_set_are_shown_without_the_harness_own_tags():
    difference = judged({"x": {1, 2}}, {"x": [1, 2]}).differences[0]
    assert (difference.path, difference.kind) == ("$.x", Kind.TYPE)
    assert (difference.legacy, difference.split) == ({"$set": [1, 2]}, [1, 2])


def test_a_set_compares_as_a_set():
    assert judged({"x": {"b", "a"}, "t": 1}, {"x": {"a", "b"}, "t": 1}).equal
    assert found(judged({"x": {1, 2}}, {"x": {1}})) == [("missing", "$.x[1]")]


def test_rules_reach_through_a_tuple():
    rule = rules.ignore("$.x[1].at", because="clock")
    assert judged({"x": (1, {"at": 1})}, {"x": (1, {"at": 2})}, rule).equal


# lists


def test_one_call_left_out_is_one_difference():
    calls = [{"call": "http", "url": f"/{i}"} for i in range(6)]
    assert found(judged({"calls": calls}, {"calls": calls[:2] + calls[3:]})) == [("missing", "$.calls[2]")]
    assert found(judged({"calls": calls[:2] + calls[3:]}, {"calls": calls})) == [("extra", "$.calls[2]")]


def test_one_call_left_out_is_one_difference_though_each_call_has_an_ignored_time():
    rule = rules.ignore("$.calls[*].at", because="clock")
    ours = [{"url": f"/{i}", "at": i} for i in range(6)]
    theirs = [{"url": f"/{i}", "at": i + 100} for i in range(6) if i != 2]
    assert found(judged({"calls": ours}, {"calls": theirs}, rule)) == [("missing", "$.calls[2]")]


def test_a_call_done_with_another_argument_points_into_the_call():
    ours = [{"url": f"/{i}", "body": {"state": "ok"}} for i in range(4)]
    theirs = [dict(call) for call in ours]
    theirs[2] = {"url": "/2", "body": {"state": "bad"}}
    assert found(judged({"calls": ours}, {"calls": theirs})) == [("value", "$.calls[2].body.state")]


def test_another_order_is_one_difference():
    assert found(judged({"calls": [{"a": 1}, {"a": 2}, 3]}, {"calls": [3, {"a": 1}, {"a": 2}]})) == [
        ("order", "$.calls")
    ]


def test_replaced_and_inserted_at_once_of_the_same_length():
    assert found(judged(["a", "b", "c", "d"], ["x", "a", "b", "c"])) == [("extra", "$[0]"), ("missing", "$[3]")]


def test_lists_in_lists_are_aligned_without_an_explosion():
    ours, theirs = [1, 2], [2, 3]
    for n in range(30):
        ours, theirs = [n, ours, [ours]], [[theirs], n + 1, theirs]
        if n > 8:
            ours, theirs = [ours[1]], [theirs[2]]
    assert not judged(ours, theirs).equal


def test_an_effect_done_twice_is_seen_in_an_unordered_list():
    rule = rules.unordered("$.x", because="a set once")
    assert found(judged({"x": [1, 1, 2]}, {"x": [1, 2, 2]}, rule)) == [("value", "$.x[1]")]
    assert found(judged({"x": [1, 2]}, {"x": [2, 1, 1]}, rule)) == [("extra", "$.x[2]")]


def test_unordered_leftovers_are_paired_by_what_tells_them_apart():
    rule = rules.unordered("$.x", because="no order")
    ours = [{"id": i, "kind": "k", "state": "ok"} for i in range(5)]
    theirs = [{"id": i, "kind": "k", "state": "bad" if i in (1, 3) else "ok"} for i in (4, 3, 2, 1, 0)]
    comparison = judged({"x": ours}, {"x": theirs}, rule)
    assert found(comparison) == [("value", "$.x[1].state"), ("value", "$.x[3].state")]
    assert len({d.fingerprint for d in comparison.differences}) == 1


def observed(*rows):
    return {"effects": {"calls": [], "rows": {"builds": list(rows)}, "started": []}, "inputs": {}, "outcome": None}


def row(op, key, **columns):
    return {"op": op, "key": {"id": key}, "columns": columns}


def test_rows_have_no_order_but_a_number():
    first, second = row("insert", 1, status="a"), row("insert", 2, status="b")
    assert judged(observed(first, second), observed(second, first)).equal
    assert found(judged(observed(first, second), observed(second, first, first))) == [
        ("extra", "$.effects.rows.builds[2]")
    ]
    changed = row("insert", 1, status="c")
    assert found(judged(observed(first, second), observed(second, changed))) == [
        ("value", "$.effects.rows.builds[0].columns.status")
    ]
    assert found(judged(observed(first), observed(row("update", 1, status="a")))) == [
        ("value", "$.effects.rows.builds[0].op")
    ]


# rules


def test_an_ignored_path_is_touched_only_where_the_sides_differ():
    at = rules.ignore("$.outcome.at", because="clock")
    legacy, split = {"outcome": {"at": 1, "v": [1]}, "z": 1}, {"outcome": {"at": [2], "v": [1]}, "z": 1}
    assert judged(legacy, split, at) == Comparison(equal=True, touched=(at.name,))
    assert judged(legacy, legacy, at).touched == ()
    assert found(judged(legacy, {**split, "z": 2}, at)) == [("value", "$.z")]
    assert judged(legacy, {"outcome": {"v": [1]}, "z": 1}, at).touched == (at.name,)


@pytest.mark.parametrize("path", ["$.a.at", "$..at", "$.*.at", "$['a'].at", '$["a"]["at"]', "$.a.*", "$.a", "$"])
def test_paths_of_every_form(path):
    assert judged({"a": {"at": 1}}, {"a": {"at": 2}}, rules.ignore(path, because="x")).equal


@pytest.mark.parametrize("path", ["$.b.at", "$.at", "$[0].at", "$.a[0]", "$.a.at.x", "$['a.at']", "$.a['at ']"])
def test_paths_that_lie_elsewhere_hide_nothing(path):
    assert not judged({"a": {"at": 1}}, {"a": {"at": 2}}, rules.ignore(path, because="x")).equal


def test_what_looks_like_an_ignored_line_inside_a_string_hides_nothing():
    rule = rules.ignore("$.a.at", because="x")
    assert not judged({"a": {"b": '\n    "at": 1'}}, {"a": {"b": '\n    "at": 2'}}, rule).equal
    assert not judged({"a": {"b": {"at": 1}}}, {"a": {"b": {"at": 2}}}, rule).equal
    assert not judged({"a": [{"at": 1}]}, {"a": [{"at": 2}]}, rule).equal
    assert judged({"a": {"at": "x,", "c": {}}}, {"a": {"at": {}, "c": {}}}, rule).equal
    assert not judged({"a": {"at": 1}, "b": 1}, {"a": {"at": 2}, "b": True}, rule).equal


@pytest.mark.parametrize("path", ["$.", "$a", "$..", "$.a[", "$.a[-1]", "$.a['b]", "$.a[1:2]", "$[?@.x]", "$.a..[x]"])
def test_a_wrong_path_is_a_sentence(path):
    with pytest.raises(DeclarationError, match=r"Found the path.*To mend it"):
        compile_rules([rules.ignore(path, because="x")])


def test_tolerance_for_numbers_only():
    rule = rules.tolerance("$..n", absolute=0.5, because="rounding")
    assert judged({"n": 1.0}, {"n": 1.4}, rule) == Comparison(equal=True, touched=(rule.name,))
    assert judged({"n": 1}, {"n": 1.4}, rule).equal
    assert judged({"n": Decimal("1.1")}, {"n": Decimal("1.2")}, rule).equal
    assert judged({"n": 10**40}, {"n": 10**40 + 1}, rules.tolerance("$.n", relative=0.01, because="x")).equal
    for legacy, split in [(1.0, 2.0), (0, False), ("1", "1.1"), (float("nan"), 1.0), (float("inf"), 1.0)]:
        assert not judged({"n": legacy}, {"n": split}, rule).equal


def test_rename_reads_in_one_direction():
    rule = rules.rename("$.inputs.pr", to="pull_request", because="clearer")
    assert judged({"inputs": {"pr": 1}}, {"inputs": {"pull_request": 1}}, rule) == Comparison(
        equal=True, touched=(rule.name,)
    )
    assert found(judged({"inputs": {"pr": 1}}, {"inputs": {"pull_request": 2}}, rule)) == [("value", "$.inputs.pr")]
    assert not judged({"inputs": {"pull_request": 1}}, {"inputs": {"pr": 1}}, rule).equal
    deep = rules.rename("$..pr", to="p", because="clearer")
    assert judged([{"a": {"pr": 1}}], [{"a": {"p": 1}}], deep).equal
    with pytest.raises(DeclarationError, match="rename rule"):
        compile_rules([rules.rename("$.a[0]", to="b", because="x")])


def test_normalise_gets_the_python_value():
    rule = rules.normalise("$.x", sorted, because="order of a set")
    assert judged({"x": {3, 1}}, {"x": [1, 3]}, rule) == Comparison(equal=True, touched=(rule.name,))
    assert found(judged({"x": {3, 1}}, {"x": [1, 4]}, rule)) == [("value", "$.x[1]")]


def test_a_normalising_function_that_raises_is_named():
    rule = rules.normalise("$.x", lambda value: value.nope, because="x", name="odd")
    with pytest.raises(RuleFailed, match=r"AttributeError.*'odd'"):
        judged({"x": 1}, {"x": 2}, rule)
    assert judged({"x": 1}, {"x": 1}, rule).equal


# bounds and hostile input


def test_only_fifty_are_described_but_all_are_found():
    comparison = judged({f"k{i}": i for i in range(500)}, {f"k{i}": -i - 1 for i in range(500)})
    assert (len(comparison.differences), comparison.found, comparison.equal) == (50, 500, False)


def test_long_values_are_folded():
    difference = judged({"x": "a" * 5_000_000}, {"x": "b" * 5_000_000}).differences[0]
    assert len(difference.legacy) < 300
    assert "5000000 bytes" in difference.legacy


def test_what_is_too_deep_is_an_error_of_ours():
    with pytest.raises(CanonicalError):
        compare(DEEP, DEEP + b" ", compile_rules([]), "h")


def test_a_long_list_takes_linear_time():
    ours = [{"id": i, "v": i % 7} for i in range(10_000)]
    theirs = [{"id": i, "v": (i % 7) + (i % 5 == 0)} for i in range(10_000)]
    comparison = judged({"x": ours}, {"x": theirs[::-1]}, rules.unordered("$.x", because="x"))
    assert comparison.found == 2_000
    assert judged({"x": ours}, {"x": ours[1:]}).found == 1
    assert found(judged({"x": ours}, {"x": ours[::-1]})) == [("order", "$.x")]


def test_a_fingerprint_leaves_values_and_indices_out():
    def one(key, left, right, index):
        padding = [0] * index
        a = {"p": {key: [*padding, {"s": left}]}}
        return judged(a, {"p": {key: [*padding, {"s": right}]}}).differences[0]

    first = one("12345", "a", "b", 0)
    assert first.shape == "$.p[*][*].s"
    assert first.fingerprint == one("deadbeef1", "x", "y", 3).fingerprint
    assert first.fingerprint != one("12345", "a", 1, 0).fingerprint
    assert first.fingerprint != one("feedback", "a", "b", 0).fingerprint
    assert len(first.fingerprint) == 12


# DeepDiff


def test_deepdiff_would_decide_wrongly():
    from deepdiff import DeepDiff

    twice, other = [1, 1, 2], [1, 2, 2]
    assert DeepDiff(twice, other, ignore_order=True) == {}
    assert not judged({"x": twice}, {"x": other}, rules.unordered("$.x", because="no order")).equal
    assert "root[1]" in explain(twice, other)


def test_comparing_never_imports_deepdiff():
    code = "import sys, tasksplit.compare, tasksplit.capture.freeze; print('deepdiff' in sys.modules)"
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
