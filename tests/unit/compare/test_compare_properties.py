"""What holds for every pair, whatever it looks like?"""

from hypothesis import given, settings
from hypothesis import strategies as st

from tasksplit.compare import compare, compile_rules
from tasksplit.model import rules
from tasksplit.model.verdict import Kind
from tasksplit.wire.canonical import canonical

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.0, -0.0, 1.0, 2.0]), st.sampled_from("ab$")
)
NAMES = st.sampled_from(["a", "b", "$set", "$", "at", "1", "op", "key"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(NAMES, inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.sets(st.sampled_from(["a", 1, None]), max_size=3),
        st.dictionaries(st.integers(0, 2), inner, max_size=2),
    ),
    max_leaves=12,
)
PATHS = st.sampled_from(["$.a", "$..at", "$[*]", "$.*.b", "$.a.b", "$[0]", "$..a[*]", "$['$set']", "$..*", "$.a.at"])
RULES = st.lists(
    st.one_of(
        PATHS.map(lambda path: rules.ignore(path, because="x")),
        PATHS.map(lambda path: rules.unordered(path, because="x")),
        PATHS.map(lambda path: rules.tolerance(path, absolute=1.0, because="x")),
        PATHS.map(lambda path: rules.normalise(path, _without_order, because="x")),
    ),
    max_size=3,
)
MIRROR = {Kind.MISSING: Kind.EXTRA, Kind.EXTRA: Kind.MISSING}


def _without_order(value):
    return sorted(map(repr, value)) if isinstance(value, list) else value


@given(VALUES, VALUES)
def test_without_rules_equal_means_equal_bytes(legacy, split):
    first, second = canonical(legacy), canonical(split)
    assert compare(first, second, compile_rules([]), "h").equal == (first == second)


@given(VALUES, VALUES, RULES)
@settings(max_examples=300)
def test_comparing_is_the_same_from_either_side(legacy, split, declared):
    plan = compile_rules(declared)
    forth = compare(canonical(legacy), canonical(split), plan, "h")
    back = compare(canonical(split), canonical(legacy), plan, "h")
    assert forth.equal == back.equal
    assert forth.found == back.found
    assert sorted((d.shape, d.kind) for d in forth.differences) == sorted(
        (d.shape, MIRROR.get(d.kind, d.kind)) for d in back.differences
    )
    assert sorted(forth.touched) == sorted(back.touched)


@given(VALUES, RULES)
def test_what_is_the_same_is_equal_under_every_rule(value, declared):
    """Also where something else of the pair differs, so that the cheap first tier does not decide."""
    plan = compile_rules([*declared, rules.ignore("$.noise", because="x")])
    forth = compare(canonical({"v": value, "noise": [1]}), canonical({"v": value, "noise": 2}), plan, "h")
    assert forth.equal


@given(VALUES, VALUES, RULES)
def test_a_rule_said_twice_is_said_once(legacy, split, declared):
    first, second = canonical(legacy), canonical(split)
    once = compare(first, second, compile_rules(declared), "h")
    twice = compare(first, second, compile_rules([*declared, *declared]), "h")
    assert (once.equal, once.found) == (twice.equal, twice.found)


@given(VALUES, VALUES, VALUES, VALUES)
def test_the_tier_that_does_not_decode_agrees_with_the_one_that_does(one, other, this, that):
    """``$.a.at`` is found in the text, ``$..at`` only in the trees: where nothing else differs both say equal."""
    legacy, split = canonical({"a": {"at": one, "b": this}}), canonical({"a": {"at": other, "b": that}})
    textual = compare(legacy, split, compile_rules([rules.ignore("$.a.at", because="x")]), "h")
    walked = compare(legacy, split, compile_rules([rules.ignore("$..at", because="x")]), "h")
    if canonical(this) == canonical(that):
        assert textual.equal
        assert walked.equal
    elif textual.equal != walked.equal:
        assert walked.equal  # ``..at`` leaves out more
