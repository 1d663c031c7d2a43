"""May this handler move on?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasksplit.errors import DeclarationError
from tasksplit.gate import decide, overall
from tasksplit.gate.tally import Tallying
from tasksplit.model.branches import Branches, Covered
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Finding, Ledger, Recent, Sides, Tally
from tasksplit.model.message import Origin
from tasksplit.model.sketch import Sketch, bucket
from tasksplit.model.verdict import Judged
from tests.unit.gate.evidences import judged as counted
from tests.unit.gate.evidences import mismatching, tallied
from tests.unit.gate.judging import HOUR, NOW, content, judged

BALANCED = Ledger(expected=10, paired=10)


def shown(count: int = 612, mismatched: int = 0, **fields: Any) -> Evidence:
    """Return evidence of keys with one pair each and a complete capture."""
    counted = {
        "tally": Tally(match=count - mismatched, mismatch=mismatched),
        "keys": {f"k{n}": n < mismatched for n in range(count)},
        "capture_complete": True,
    }
    return Evidence(handler="build", **(counted | fields))


def asked(evidence: Evidence, origin: Origin = Origin.LIVE, ledger: Ledger = BALANCED, handlers: int = 7) -> Decision:
    return decide(evidence, Bar(), handlers=handlers, origin=origin, ledger=ledger)


def test_enough_clean_keys_pass() -> None:
    found = asked(shown())
    assert found.answer is Answer.PASS
    assert found.reason == "0 of 612 keys differ: below 1 % at 95 % (corrected over 7 decisions), bound 0.866 %"
    assert found.upper_bound == pytest.approx(0.00866, rel=1e-2)


def test_a_pass_on_test_messages_says_what_it_does_not_show() -> None:
    found = asked(shown(), Origin.TEST)
    assert found.answer is Answer.PASS
    assert found.reason.endswith("; on test messages, which show no production rate")


def test_too_few_keys_wait_and_say_how_many_are_needed() -> None:
    assert asked(shown(212)) == Decision(
        answer=Answer.WAIT,
        reason="212 of 530 clean keys to be below 1 % at 95 % (corrected over 7 decisions)",
        upper_bound=asked(shown(212)).upper_bound,
    )
    found = asked(shown(600, 1))
    assert found.answer is Answer.WAIT
    assert found.reason.startswith("1 of 600 keys differ, 938 keys are needed if no other does, to be below 1 %")


def test_more_handlers_gated_at_once_need_more() -> None:
    assert asked(shown(330), handlers=1).answer is Answer.PASS
    assert asked(shown(330), handlers=2).answer is Answer.WAIT


def test_one_mismatch_on_test_messages_fails_and_is_a_rate_on_live_ones() -> None:
    assert asked(shown(2000, 1), Origin.LIVE).answer is Answer.PASS
    found = asked(shown(2000, 1), Origin.TEST)
    assert found.answer is Answer.FAIL
    assert found.reason == (
        "1 of 2,000 pairs and 1 of 2,000 keys differ: on test messages a mismatch is a defect, not a rate"
    )


def test_a_live_rate_above_the_limit_is_an_alarm() -> None:
    found = asked(shown(40, 10))
    assert found.answer is Answer.FAIL
    assert found.reason == "10 of 40 keys differ: above 1 % at 95 % (corrected over 7 decisions)"


@pytest.mark.parametrize("reason", ["missing: legacy ran it, the split never did", "extra: the split ran it"])
def test_a_side_that_acted_alone_fails_on_test_messages_and_waits_on_live_ones(reason: str) -> None:
    alone = shown(tally=Tally(match=612, unpaired=2), unpaired_reasons={reason: 2})
    assert asked(alone, Origin.TEST) == Decision(
        answer=Answer.FAIL, reason=f"2 runs on one side only: {reason} (2)", upper_bound=asked(alone).upper_bound
    )
    assert asked(alone).answer is Answer.WAIT
    assert asked(alone).reason == f"2 pairs unpaired: {reason} (2)"


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"tally": Tally(match=612, undecided=3), "undecided_reasons": {"miss": 3}}, "3 pairs undecided: miss (3)"),
        ({"tally": Tally(match=612, undecided=1)}, "1 pair undecided"),
        ({"undecided_reasons": {"miss": 3}}, "3 pairs undecided: miss (3)"),
        ({"tally": Tally(match=612, unpaired=1), "unpaired_reasons": {"unreached: x": 1}}, "1 pair unpaired: unreach"),
        ({"tally": Tally(match=612, unpaired=1)}, "1 pair unpaired"),
        ({"capture_complete": None}, "A/A was not looked at"),
        (
            {"capture_complete": False, "capture_note": "2 of 9 differ"},
            "capture incomplete: legacy did not match itself: 2 of 9 differ",
        ),
        ({"keys": {}, "tally": Tally()}, "no evidence"),
        ({"keys": {}, "tally": Tally(accepted=9)}, "no evidence"),
    ],
)
def test_what_is_not_evidence_waits(origin: Origin, fields: dict[str, Any], says: str) -> None:
    found = asked(shown(**fields), origin)
    assert found.answer is Answer.WAIT
    assert found.reason.startswith(says)


@pytest.mark.parametrize("ledger", [Ledger(expected=2, paired=1, pending=1), Ledger(expected=2, paired=1, lost=1)])
def test_an_unbalanced_ledger_waits_with_its_numbers(ledger: Ledger) -> None:
    found = asked(shown(), ledger=ledger)
    assert found.answer is Answer.WAIT
    assert found.reason == (
        f"the ledger does not balance: 2 messages expected, 1 paired, 0 sampled out, {ledger.pending} pending, "
        f"{ledger.lost} lost"
    )


def test_findings_that_block_fail_by_name_and_the_others_do_not() -> None:
    blocking = tuple(Finding(code=f"code-{n}", text="found", blocks=True) for n in range(5))
    found = asked(shown(findings=(Finding(code="calm", text="only so"), *blocking)))
    assert found.answer is Answer.FAIL
    assert found.reason == "5 findings in the way: code-0: found; code-1: found; code-2: found; and 2 more"
    assert asked(shown(findings=(Finding(code="calm", text="only so"),))).answer is Answer.PASS


def test_live_mismatches_without_a_key_are_never_passed_over() -> None:
    found = asked(shown(tally=Tally(match=612, mismatch=1)))
    assert found.answer is Answer.WAIT
    assert found.reason == "1 differing pair on messages without a key, which no bound covers"


def test_every_reason_of_one_answer_is_said() -> None:
    found = asked(shown(capture_complete=None, undecided_reasons={"miss": 1}), ledger=Ledger(expected=1, pending=1))
    assert [part.split(" ")[0] for part in found.reason.split("; ")] == ["the", "A/A", "1"]


def test_a_decision_out_of_no_handlers_is_refused() -> None:
    with pytest.raises(DeclarationError, match="at least 1"):
        asked(shown(), handlers=0)


def test_overall_is_the_worst_and_nothing_is_no_pass() -> None:
    def of(*answers: Answer) -> Answer:
        return overall([Decision(answer=answer, reason="so") for answer in answers])

    assert of() is Answer.WAIT
    assert of(Answer.PASS, Answer.PASS) is Answer.PASS
    assert of(Answer.PASS, Answer.WAIT) is Answer.WAIT
    assert of(Answer.WAIT, Answer.FAIL, Answer.PASS) is Answer.FAIL


tallies = st.builds(
    Tally,
    match=st.integers(0, 2000),
    mismatch=st.integers(0, 5),
    accepted=st.integers(0, 5),
    unpaired=st.sampled_from([0, 0, 0, 1]),
    undecided=st.sampled_from([0, 0, 0, 1]),
)
evidences = st.builds(
    lambda keys, mismatched, tally, complete, alone: shown(
        keys, min(keys, mismatched), tally=tally, capture_complete=complete, unpaired_reasons=alone
    ),
    st.sampled_from([0, 1, 40, 600, 1500]),
    st.integers(0, 40),
    tallies,
    st.sampled_from([True, True, True, False, None]),
    st.sampled_from([{}, {}, {"missing: so": 1}, {"unreached: so": 1}]),
)
ledgers = st.sampled_from([BALANCED, BALANCED, Ledger(expected=1, pending=1), Ledger(expected=3, paired=1)])
origins = st.sampled_from(list(Origin))


def worse(evidence: Evidence, **more: int) -> Evidence:
    return replace(evidence, tally=evidence.tally + Tally(**more))


@given(evidences, origins, ledgers)
def test_one_mismatch_more_never_turns_a_fail_into_anything_better(
    evidence: Evidence, origin: Origin, ledger: Ledger
) -> None:
    more = worse(replace(evidence, keys={**evidence.keys, "new": True}), mismatch=1)
    before, after = asked(evidence, origin, ledger).answer, asked(more, origin, ledger).answer
    assert before is not Answer.FAIL or after is Answer.FAIL
    assert after is not Answer.PASS or before is Answer.PASS


@given(evidences, origins, ledgers)
def test_what_is_not_evidence_never_makes_a_pass(evidence: Evidence, origin: Origin, ledger: Ledger) -> None:
    for more in ({"undecided": 1}, {"unpaired": 1}):
        assert asked(worse(evidence, **more), origin, ledger).answer is not Answer.PASS
    if asked(evidence, origin, ledger).answer is not Answer.PASS:
        assert asked(worse(evidence, accepted=1), origin, ledger).answer is not Answer.PASS


@given(evidences, origins, ledgers)
def test_a_pass_has_all_that_it_needs(evidence: Evidence, origin: Origin, ledger: Ledger) -> None:
    found = asked(evidence, origin, ledger)
    assert found.reason
    if found.answer is Answer.PASS:
        assert evidence.keys
        assert ledger.balanced
        assert evidence.capture_complete
        assert not evidence.tally.undecided + evidence.tally.unpaired
        assert found.upper_bound is not None
        assert found.upper_bound <= 0.01


def test_findings_of_too_little_to_judge_by_wait() -> None:
    waiting = Finding(code="always-raised", text="never compared", waits=True)
    found = asked(shown(findings=(waiting,)))
    assert found.answer is Answer.WAIT
    assert found.reason == "1 finding in the way: always-raised: never compared"
    both = asked(shown(findings=(waiting, Finding(code="early", text="before the commit", blocks=True))))
    assert both.answer is Answer.FAIL
    assert "always-raised" not in both.reason


# The newest hours


def hours(*counts: tuple[int, int, int], clean: int = 33_000) -> Evidence:
    """Return evidence of many clean keys, and of hours (hour, pairs, mismatched) in which some of them differed."""
    mismatched = sum(differed for _, _, differed in counts)
    keys = {f"k{n}": n < mismatched for n in range(clean)}
    recent = {hour: Recent(pairs=pairs, mismatched=differed) for hour, pairs, differed in counts}
    return shown(keys=keys, tally=Tally(match=clean, mismatch=mismatched), recent=recent)


def test_after_33000_clean_keys_17_mismatched_pairs_never_pass_until_a_day_was_clean() -> None:
    tallying = Tallying("build")
    for n in range(33_000):
        tallying.add(judged(key=str(n), content=content(n), at=NOW + n % 3600))
    assert asked(_now(tallying)).answer is Answer.PASS
    for n in range(17):
        tallying.add(judged("x", key=str(n), content=content(n), at=NOW + HOUR + n))
        found = asked(_now(tallying))
        assert found.answer is not Answer.PASS
    assert found.reason == "17 of 33,017 pairs of the newest 24 hours differ: a pass needs these clean"
    for hour in range(2, 26):
        assert asked(_now(tallying)).answer is Answer.WAIT
        tallying.add(judged(key="new", content=content(1), at=NOW + hour * HOUR))
    assert asked(_now(tallying)).answer is Answer.PASS


def _now(tallying: Tallying) -> Evidence:
    return tallying.evidence(capture=True, note="", findings=())


@pytest.mark.parametrize(
    ("clean_hours", "ago", "answer"),
    [
        (24, 0, Answer.WAIT),
        (24, 23, Answer.WAIT),
        (24, 24, Answer.PASS),
        (1, 0, Answer.WAIT),
        (1, 1, Answer.PASS),
        (0, 0, Answer.PASS),
        (48, 47, Answer.WAIT),
        (48, 48, Answer.PASS),
    ],
)
def test_the_bar_says_how_many_hours_must_be_clean(clean_hours: int, ago: int, answer: Answer) -> None:
    counts = [(1000 - ago, 5, 2)] + ([(1000, 3, 0)] if ago else [])
    bar = Bar(clean_hours=clean_hours)
    assert decide(hours(*counts), bar, handlers=7, origin=Origin.LIVE, ledger=BALANCED).answer is answer


# Branches and times


def barred(evidence: Evidence, **bar: Any) -> Decision:
    return decide(evidence, Bar(**bar), handlers=7, origin=Origin.LIVE, ledger=BALANCED)


def taken(legacy: int, split: int, of: int = 10) -> Covered:
    known = tuple(f"x.py:{n}->{n + 1}" for n in range(of))
    return Covered(
        legacy=Branches(known=known, touched=known[:legacy]), split=Branches(known=known, touched=known[:split])
    )


@pytest.mark.parametrize(
    ("covered", "reason"),
    [
        (taken(9, 9), ""),
        (taken(10, 10), ""),
        (taken(8, 9), "8 of 10 branches of legacy taken: 90 % are asked for"),
        (taken(9, 0), "0 of 10 branches of the split taken: 90 % are asked for"),
        (taken(1, 1, 1), ""),
        (None, "90 % of the branches are asked for, and nothing was measured: run with --coverage"),
    ],
)
def test_a_share_of_the_branches_can_be_asked_for_on_both_sides(covered: Covered | None, reason: str) -> None:
    found = barred(shown(covered=covered), min_branches=0.9)
    assert (found.answer, reason) == (Answer.PASS, "") or (found.answer, found.reason) == (Answer.WAIT, reason)
    assert barred(shown(covered=covered)).answer is Answer.PASS


def took(legacy: float, split: float, pairs: int = 100) -> Sides:
    return Sides(legacy=Sketch({bucket(legacy): pairs}), split=Sketch({bucket(split): pairs}))


@pytest.mark.parametrize(
    ("sides", "says"),
    [
        (took(1.0, 1.9), ""),
        (took(1.0, 0.1), ""),
        (took(1.0, 2.5), "at the 99th percentile the split takes 2.5 times as long as legacy: 2 at most"),
        (Sides(), "at most 2 times legacy's time is asked for, and no pair says how long both took"),
        (Sides(legacy=took(1.0, 1.0).legacy), "at most 2 times legacy's time is asked for"),
    ],
)
def test_the_split_can_be_held_to_a_multiple_of_legacys_time(sides: Sides, says: str) -> None:
    found = barred(shown(sides=sides), max_latency_ratio=2)
    assert found.answer is (Answer.WAIT if says else Answer.PASS)
    assert found.reason.startswith(says)
    assert barred(shown(sides=sides)).answer is Answer.PASS


def test_the_slowest_pairs_count_and_not_the_median() -> None:
    slow_at_the_end = Sides(legacy=took(1.0, 1.0).legacy, split=took(1.0, 1.0, 95).split + took(1.0, 9.0, 5).split)
    assert barred(shown(sides=slow_at_the_end), max_latency_ratio=2).answer is Answer.WAIT


@pytest.mark.parametrize(
    "bar",
    [
        {"stratum_floor": -1}, {"stratum_floor": 65}, {"stratum_floor": 1.0}, {"stratum_floor": True},
        {"clean_hours": -1}, {"clean_hours": 49}, {"max_stratum_rate": 0}, {"max_stratum_rate": 1},
        {"min_branches": 0}, {"min_branches": 1.1}, {"min_branches": float("nan")}, {"max_latency_ratio": 0},
        {"max_latency_ratio": "2"},
    ],
    ids=str,
)  # fmt: skip
def test_a_bar_that_cannot_be_is_refused(bar: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match=rf"^Found Bar\({next(iter(bar))}="):
        Bar(**bar)


# One mismatch more


bars = st.builds(
    Bar,
    max_mismatch_rate=st.sampled_from([0.01, 0.1, 0.4]),
    stratum_floor=st.sampled_from([0, 1, 3]),
    max_stratum_rate=st.sampled_from([None, None, 0.4]),
    clean_hours=st.sampled_from([0, 24]),
)
asking = st.tuples(bars, origins, st.sampled_from([(), ("push: returned",), ("push: returned", "tag: raised")]))
ORDER = {Answer.FAIL: 0, Answer.WAIT: 1, Answer.PASS: 2}


@settings(max_examples=150)
@given(st.lists(counted, max_size=4), st.integers(0, 40), mismatching, asking)
def test_one_mismatch_more_never_makes_a_pass_of_anything_else(
    pairs: list[Judged], clean: int, one_more: Judged, asked_for: tuple[Bar, Origin, tuple[str, ...]]
) -> None:
    """As it is tallied: in the counts, its key, its stratum, its hour, its shape."""
    bar, origin, declared = asked_for
    matches = [
        judged(key=f"c{n}", content=content(n), stratum=["push: returned", "tag: raised"][n % 2])
        for n in range(clean * 25)
    ]

    def answer(*more: Judged) -> Answer:
        found = tallied([*matches, *pairs, *more])
        return decide(found, bar, handlers=1, origin=origin, ledger=BALANCED, declared=declared).answer

    before, after = answer(), answer(one_more)
    if before is not Answer.PASS:
        assert after is not Answer.PASS


def test_a_differing_pair_without_a_key_still_waits_beside_one_that_has_one() -> None:
    matches = [judged(key=str(n), content=content(n)) for n in range(2000)]
    for more in ([], [judged("x", key="new")]):
        found = asked(tallied([*matches, judged("x", key=None), *more]))
        assert found.answer is Answer.WAIT
        assert found.reason.startswith("1 differing pair on messages without a key, which no bound covers")
    assert asked(tallied([*matches, judged("x", key="new")])).answer is Answer.PASS
