"""Do two observations side by side show every difference that was found, and nothing else as differing?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasksplit.compare import compare, compile_rules
from tasksplit.compare.walk import MAX_KEPT
from tasksplit.model import rules
from tasksplit.model.evidence import ShownPair
from tasksplit.model.rules import Rule
from tasksplit.report.beside.lines import Fold, Heading, Line, Mark, Section
from tasksplit.report.beside.listed import is_under
from tasksplit.report.beside.sides import sides
from tasksplit.report.beside.walked import MOST_UNCOUNTED
from tasksplit.report.words import visible
from tasksplit.wire.canonical import CanonicalError, canonical
from tests.hostile import PAYLOADS

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.0, -0.0, 1.0, 2.0]),
    st.sampled_from(["a", "b", ""]),
)
NAMES = st.sampled_from(["a", "b", "$set", "$", "at", "1", "op", "key", "a b"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(NAMES, inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.sets(st.sampled_from(["a", 1, None]), max_size=3),
        st.dictionaries(st.integers(0, 2), inner, max_size=2),
    ),
    max_leaves=5,
)
CALLS = st.fixed_dictionaries({"call": st.sampled_from(["http", "task"]), "body": VALUES})
ROWS = st.fixed_dictionaries({"op": st.sampled_from(["insert", "update"]), "key": st.integers(1, 3), "columns": VALUES})
OBSERVATIONS = st.fixed_dictionaries(
    {
        "inputs": st.none() | st.dictionaries(NAMES, VALUES, max_size=3),
        "outcome": st.sampled_from([{"kind": "ignored"}, {"kind": "raised", "type": "E", "message": "m"}]),
        "effects": st.fixed_dictionaries(
            {
                "calls": st.lists(CALLS, max_size=4),
                "rows": st.dictionaries(st.sampled_from(["t", "u"]), st.lists(ROWS, max_size=3), max_size=2),
                "started": st.lists(VALUES, max_size=2),
            }
        ),
    }
)
SWAPPED = {Mark.ONLY_LEGACY: Mark.ONLY_SPLIT, Mark.ONLY_SPLIT: Mark.ONLY_LEGACY}


def shown(legacy: Any, split: Any, *declared: Rule) -> ShownPair:
    """Return a pair as the gate keeps it: both sides, and what the comparison found."""
    first, second = canonical(legacy), canonical(split)
    found = compare(first, second, compile_rules(declared), "build")
    return ShownPair(
        id="0" * 12, message="m1", legacy=first.decode(), split=second.decode(), differences=found.differences,
        rules=tuple(dict.fromkeys(found.touched)),
    )  # fmt: skip


def observed(**parts: Any) -> dict[str, Any]:
    """Return what one side did, most of it nothing."""
    effects = {"calls": parts.pop("calls", []), "rows": parts.pop("rows", {}), "started": parts.pop("started", [])}
    return {"inputs": {}, "outcome": {"kind": "ignored"}, "effects": effects, **parts}


def lines(found: tuple[Section, ...]) -> list[Line]:
    return [line for section in found for line in section.lines]


def told(line: Line) -> tuple[str, str, str, str]:
    """Return a line as a reader has it."""
    return line.label, line.mark.value, line.legacy.text if line.legacy else "–", line.split.text if line.split else "–"


@given(OBSERVATIONS, OBSERVATIONS)
@settings(max_examples=60, deadline=None)
def test_every_difference_is_on_a_line_that_is_not_equal(legacy: Any, split: Any) -> None:
    pair = shown(legacy, split)
    found = lines(sides(pair))
    for one in pair.differences:
        assert any(is_under(one.path, line.path) or is_under(line.path, one.path) for line in found), one
        assert any(one.fingerprint in line.fingerprints for line in found), one


@given(OBSERVATIONS, OBSERVATIONS)
@settings(max_examples=60, deadline=None)
def test_without_rules_nothing_is_hidden_by_one(legacy: Any, split: Any) -> None:
    pair = shown(legacy, split)
    if len(pair.differences) < MAX_KEPT:
        assert not [line for line in lines(sides(pair)) if line.mark in (Mark.RULED, Mark.UNCOUNTED)]


@given(OBSERVATIONS)
@settings(max_examples=30, deadline=None)
def test_equal_observations_have_equal_lines_only(value: Any) -> None:
    found = sides(shown(value, value))
    assert lines(found) == []
    assert not [block for section in found for block in section.blocks if isinstance(block, Heading)]


@given(OBSERVATIONS, OBSERVATIONS)
@settings(max_examples=60, deadline=None)
def test_from_the_other_side_the_marks_are_mirrored(legacy: Any, split: Any) -> None:
    forth, back = sides(shown(legacy, split)), sides(shown(split, legacy))
    assert sorted(line.mark for line in lines(forth)) == sorted(SWAPPED.get(one.mark, one.mark) for one in lines(back))
    assert sum(section.equal for section in forth) == sum(section.equal for section in back)


@given(OBSERVATIONS, OBSERVATIONS)
@settings(max_examples=30, deadline=None)
def test_shown_twice_is_shown_alike(legacy: Any, split: Any) -> None:
    pair = shown(legacy, split)
    assert sides(pair) == sides(pair)


@given(
    OBSERVATIONS, OBSERVATIONS,
    st.sampled_from(["$.inputs", "$.effects.calls[*].body", "$..a", "$.effects.rows.t", "$.effects.calls[0]"]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_a_rule_leaves_out_is_never_marked_as_differing(legacy: Any, split: Any, path: str) -> None:
    pair = shown(legacy, split, rules.ignore(path, because="x"))
    for line in lines(sides(pair)):
        assert line.fingerprints or line.mark is Mark.RULED or not pair.differences, line


def test_one_item_that_is_missing_does_not_make_the_next_ones_differ() -> None:
    calls = [{"call": "http", "url": f"https://forge.example/{n}", "body": {"n": n}} for n in range(5)]
    (section,) = [
        one for one in sides(shown(observed(calls=calls), observed(calls=calls[:1] + calls[2:]))) if one.lines
    ]
    assert [line.mark for line in section.lines] == [Mark.ONLY_LEGACY]
    assert [block.title for block in section.blocks if isinstance(block, Heading)] == ["http https://forge.example/1"]
    assert section.equal == 4 * 3


def test_items_of_which_a_rule_hides_something_stay_side_by_side() -> None:
    legacy = observed(calls=[{"call": "a", "at": 1, "x": 1}, {"call": "b", "at": 2, "x": 1}, {"call": "c", "at": 3}])
    split = observed(calls=[{"call": "a", "at": 7, "x": 1}, {"call": "b", "at": 8, "x": 2}, {"call": "c", "at": 9}])
    found = sides(shown(legacy, split, rules.ignore("$.effects.calls[*].at", because="a clock")))
    assert [told(line) for line in lines(found)] == [
        ("at", "by a rule", "1", "7"), ("at", "by a rule", "2", "8"), ("x", "differs", "1", "2"),
        ("at", "by a rule", "3", "9"),
    ]  # fmt: skip


def test_items_without_an_order_are_beside_their_own() -> None:
    legacy = observed(inputs={"jobs": [{"name": "a", "n": 1}, {"name": "b", "n": 2}, {"name": "c", "n": 3}]})
    split = observed(inputs={"jobs": [{"name": "c", "n": 3}, {"name": "a", "n": 1}, {"name": "b", "n": 5}]})
    found = lines(sides(shown(legacy, split, rules.unordered("$.inputs.jobs", because="a set in disguise"))))
    assert [told(line) for line in found] == [("n", "differs", "2", "5")]


def test_another_order_is_shown_as_what_moved() -> None:
    legacy, split = observed(inputs={"l": ["a", "b", "c", "d"]}), observed(inputs={"l": ["b", "c", "d", "a"]})
    assert [told(line) for line in lines(sides(shown(legacy, split)))] == [("l[0] → [3]", "moved", '"a"', '"a"')]
    hidden = sides(
        shown(legacy, {**split, "outcome": {"kind": "rejected"}}, rules.unordered("$.inputs.l", because="x"))
    )
    assert [(line.label, line.mark) for line in lines(hidden)] == [
        ("l[0] → [3]", Mark.RULED), ("kind", Mark.DIFFERS),
    ]  # fmt: skip


def test_a_member_that_a_rule_renames_stands_beside_its_new_name() -> None:
    legacy = observed(inputs={"pr": {"id": 1, "x": 1}, "same": 1})
    split = observed(inputs={"pull_request": {"id": 1, "x": 2}, "same": 1})
    found = lines(sides(shown(legacy, split, rules.rename("$.inputs.pr", to="pull_request", because="clearer"))))
    assert [told(line) for line in found] == [("pr → pull_request.x", "differs", "1", "2")]


def test_what_a_function_made_comparable_is_shown_where_it_differs() -> None:
    rule = rules.normalise("$.inputs.text", lambda text: {"words": text.split()}, because="spaces are nothing")
    found = lines(sides(shown(observed(inputs={"text": "a  b"}), observed(inputs={"text": "a c"}), rule)))
    assert [told(line)[:2] for line in found] == [("text", "differs")]
    assert found[0].fingerprints


@pytest.mark.parametrize(
    ("legacy", "split", "note"),
    [
        (1, 1.0, "int in legacy, float in the split"),
        ({1, 2}, [1, 2], "set in legacy, list in the split"),
        (None, 0, "null in legacy, int in the split"),
    ],
)
def test_types_are_named_where_they_differ(legacy: Any, split: Any, note: str) -> None:
    (line,) = lines(sides(shown(observed(inputs={"v": legacy}), observed(inputs={"v": split}))))
    assert line.note == note


def test_of_long_texts_the_middle_that_differs_is_marked() -> None:
    text = "x" * 500
    pair = shown(observed(inputs={"t": f"{text}one{text}"}), observed(inputs={"t": f"{text}two{text}"}))
    (line,) = lines(sides(pair))
    assert (line.legacy and line.legacy.middle, line.split and line.split.middle) == ("one", "two")
    assert line.legacy
    assert len(line.legacy.text) < 200
    assert "".join(line.legacy.more) == f'"{text}one{text}"'


def test_texts_that_look_alike_have_their_code_points_said() -> None:
    (line,) = lines(sides(shown(observed(inputs={"t": "pass"}), observed(inputs={"t": "p\u0430ss"}))))
    assert line.note == "U+0061 in legacy, U+0430 in the split"


def test_a_long_list_that_rules_hide_is_counted() -> None:
    legacy, split = observed(inputs={"l": list(range(1000))}), observed(inputs={"l": list(range(5000, 6000))})
    split["outcome"] = {"kind": "rejected"}
    found = sides(shown(legacy, split, rules.ignore("$.inputs.l[*]", because="x")))
    assert [(one.name, len(one.lines), one.left_out) for one in found] == [
        ("inputs", MOST_UNCOUNTED, 1000 - MOST_UNCOUNTED), ("outcome", 1, 0),
    ]  # fmt: skip


def test_beyond_the_differences_that_are_kept_nothing_is_called_equal() -> None:
    legacy, split = ({f"n{i}": i + add for i in range(80)} for add in (0, 1))
    found = lines(sides(shown(observed(inputs=legacy), observed(inputs=split))))
    assert [line.mark for line in found] == [Mark.DIFFERS] * 80
    assert len([line for line in found if "beyond the first" in line.note]) == 80 - MAX_KEPT


def test_of_a_pair_that_was_too_long_the_differences_stand() -> None:
    pair = shown(observed(inputs={"a": 1, "b": [1, 2]}), observed(inputs={"a": {"$set": 2, "t": (1,)}, "b": [1]}))
    short = ShownPair(id=pair.id, message="m", differences=pair.differences)
    assert [told(line) for line in lines(sides(short))] == [
        ("a", "differs", "1", '{"$set": 2, t: (1)}'), ("b[1]", "only legacy", "2", "–"),
    ]  # fmt: skip


def test_what_is_no_observation_is_shown_by_its_differences() -> None:
    pair = shown(observed(inputs={"a": 1}), observed(inputs={"a": 2}))
    broken = ShownPair(id="x", message="m", legacy="{", split="[]", differences=pair.differences)
    assert [told(line) for line in lines(sides(broken))] == [("a", "differs", "1", "2")]


@pytest.mark.parametrize("name", PAYLOADS)
def test_nothing_of_a_payload_acts(name: str) -> None:
    value = PAYLOADS[name]
    try:
        pair = shown(observed(inputs={"v": value, "w": [value, 1]}), observed(inputs={"v": [value], "w": [value, 2]}))
    except CanonicalError:  # nested deeper than anything that is kept
        assert "deep" in name
        return
    found = sides(pair)
    texts = [
        text for one in lines(found) for side in (one.legacy, one.split) if side for text in (side.text, *side.more)
    ]
    texts += [text for one in found for block in one.blocks if isinstance(block, Fold) for text in block.lines]
    assert texts
    assert all(visible(text) == text for text in texts)
    assert all(len(text) < 30_000 for text in texts)
    assert sum(map(len, texts)) < 400_000
