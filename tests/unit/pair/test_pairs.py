"""Which observations of one message belong together?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.errors import ReplayError
from tasksplit.model.message import Side
from tasksplit.model.observation import DISPATCH, Observation
from tasksplit.model.verdict import Verdict
from tasksplit.pair import Paired, pairs
from tests.unit.pair.observed import seen


def words(found: tuple[Paired, ...]) -> list[tuple[str, str]]:
    return [(p.either.handler, p.reason.split(":")[0]) for p in found]


def test_the_same_handler_instance_attempt_and_ordinal_are_a_pair() -> None:
    legacy = [seen(), seen("build", "a"), seen("build", "b"), seen("tests")]
    split = [seen("tests"), seen("build", "b"), seen(), seen("build", "a")]
    found = pairs(legacy, split)
    assert [(p.legacy, p.split) for p in found] == [(o, o) for o in legacy]
    assert {(p.verdict, p.reason) for p in found} == {(None, "")}


def test_sent_with_the_wrong_job_is_one_pair_to_compare_not_two_without_a_partner() -> None:
    found = pairs([seen("build", "a"), seen("build", "b")], [seen("build", "a"), seen("build", "c")])
    assert [(p.legacy.instance, p.split.instance) for p in found if p.legacy and p.split] == [("a", "a"), ("b", "c")]
    assert found[1].verdict is None
    assert found[1].reason == "paired in order: instance 'b' on legacy, 'c' on the split"


def test_what_is_left_prefers_its_own_instance_over_the_order() -> None:
    legacy = [seen("build", "a", ordinal=0), seen("build", "b", ordinal=0)]
    split = [seen("build", "b", ordinal=1), seen("build", "a", ordinal=1)]
    assert [p.legacy.instance == p.split.instance for p in pairs(legacy, split) if p.legacy and p.split] == [True] * 2


def test_sent_twice_is_extra_and_never_sent_is_missing() -> None:
    once, twice = [seen(), seen("build", "a")], [seen(), seen("build", "a"), seen("build", "a", ordinal=1)]
    extra, missing = pairs(once, twice)[-1], pairs(twice, once)[-1]
    assert (extra.verdict, extra.reason) == (Verdict.UNPAIRED, "extra: the split ran it, legacy never did")
    assert (missing.verdict, missing.reason) == (Verdict.UNPAIRED, "missing: legacy ran it, the split never did")


def test_attempts_pair_by_number_and_one_more_is_unpaired() -> None:
    legacy = [seen("build", attempt=n) for n in (0, 1)]
    split = [seen("build", attempt=n) for n in (1, 2)]
    found = pairs(legacy, split)
    assert words(found) == [("build", "missing"), ("build", ""), ("build", "extra")]


def test_a_handler_behind_one_that_raised_is_unreached_on_either_side() -> None:
    stopped, whole = (
        [seen(interrupted="build"), seen("build", outcome="raised")],
        [seen(), seen("build"), seen("tests")],
    )
    after = pairs(stopped, whole)[-1]
    assert (after.verdict, after.reason) == (
        Verdict.UNPAIRED,
        "unreached: legacy never came to it after build raised",
    )
    assert pairs(whole, stopped)[-1].reason == "unreached: the split never came to it after build raised"


def test_declared_independent_accepts_what_legacy_never_reached_and_nothing_else() -> None:
    stopped, whole = [seen(interrupted="build"), seen("build")], [seen(), seen("build"), seen("tests")]
    after = pairs(stopped, whole, independent=True)[-1]
    assert after.verdict is Verdict.ACCEPTED
    assert after.reason == "declared independent: legacy never reached it after build raised"
    assert pairs(whole, stopped, independent=True)[-1].verdict is Verdict.UNPAIRED
    assert pairs([seen()], [seen(), seen("tests")], independent=True)[-1].verdict is Verdict.UNPAIRED


def test_a_parent_that_ended_well_excuses_no_child_whatever_raised_elsewhere() -> None:
    legacy = [seen(), seen("build"), seen("tests", parent="build")]
    split = [seen(interrupted="later"), seen("build")]
    assert pairs(legacy, split)[-1].reason.startswith("missing")


def test_a_child_of_a_handler_that_never_came_asks_further_up() -> None:
    legacy = [seen(), seen("build"), seen("tests", parent="build")]
    assert words(pairs(legacy, [seen(interrupted="first")]))[1:] == [("build", "unreached"), ("tests", "unreached")]
    assert words(pairs(legacy, [seen(outcome="raised")]))[1:] == [("build", "unreached"), ("tests", "unreached")]
    assert words(pairs(legacy, [seen()]))[1:] == [("build", "missing"), ("tests", "missing")]


def test_only_the_parent_of_the_same_attempt_answers_where_it_has_one() -> None:
    legacy = [seen(attempt=0), seen(attempt=1), seen("build", attempt=1)]
    split = [seen(attempt=0, interrupted="tests"), seen(attempt=1)]
    assert words(pairs(legacy, split))[-1] == ("build", "missing")


@pytest.mark.parametrize("doubtful", [Side.LEGACY, Side.SPLIT])
def test_a_child_of_an_undecided_parent_is_undecided_and_so_are_its_own_children(doubtful: Side) -> None:
    sure = [seen(), seen("build"), seen("tests", parent="build"), seen("other")]
    unsure = [sure[0], replace(sure[1], undecided="truncated"), sure[3]]
    found = pairs(unsure, sure) if doubtful is Side.LEGACY else pairs(sure, unsure)
    reasons = {p.either.handler: (p.verdict, p.reason) for p in found}
    assert reasons["tests"] == (Verdict.UNDECIDED, "undecided: parent build")
    assert reasons["build"] == (None, "")  # its own content decides
    assert reasons["other"] == (None, "")


def test_a_child_that_came_on_both_sides_is_undecided_with_its_parent() -> None:
    both = [seen(undecided="miss"), seen("build"), seen("tests", parent="build")]
    assert [p.verdict for p in pairs(both, both)] == [None, Verdict.UNDECIDED, Verdict.UNDECIDED]


def test_an_outcome_that_cannot_be_read_excuses_nothing() -> None:
    broken = replace(seen(), content=b"\x00 no JSON")
    assert pairs([seen(), seen("build")], [broken])[-1].reason.startswith("missing")


def test_handlers_that_name_each_other_as_parents_end() -> None:
    legacy = [seen("a", parent="b"), seen("b", parent="a")]
    assert words(pairs(legacy, [])) == [("a", "missing"), ("b", "missing")]


def test_observations_of_two_messages_are_refused_in_a_sentence() -> None:
    with pytest.raises(ReplayError, match=r"Found observations of 2 messages: m, n\. Expected those of one"):
        pairs([seen()], [seen(message="n")])


observations = st.lists(
    st.builds(
        seen,
        st.sampled_from([DISPATCH, "a", "b"]),
        st.sampled_from(["", "x", "y"]),
        attempt=st.integers(0, 2),
        ordinal=st.integers(0, 1),
        parent=st.sampled_from([None, DISPATCH, "a", "b"]),
        interrupted=st.sampled_from([None, None, "a"]),
        undecided=st.sampled_from([None, None, None, "miss"]),
    ),
    max_size=8,
)


@given(observations, observations, st.booleans())
def test_each_observation_is_in_exactly_one_pair(
    legacy: list[Observation], split: list[Observation], independent: bool
) -> None:
    found = pairs(legacy, split, independent=independent)
    assert sorted(id(p.legacy) for p in found if p.legacy) == sorted(map(id, legacy))
    assert sorted(id(p.split) for p in found if p.split) == sorted(map(id, split))


@given(observations, observations)
def test_swapping_the_sides_swaps_the_pairs(legacy: list[Observation], split: list[Observation]) -> None:
    def told(p: Paired) -> tuple[object, ...]:
        return p.verdict, (p.reason.split(":")[0] if p.verdict else "")

    mirror = {"missing": "extra", "extra": "missing"}
    there = sorted((told(p)[0] or "", mirror.get(str(told(p)[1]), told(p)[1])) for p in pairs(legacy, split))
    back = sorted((told(p)[0] or "", told(p)[1]) for p in pairs(split, legacy))
    assert there == back


@given(observations)
def test_a_side_paired_with_itself_has_nothing_left(legacy: list[Observation]) -> None:
    assert all(p.legacy is p.split for p in pairs(legacy, legacy))


@given(observations, observations)
def test_one_that_came_alone_is_never_left_to_compare(legacy: list[Observation], split: list[Observation]) -> None:
    for p in pairs(legacy, split):
        assert (p.verdict is not None and p.reason) or (p.legacy and p.split)
