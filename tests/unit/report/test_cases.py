"""Does a stratum say what the gate says of its handler?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.gate import decide
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.distinct import Distinct
from tasksplit.model.evidence import Evidence, Finding, Ledger, Stratum, Tally
from tasksplit.model.message import Origin
from tasksplit.model.review import HandlerReview, Review
from tasksplit.report.cases import MOST_CASES, Suite, suite
from tests.unit.report.reviews import difference, handler, review

KIND = "github push: returned"
BAR = Bar(max_mismatch_rate=0.2)
FEW = st.integers(0, 2)
CLEAN = Stratum(tally=Tally(match=2), keys={"a": False, "b": False}, clean=Distinct((1, 2)))


def _evidence(**strata: Stratum) -> Evidence:
    total = sum((one.tally for one in strata.values()), Tally())
    keys = {key: differs for one in strata.values() for key, differs in one.keys.items()}
    return Evidence(handler="build", tally=total, keys=keys, capture_complete=True, strata=strata)


def _suite(evidence: Evidence, *declared: str, **rest: object) -> Suite:
    one = handler("build", evidence=evidence, bar=BAR, **rest)
    return suite(review(one), {"build": declared})


def _of(found: Suite, stratum: str) -> tuple[Answer, str]:
    return next((case.answer, case.text) for case in found.cases if case.stratum == stratum)


def test_a_clean_stratum_passes_and_says_what_it_proves() -> None:
    answer, text = _of(_suite(_evidence(**{KIND: CLEAN}), KIND), KIND)
    assert (answer, "2 clean pairs of different contents, 2 keys; below " in text) == (Answer.PASS, True), text


@pytest.mark.parametrize(
    ("stratum", "answer", "said"),
    [
        (replace(CLEAN, tally=Tally(match=2, mismatch=1), keys={"a": True, "b": False}), Answer.FAIL, "is a defect"),
        (replace(CLEAN, tally=Tally(match=2, undecided=1)), Answer.WAIT, "1 pair undecided"),
        (replace(CLEAN, tally=Tally(match=2, unpaired=1)), Answer.WAIT, "1 pair unpaired"),
        (replace(CLEAN, clean=Distinct()), Answer.WAIT, "0 of 1 clean pair"),
    ],
    ids=["mismatch", "undecided", "unpaired", "below the floor"],
)
def test_what_is_not_clean_is_no_pass(stratum: Stratum, answer: Answer, said: str) -> None:
    found = _of(_suite(_evidence(**{KIND: stratum}), KIND), KIND)
    assert (found[0], said in found[1]) == (answer, True), found


@pytest.mark.parametrize(("differ", "answer"), [(1, Answer.WAIT), (3, Answer.WAIT), (4, Answer.FAIL)])
def test_of_live_messages_a_stratum_fails_when_the_gate_would_for_it_among_the_others(
    differ: int, answer: Answer
) -> None:
    keys = {f"k{n}": n < differ for n in range(6)}
    rare = Stratum(tally=Tally(match=6 - differ, mismatch=differ), keys=keys, clean=Distinct((1,)))
    others = {f"kind {n}: returned": CLEAN for n in range(4)}
    evidence, bar = _evidence(**{KIND: rare}, **others), Bar(max_mismatch_rate=0.05)
    decision = decide(evidence, bar, handlers=1, origin=Origin.LIVE, ledger=Ledger())
    one = handler("build", evidence=evidence, bar=bar, decision=decision)
    found = suite(review(one, origin=Origin.LIVE), {})
    assert (_of(found, KIND)[0], f"of the stratum {KIND!r} differ" in decision.reason) == (
        answer, answer is Answer.FAIL,
    )  # fmt: skip


def test_a_declared_stratum_that_was_never_seen_waits() -> None:
    answer, text = _of(_suite(_evidence(**{KIND: CLEAN}), KIND, "gitlab push: raised"), "gitlab push: raised")
    assert (answer, "never seen" in text) == (Answer.WAIT, True)


def test_a_stratum_with_features_is_of_the_declared_one() -> None:
    found = _suite(_evidence(**{f"{KIND} · option=rare": CLEAN}), KIND)
    assert [(case.stratum, case.declared) for case in found.cases if case.stratum] == [(f"{KIND} · option=rare", KIND)]


def test_differences_are_in_the_text_of_the_stratum_and_of_the_decision() -> None:
    differs = replace(CLEAN, tally=Tally(mismatch=2), keys={"a": True}, clean=Distinct())
    found = _suite(_evidence(**{KIND: differs}), differences=(difference(370, None, "$.inputs.pr_id", "m7"),))
    for stratum in (KIND, ""):
        text = next(case.text for case in found.cases if case.handler and case.stratum == stratum)
        for word in (
            "$.inputs.pr_id (value), 7 × 0123456789ab",
            "legacy: 370",
            "split: null",
            "for example on message m7",
        ):
            assert word in text


def test_the_run_as_a_whole_fails_by_what_blocks_it() -> None:
    blocked = review(handler(), findings=(Finding(code="forms-disagree", text="on m1", blocks=True),))
    first = suite(blocked, {}).cases[0]
    assert (first.handler, first.answer, first.said) == ("", Answer.FAIL, "forms-disagree: on m1")
    assert suite(review(handler()), {}).cases[0].answer is Answer.PASS


def test_stale_evidence_is_no_pass_of_anything() -> None:
    one = review(handler("build", Answer.PASS, decision=Decision(answer=Answer.PASS, reason="0 of 9 differ")))
    found = suite(one, {"build": (KIND,)}, stale="split changed since")
    assert {(case.answer, case.text) for case in found.cases} == {(Answer.WAIT, "split changed since")}


def test_only_the_handlers_that_are_asked_for() -> None:
    found = suite(review(handler("build"), handler("report")), {}, handlers=["report"])
    assert {case.handler for case in found.cases} == {"", "report"}


def test_what_is_left_out_passes_no_better_than_it_is() -> None:
    strata = {f"kind {n}: returned": CLEAN for n in range(MOST_CASES)}
    strata["kind 0: returned"] = replace(CLEAN, tally=Tally(undecided=1), clean=Distinct())
    found = _suite(_evidence(**strata))
    assert len(found.cases) == MOST_CASES + 1
    assert (found.cases[-1].said, found.cases[-1].answer) == ("2 more strata", Answer.PASS)
    assert _of(found, "kind 0: returned")[0] is Answer.WAIT


@given(
    st.dictionaries(
        st.sampled_from(["a: returned", "a: raised", "b: returned · x=1"]),
        st.builds(
            Stratum,
            tally=st.builds(Tally, match=FEW, mismatch=FEW, accepted=FEW, unpaired=FEW, undecided=FEW),
            keys=st.dictionaries(st.sampled_from("klmnopqrst"), st.booleans(), max_size=10),
            clean=st.sampled_from([Distinct(), Distinct((1,)), Distinct((1, 2))]),
        ),
    ),
    st.sampled_from(Origin),
    st.sampled_from(
        [
            Bar(max_mismatch_rate=0.05),
            Bar(max_mismatch_rate=0.9),
            Bar(max_mismatch_rate=0.9, max_stratum_rate=0.9, stratum_floor=2),
        ]
    ),
)
def test_where_a_stratum_does_not_pass_its_handler_does_not(
    strata: dict[str, Stratum], origin: Origin, bar: Bar
) -> None:
    evidence, ledger, declared = _evidence(**strata), Ledger(expected=1, paired=1), ("a: returned",)
    decision = decide(evidence, bar, handlers=1, origin=origin, ledger=ledger, declared=declared)
    one = HandlerReview(name="build", stage="off", decision=decision, bar=bar, evidence=evidence)
    drawn: Review = review(one, origin=origin, ledger=ledger)
    answers = {case.answer for case in suite(drawn, {"build": declared}).cases if case.stratum}
    if decision.answer is Answer.PASS:
        assert answers <= {Answer.PASS}
    elif decision.answer is Answer.WAIT:
        assert Answer.FAIL not in answers
