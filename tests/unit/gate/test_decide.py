"""May this handler move on?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.errors import DeclarationError
from tasksplit.gate import decide, overall
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Finding, Ledger, Tally
from tasksplit.model.message import Origin

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
