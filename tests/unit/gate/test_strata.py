"""Each stratum is asked: what is right on the whole and wrong for one rare option does not pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tasksplit.gate import alarm, decide, needed
from tasksplit.gate.strata import Shown, alarming, lacking, loosest, shown, spent
from tasksplit.gate.tally import Tallying
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.distinct import of
from tasksplit.model.evidence import Evidence, Ledger, Stratum, Tally
from tasksplit.model.message import Origin
from tests.unit.gate.judging import content, judged

BALANCED = Ledger(expected=10, paired=10)
COMMON, RARE = "push: returned · option=common", "push: returned · option=rare"
ALPHA = 0.05


def stratum(keys: int, mismatched: int = 0, *, clean: int | None = None, accepted: int = 0) -> Stratum:
    """Return a stratum of keys with one pair each, of contents that all differ."""
    contents = keys - mismatched if clean is None else clean
    return Stratum(
        tally=Tally(match=keys - mismatched, mismatch=mismatched, accepted=accepted),
        keys={f"k{n}": n < mismatched for n in range(keys)},
        clean=of(map(content, range(contents))),
    )


def evidence(strata: dict[str, Stratum], keys: int = 2000) -> Evidence:
    """Return evidence that would pass, were it not for its strata."""
    mismatched = max((sum(one.keys.values()) for one in strata.values()), default=0)
    return Evidence(
        handler="build", tally=Tally(match=keys - mismatched, mismatch=mismatched), strata=strata,
        keys={f"k{n}": n < mismatched for n in range(keys)}, capture_complete=True,
    )  # fmt: skip


def asked(found: Evidence, bar: Bar | None = None, declared: Sequence[str] = (), **fields: Any) -> Decision:
    told = {"handlers": 1, "origin": Origin.LIVE, "ledger": BALANCED} | fields
    return decide(found, bar or Bar(), declared=declared, **told)


# What was never seen


@pytest.mark.parametrize("origin", Origin)
def test_a_declared_stratum_that_was_never_seen_waits_by_name(origin: Origin) -> None:
    found = asked(evidence({COMMON: stratum(2000)}), declared=["push: raised", "push: returned"], origin=origin)
    assert (found.answer, found.reason) == (Answer.WAIT, "1 stratum never seen: 'push: raised'")


def test_several_are_counted_and_the_first_four_named() -> None:
    found = asked(evidence({COMMON: stratum(2000)}), declared=[f"k{n}: returned" for n in range(6)])
    assert found.reason == (
        "6 strata never seen: 'k0: returned', 'k1: returned', 'k2: returned', 'k3: returned' and 2 more"
    )


def test_features_do_not_hide_that_a_declared_stratum_was_seen() -> None:
    assert asked(evidence({COMMON: stratum(2000), RARE: stratum(3)}), declared=["push: returned"]).answer is Answer.PASS


@pytest.mark.parametrize("tally", [Tally(undecided=3), Tally(unpaired=3)])
def test_a_stratum_of_which_nothing_is_evidence_is_not_seen(tally: Tally) -> None:
    found = asked(evidence({COMMON: stratum(2000), RARE: Stratum(tally=tally)}))
    assert (found.answer, found.reason) == (Answer.WAIT, f"1 stratum never seen: {RARE!r}")


def test_who_asks_for_no_floor_needs_none_of_them() -> None:
    found = asked(evidence({COMMON: stratum(2000)}), Bar(stratum_floor=0), declared=["push: raised"])
    assert found.answer is Answer.PASS


# What was seen too rarely


@pytest.mark.parametrize(("clean", "answer"), [(0, Answer.WAIT), (19, Answer.WAIT), (20, Answer.PASS)])
def test_the_floor_is_a_number_of_clean_pairs_of_different_contents(clean: int, answer: Answer) -> None:
    found = asked(evidence({COMMON: stratum(2000), RARE: stratum(30, clean=clean)}), Bar(stratum_floor=20))
    assert found.answer is answer
    if clean == 19:
        assert found.reason == f"1 stratum with too little to go by: {RARE!r} (19 of 20 clean pairs)"


def test_the_highest_floor_can_be_met() -> None:
    assert asked(evidence({RARE: stratum(64)}), Bar(stratum_floor=64)).answer is Answer.PASS
    assert asked(evidence({RARE: stratum(63)}), Bar(stratum_floor=64)).answer is Answer.WAIT


def test_the_looser_limit_that_a_rare_one_proves_is_said() -> None:
    found = asked(evidence({COMMON: stratum(2000), RARE: stratum(20), "push: raised": stratum(40)}))
    assert found.answer is Answer.PASS
    assert f"its rarest stratum, {RARE!r}, shows only: below 15.1 % (20 keys); 1 other stratum " in found.reason
    bounds = {one.name: one.upper_bound for one in shown(evidence({RARE: stratum(20)}), ALPHA)}
    assert bounds[RARE] == pytest.approx(1 - (ALPHA / 2) ** (1 / 20), rel=0.3)  # about as one of a fixed size, by half
    assert loosest(shown(evidence({COMMON: stratum(2000)}), ALPHA), 0.01) == ""


def test_what_is_accepted_can_never_be_clean_and_does_not_wait_for_it() -> None:
    accepted = stratum(0, accepted=3)
    assert asked(evidence({COMMON: stratum(2000), RARE: accepted})).answer is Answer.PASS
    assert asked(evidence({COMMON: stratum(2000), RARE: stratum(2, 2, accepted=3)})).answer is not Answer.PASS
    few = asked(evidence({COMMON: stratum(2000), RARE: stratum(2, accepted=3)}), Bar(stratum_floor=3))
    assert (few.answer, "2 of 3 clean pairs" in few.reason) == (Answer.WAIT, True)


# A rate of its own


def test_each_stratum_can_be_held_to_a_rate_of_its_own() -> None:
    bar, enough = Bar(max_stratum_rate=0.1), needed(0.1, ALPHA)
    found = asked(evidence({COMMON: stratum(2000), RARE: stratum(enough - 1)}), bar)
    assert (found.answer, found.reason) == (
        Answer.WAIT,
        f"1 stratum with too little to go by: {RARE!r} ({enough - 1} of {enough} clean keys to be below 10 %)",
    )
    assert asked(evidence({COMMON: stratum(2000), RARE: stratum(enough)}), bar).answer is Answer.PASS


@pytest.mark.parametrize("floor", [0, 1])
def test_what_no_key_has_shown_is_not_shown_to_be_below_a_rate(floor: int) -> None:
    bar = Bar(max_stratum_rate=0.1, stratum_floor=floor)
    keyless = Stratum(tally=Tally(match=5), clean=of(map(content, range(5))))
    assert asked(evidence({COMMON: stratum(2000), RARE: keyless}), bar).answer is Answer.WAIT
    assert asked(evidence({COMMON: stratum(2000)}), bar, ["push: raised"]).answer is Answer.WAIT


def test_once_a_stratum_differs_its_rate_counts_although_none_was_asked_for() -> None:
    enough = needed(0.01, ALPHA, 1)
    found = asked(evidence({COMMON: stratum(2000), RARE: stratum(enough - 1, 1)}))
    assert (found.answer, found.reason.partition(" (")[0]) == (
        Answer.WAIT,
        f"1 stratum with too little to go by: {RARE!r}",
    )
    assert f"1 of {enough - 1} keys differ, {enough} are needed if no other does, to be below 1 %" in found.reason
    assert asked(evidence({COMMON: stratum(2000), RARE: stratum(enough, 1)})).answer is Answer.PASS


# Alarms


def test_a_stratum_that_differs_too_often_fails_by_name() -> None:
    found = asked(evidence({COMMON: stratum(2000), RARE: stratum(40, 10)}))
    assert (found.answer, found.reason) == (
        Answer.FAIL,
        f"10 of 40 keys of the stratum {RARE!r} differ: above 1 %",
    )


def test_of_many_strata_each_needs_more_to_alarm() -> None:
    least = next(n for n in range(1, 40) if alarm(40, n, 0.01, ALPHA))
    rare = Shown(name=RARE, keys=40, mismatched=least)
    others = [Shown(name=str(n), keys=500) for n in range(99)]
    assert list(alarming([rare], Bar(), ALPHA))
    assert not list(alarming([rare, *others], Bar(), spent(ALPHA, [rare, *others])))
    unseen = [Shown(name=str(n)) for n in range(99)]
    assert list(alarming([rare, *unseen], Bar(), ALPHA))  # what has no key raises none, and takes nothing away


def test_what_has_no_key_raises_no_alarm_and_proves_nothing() -> None:
    nothing = [Shown(name="a")]
    assert not list(alarming(nothing, Bar(), ALPHA))
    assert loosest(nothing, 0.01) == ""
    assert list(lacking(nothing, Bar(), ALPHA)) == ["1 stratum never seen: 'a'"]


# An option that one message in 2,000 has


def stream(rare_differs: bool, keys: int = 20_000, every: int = 2_000) -> Iterator[tuple[int, int, Tallying]]:
    """Yield keys, rare ones among them, and the tally, after each rare one and now and then between."""
    tallying, rare = Tallying("build"), 0
    for n in range(1, keys + 1):
        is_rare = n % every == every // 2
        rare += is_rare
        differs = ["x"] if is_rare and rare_differs else []
        tallying.add(judged(*differs, key=str(n), content=content(n), stratum=RARE if is_rare else COMMON))
        if is_rare or n % 500 == 0:
            yield n, rare, tallying


def looked(rare_differs: bool, bar: Bar) -> Iterator[tuple[int, int, Decision]]:
    for keys, rare, tallying in stream(rare_differs):
        found = tallying.evidence(capture=True, note="", findings=())
        if rare:
            assert found.keys_mismatched / keys <= 0.001  # over all it is far below the bar
        yield keys, rare, asked(found, bar)


def test_a_split_that_is_wrong_for_a_rare_option_never_passes_once_it_was_seen() -> None:
    answers = [decision for _, rare, decision in looked(True, Bar()) if rare]
    assert {one.answer for one in answers} <= {Answer.WAIT, Answer.FAIL}
    assert all(repr(RARE) in one.reason for one in answers)
    assert answers[-1].answer is Answer.FAIL
    assert answers[-1].reason == f"10 of 10 keys of the stratum {RARE!r} differ: above 1 %"


def test_a_split_that_is_right_for_it_passes_only_after_it_was_seen_often_enough() -> None:
    for _, rare, decision in looked(False, Bar(stratum_floor=5)):
        if 0 < rare < 5:
            assert decision.answer is Answer.WAIT
            assert f"{RARE!r} ({rare} of 5 clean pairs)" in decision.reason
        if rare >= 5:
            assert decision.answer is Answer.PASS
            assert f"{RARE!r}, shows only: below " in decision.reason
            assert f"({rare} keys)" in decision.reason


def test_while_a_declared_rare_kind_was_not_seen_it_waits_for_it_by_name() -> None:
    declared = ["rare push: returned", "push: returned"]
    common = {COMMON: stratum(19_000)}
    unseen = asked(evidence(common, 20_000), declared=declared)
    assert (unseen.answer, unseen.reason) == (Answer.WAIT, "1 stratum never seen: 'rare push: returned'")
    differs = asked(evidence(common | {"rare push: returned": stratum(1, 1)}, 20_000), declared=declared)
    assert differs.answer is Answer.WAIT
    assert "'rare push: returned' (0 of 1 clean pair)" in differs.reason


def test_on_test_messages_one_difference_of_a_rare_option_is_a_defect() -> None:
    found = asked(evidence({COMMON: stratum(2000), RARE: stratum(1, 1)}), origin=Origin.TEST)
    assert found.answer is Answer.FAIL


def test_a_value_of_a_feature_can_be_declared_and_is_waited_for_by_name() -> None:
    declared = ["push: returned · option=common", RARE]
    seen = Evidence(handler="x", strata={declared[0]: Stratum(tally=Tally(match=1), keys={"k": False})})
    assert [one.name for one in shown(seen, ALPHA, declared) if not one.keys] == [RARE]


def test_alarms_of_strata_that_come_one_by_one_spend_no_more_than_alpha() -> None:
    each = [spent(ALPHA, [Shown(name=str(k), keys=1) for k in range(n)]) for n in range(1, 200)]
    assert sum(each) <= ALPHA
    assert spent(ALPHA, [Shown(name="never seen")]) == ALPHA  # nobody is there to spend it
