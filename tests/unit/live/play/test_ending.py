"""What came of a play is judged by all that was seen, and told in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasksplit.live.play import told
from tasksplit.live.play.ending import Acted, Ending, acted
from tasksplit.live.play.seen import Seen
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Ledger, Tally
from tasksplit.model.message import Side
from tasksplit.model.rollout import Stage
from tasksplit.model.route import Claim, ClaimId
from tests.unit.live.play.acts import HANDLER, change, counts, review, runs, seen


def ending(now: Seen | None = None, **more: Any) -> Ending:
    return Ending(**{"seen": now or seen(), "acted": Acted(legacy=9), "history": (), **more})


def test_all_accounted_for_passes() -> None:
    assert ending().answer is Answer.PASS
    assert list(ending().missing()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        ending(seen(Tally(match=9, mismatch=1))),
        ending(seen(review=review(Tally(match=9), others=[("dispatch", Tally(mismatch=1))]))),
        ending(acted=Acted(both=("m1",))),
        ending(seen(Tally(mismatch=1)), stopped="It stopped."),
    ],
    ids=["a pair differs", "dispatch differs", "both acted", "it differs, and was stopped"],
)
def test_two_sides_that_differ_or_both_act_fail(wrong: Ending) -> None:
    assert wrong.answer is Answer.FAIL


@pytest.mark.parametrize(
    ("short", "said"),
    [
        (ending(stopped="It stopped."), "It stopped."),
        (ending(short=["canary"]), "Not enough was seen of 'canary'"),
        (ending(seen(refused=2)), "did not take 2 messages"),
        (ending(seen(sent=11)), "2 messages were sent and did not reach"),
        (ending(acted=Acted(neither=("m1",))), "Nobody acted on 1 messages: m1"),
        (ending(seen(counts=counts(received=9, handed_over=9, written=8, shed_full=1))), "1 messages were not"),
        (ending(seen(counts=counts(received=10, handed_over=9, written=9))), "Of 1 messages nobody says"),
        (ending(seen(counts=counts(received=10, handed_over=10, written=10))), "1 were not replayed"),
        (ending(seen(counts=counts(received=10, handed_over=10, written=9))), "still on its way"),
        (
            ending(seen(review=review(Tally(match=9), ledger=Ledger(expected=9, paired=8, lost=1)))),
            "0 are pending, 1 lost",
        ),
    ],
    ids=[
        "stopped", "a step cut short", "refused", "on its way", "neither acted", "shed", "unexplained", "not replayed",
        "in a worker", "lost",
    ],
)  # fmt: skip
def test_what_is_missing_is_said_and_is_no_pass(short: Ending, said: str) -> None:
    assert short.answer is Answer.WAIT
    assert said in "\n".join(short.missing())


def claim(message: str, side: Side, handler: str = HANDLER) -> Claim:
    return Claim(id=ClaimId(message=message, handler=handler), side=side)


def test_what_was_claimed_is_held_against_who_ran() -> None:
    claims = {
        "l0": [],  # while nothing was beyond shadow
        "l1": [claim("l1", Side.LEGACY)],
        "s0": [claim("s0", Side.SPLIT), claim("s0", Side.LEGACY, "dispatch")],
        "s9": [claim("s9", Side.SPLIT)],  # handed over, and nobody ran it
        "x": [claim("x", Side.SPLIT, "another")],
    }
    found = acted(seen(runs=runs(legacy=2, split=1, both=1)), list(claims), lambda message: claims[message])
    assert found == Acted(legacy=3, split=2, both=("b0",), neither=("s9",))


def test_the_paper_says_what_the_screen_says(tmp_path: Path) -> None:
    moved = ending(
        history=[change(Stage.OFF, Stage.SHADOW), change(Stage.SHADOW, Stage.CANARY, forced=True, share=0.5)]
    )
    text = told.write(moved, tmp_path / "new").read_text()
    assert text.startswith("# The story went through, and everything is accounted for: build\n")
    assert "* 12:00:05 build: shadow → canary, 50 % FORCED, because a look" in text
    assert "* the gate says wait" in text
    for heading, lines in told.sections(moved):
        assert heading in text
        assert all(line in text for line in lines)


def test_without_a_replay_the_end_is_told_all_the_same() -> None:
    sections = dict(told.sections(ending(seen(Tally(), review=None))))
    assert sections["Verdicts"] == ["nothing was replayed"]
    assert "FORCED" not in sections
