"""Does a newcomer get a true answer, short, with nothing hidden?"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from tasksplit.gate.decide import decide
from tasksplit.model.branches import Branches, Covered
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Finding, Ledger, Sides, Stratum, Tally
from tasksplit.model.message import Origin
from tasksplit.model.review import HandlerReview, Review, Times
from tasksplit.model.sketch import Sketch
from tasksplit.report.questions import MOST_DETAILS, Question, answers
from tests.unit.report import reviews

BLOCKS = Finding(code="forms-disagree", text="the two forms differ", blocks=True)


def _asked(review: Review) -> dict[str, Question]:
    return {one.name: one for one in answers(review)}


def _told(question: Question) -> list[str]:
    return [detail.text for detail in question.details]


def _decided(name: str, *, match: int, mismatch: int = 0, **rest: object) -> HandlerReview:
    """Return a handler with the gate's own words."""
    keys = {f"{name}{n}": n < mismatch for n in range(match + mismatch)}
    evidence = Evidence(handler=name, tally=Tally(match=match, mismatch=mismatch), keys=keys, capture_complete=True)
    ledger = Ledger(expected=9, paired=9)
    decision = decide(evidence, Bar(), handlers=20, origin=Origin.TEST, ledger=ledger)
    return reviews.handler(name, evidence=evidence, decision=decision, **rest)


WORN = [
    _decided("good", match=700),
    _decided("few", match=12),
    _decided("fewer", match=7),
    _decided("bad", match=60, mismatch=2),
]


def test_what_passes_may_move_and_is_named() -> None:
    assert _asked(reviews.review(*WORN))["move"].answer == "1 of 4 handlers: good."


def test_dispatch_goes_last_however_it_was_decided() -> None:
    dispatch = _decided("dispatch", match=700)
    asked = _asked(reviews.review(dispatch, *WORN))
    assert (
        asked["move"].answer == "1 of 5 handlers: good; dispatch passes too, and goes last: when every handler is live."
    )
    alone = _asked(reviews.review(dispatch, WORN[1]))
    assert alone["move"].answer == "None yet; dispatch passes, and goes last: when every handler is live."
    over = _asked(reviews.review(dispatch, replace(WORN[0], stage="live")))
    assert over["move"].answer == "2 of 2 handlers: dispatch, good."
    assert "over already: good" in _told(over["move"])


def test_a_finding_about_the_whole_run_lets_nobody_move() -> None:
    asked = _asked(reviews.review(*WORN, findings=(BLOCKS,)))
    assert asked["move"].answer == "None: 1 handler would pass, and the run as a whole is blocked."
    assert _told(asked["move"]) == ["finding forms-disagree (blocks): the two forms differ"]
    assert asked["stay"].answer == "1 fail and 2 wait and 1 finding in the way of all."


def test_reasons_of_one_kind_are_one_line_with_the_range_of_their_counts() -> None:
    """The gate's own words: where they change, what is left out of them has to change too."""
    asked = _asked(reviews.review(*WORN))
    assert asked["stay"].answer == "1 fail and 2 wait."
    assert _told(asked["stay"]) == [
        "fail bad: 2 of 62 pairs and 2 of 62 keys differ",
        "wait 2 (few, fewer): 7 to 12 of 638 clean keys to be below 1 %",
    ]
    assert [detail.handlers for detail in asked["stay"].details] == [("bad",), ("few", "fewer")]


def test_a_reason_that_goes_on_says_so_and_numbers_of_users_are_never_made_a_range() -> None:
    def one(name: str, reason: str) -> HandlerReview:
        return reviews.handler(name, Answer.WAIT, decision=Decision(answer=Answer.WAIT, reason=reason))

    asked = _asked(reviews.review(
        one("a", "1 finding in the way: late: after 3 days; 2 pairs undecided"),
        one("b", "1 finding in the way: late: after 5 days"),
    ))  # fmt: skip
    assert _told(asked["stay"]) == [
        "wait a: 1 finding in the way: late: after 3 days; and more",
        "wait b: 1 finding in the way: late: after 5 days",
    ]


def test_where_all_may_move_nothing_is_in_the_way() -> None:
    assert _asked(reviews.review(WORN[0]))["stay"].answer == "Every handler may move."
    assert _asked(reviews.review())["stay"].answer == "There are no handlers."


def test_what_was_never_seen_is_counted_and_the_most_telling_is_named() -> None:
    covered = Covered(legacy=Branches(known=("a.py:1->2", "a.py:1->3"), touched=("a.py:1->2",)))
    strata = {"push: returned": Stratum(tally=Tally(match=3)), "push: raised": Stratum(tally=Tally(undecided=2))}
    one = reviews.handler(
        "build", exercised={"push": {"returned": 3, "raised": 2, "retried": 0}},
        evidence=Evidence(handler="build", tally=Tally(match=3), keys={"a": False}, covered=covered, strata=strata),
    )  # fmt: skip
    idle = reviews.handler("idle", evidence=Evidence(handler="idle"), exercised={"tag": {"returned": 0}})
    effect = Finding(code="effect-never-seen", text="mail is declared and was never seen")
    asked = _asked(reviews.review(one, idle, findings=(effect,)))["unseen"]
    assert asked.answer == "1 handler without evidence; 2 of 4 strata; 1 declared effect; 1 branch (of 1 handler)."
    assert _told(asked) == [
        "no evidence at all: idle",
        "never seen by build: push: retried",
        "never seen by idle: tag: returned",
        "1 stratum seen, of which nothing could be judged: build",
        "effect: mail is declared and was never seen",
        "1 branch not taken in build: a.py:1->3",
    ]


def test_what_nobody_declared_or_measured_is_not_said_to_be_seen() -> None:
    assert _asked(reviews.review(WORN[0]))["unseen"].answer == (
        "No kinds of events are declared, so what is missing among them is not known; 0 declared effects; "
        "branches: not measured (--coverage)."
    )


def test_what_costs_most_is_summed_and_ranked() -> None:
    def timed(name: str, split: int, count: int) -> HandlerReview:
        sides = Sides(legacy=Sketch({345: 1}), split=Sketch({split: count}), wire=Sketch({600: 1}))
        return reviews.handler(name, evidence=Evidence(handler=name, sides=sides))

    asked = _asked(reviews.review(timed("a", 345, 1), timed("b", 345, 9), times=Times(legacy=1, split=1, tasksplit=2)))
    [first, second, *_, last] = _told(asked["cost"])
    assert asked["cost"].answer.startswith("b: about ")
    assert "(90 % of what all handlers took there)" in asked["cost"].answer
    assert first.endswith("over 9 pairs: b")
    assert second.endswith("over 1 pair: a")
    assert last.startswith("tasksplit itself took 2.0 s (50 %)")
    assert _asked(reviews.review(WORN[0]))["cost"].answer == "Nothing was timed."


@given(reviews.reviews)
def test_answers_are_one_line_and_bounded_and_what_is_left_out_is_counted(review: Review) -> None:
    asked = answers(review)
    assert [one.name for one in asked] == ["move", "stay", "unseen", "cost"]
    for one in asked:
        assert len(one.details) <= MOST_DETAILS
        assert one.more == 0 or len(one.details) == MOST_DETAILS
        for text in (one.answer, *_told(one)):
            assert len(text.splitlines()) == 1
            assert len(text) < 5_000


@given(reviews.reviews)
def test_nobody_may_move_who_does_not_pass(review: Review) -> None:
    blocked = any(finding.blocks for finding in review.findings)
    passing = {one.name for one in review.handlers if one.decision.answer is Answer.PASS}
    asked = _asked(review)
    assert asked["move"].answer.startswith("None") or (passing and not blocked)
    staying = {name for detail in asked["stay"].details for name in detail.handlers}
    assert not staying & passing
