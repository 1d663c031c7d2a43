"""What do verdicts add up to: by stratum, by hour, by content, by fingerprint?"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.gate.tally import Tallying
from tasksplit.model.evidence import HOURS, Evidence, Recent, Shape, Tally
from tasksplit.model.sketch import Sketch, bucket
from tasksplit.model.verdict import Judged, Verdict
from tests.unit.gate.evidences import judged as any_judged
from tests.unit.gate.evidences import tallied
from tests.unit.gate.judging import HOUR, NOW, content, judged

BASE = int(NOW // HOUR)


def shown(pairs: Iterable[Judged]) -> Evidence:
    return tallied([*pairs])


@given(st.lists(any_judged, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(pairs: list[Judged], order: random.Random) -> None:
    shuffled = [*pairs]
    order.shuffle(shuffled)
    assert tallied(shuffled) == tallied(pairs)


@given(st.lists(any_judged, max_size=12))
def test_strata_add_up_to_the_whole(pairs: list[Judged]) -> None:
    found = tallied(pairs)
    named = tallied([one for one in pairs if one.stratum])
    assert sum((one.tally for one in found.strata.values()), Tally()) == named.tally
    assert {key for one in found.strata.values() for key in one.keys} == set(named.keys)
    for key, differed in named.keys.items():
        assert differed is any(one.keys.get(key, False) for one in found.strata.values())


# Strata


def test_a_key_counts_once_in_each_stratum_and_as_differing_where_it_did() -> None:
    pairs = [judged(stratum="a", key="1"), judged("x", stratum="b", key="1"), judged(stratum="b", key="1")]
    found = shown([*pairs, judged(stratum="a", key="2"), judged(stratum="a", key=None)])
    assert {name: dict(one.keys) for name, one in found.strata.items()} == {
        "a": {"1": False, "2": False},
        "b": {"1": True},
    }
    assert found.strata["a"].tally == Tally(match=3)
    assert found.strata["b"].tally == Tally(match=1, mismatch=1)
    assert dict(found.keys) == {"1": True, "2": False}


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.UNPAIRED, Verdict.UNDECIDED])
def test_what_is_no_evidence_is_seen_in_its_stratum_and_shows_no_key_no_content_and_no_hour(verdict: Verdict) -> None:
    found = shown([judged(verdict=verdict, content=content(1), at=NOW, reason="so")])
    stratum = found.strata["push: returned"]
    assert stratum.tally == found.tally == Tally(**{verdict.value: 1})
    assert (stratum.keys, stratum.clean.count, found.recent, found.keys) == ({}, 0, {}, {})


def test_without_a_stratum_none_is_named() -> None:
    assert shown([judged(stratum="")]).strata == {}


def test_the_same_content_is_clean_once_and_one_that_differs_never() -> None:
    pairs = [judged(content=content(n % 3), key=str(n)) for n in range(9)] + [judged("x", content=content(7))]
    assert shown([*pairs, judged(content="")]).strata["push: returned"].clean.count == 3


def test_differing_pairs_without_a_key_are_counted() -> None:
    assert shown([judged("x", key=None), judged(key=None), judged("x")]).unkeyed == 1


# Hours


@given(
    st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=30),
    st.randoms(use_true_random=False),
)
def test_of_hours_before_the_newest_48_nothing_is_kept_in_any_order_of_arrival(
    seen: list[tuple[int, bool]], order: random.Random
) -> None:
    order.shuffle(seen)
    pairs = [judged(*(["x"] if differs else []), at=NOW + hour * HOUR + 59) for hour, differs in seen]
    last = max((hour for hour, _ in seen), default=0)
    expected: dict[int, Recent] = {}
    for hour, differs in seen:
        if hour > last - HOURS:
            expected[BASE + hour] = expected.get(BASE + hour, Recent()) + Recent(pairs=1, mismatched=int(differs))
    assert dict(shown(pairs).recent) == expected
    assert len(expected) <= HOURS


def test_messages_of_no_real_world_are_of_no_hour() -> None:
    assert shown([judged(), judged("x")]).recent == {}


# Accepted differences


def test_an_accepted_pair_counts_once_for_each_difference() -> None:
    twice = judged("x", "y", verdict=Verdict.ACCEPTED)
    repeated = judged("x", "x", verdict=Verdict.ACCEPTED)
    found = shown([twice, repeated, judged("x"), judged(verdict=Verdict.ACCEPTED)])
    assert dict(found.accepted) == {"x": 2, "y": 1}
    assert found.shapes["x"].between == 3
    assert found.tally == Tally(accepted=3, mismatch=1)


# A/A


def test_what_differs_in_legacy_itself_is_told_from_what_differs_between_the_sides() -> None:
    tallying = Tallying("build")
    for pair in (judged("x", "x"), judged("y"), judged()):
        tallying.add(pair)
    for pair in (judged("x"), judged("z"), judged(), judged(verdict=Verdict.UNDECIDED)):
        tallying.same(pair)
    found = tallying.evidence(capture=False, note="", findings=())
    assert found.itself == 3  # an undecided one was not looked at
    assert found.shapes == {
        "x": Shape(shape="$.x", between=1, itself=1),
        "y": Shape(shape="$.y", between=1),
        "z": Shape(shape="$.z", itself=1),
    }
    assert found.tally == Tally(match=1, mismatch=2)
    assert [one.fingerprint for one in tallying.differences()] == ["x", "y"]


# Times


def test_times_and_bytes_are_kept_as_sketches() -> None:
    tallying = Tallying("build")
    for seconds in ((0.1, 0.4), (0.1, 0.2), None):
        tallying.add(judged(seconds=seconds))
    tallying.sent(1000)
    sides = tallying.evidence(capture=True, note="", findings=()).sides
    assert (sides.legacy, sides.split.count) == (Sketch({bucket(0.1): 2}), 2)
    assert sides.wire.quantile(0.5) == pytest.approx(1000, rel=0.021)


def test_what_was_given_out_does_not_change_afterwards() -> None:
    tallying = Tallying("build")
    many: dict[str, Any] = {"at": NOW, "content": content(1), "seconds": (1.0, 1.0)}
    tallying.add(judged(**many))
    before = tallying.evidence(capture=True, note="", findings=())
    again = tallying.evidence(capture=True, note="", findings=())
    tallying.add(judged("x", **many | {"key": "other"}))
    tallying.same(judged("x"))
    assert before == again


def test_matching_pairs_cost_nothing_but_their_keys() -> None:
    tallying = Tallying("build")
    for n in range(3000):
        tallying.add(judged(key=str(n % 5), content=content(n), at=NOW + n, seconds=(0.01, 0.02)))
    found = tallying.evidence(capture=True, note="", findings=())
    stratum = found.strata["push: returned"]
    kept = [found.keys, stratum.keys, stratum.clean.smallest, found.recent, found.sides.legacy.buckets, found.shapes]
    assert [len(one) for one in kept] == [5, 5, 64, 1, 1, 0]  # type: ignore[arg-type]
