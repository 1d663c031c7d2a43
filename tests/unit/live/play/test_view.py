"""What is seen is drawn anew on a terminal, and said in lines elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tasksplit.cli.live_view import View, in_a_line
from tasksplit.live.play.parts import Said
from tasksplit.live.play.story import STORY
from tasksplit.model.evidence import Tally
from tasksplit.model.rollout import Flag, Stage, Terms
from tests.unit.live.play.acts import HANDLER, review, runs, seen

CANARY = Flag(handler=HANDLER, stage=Stage.CANARY, terms=Terms(share=0.5))


def shown(*, terminal: bool, term: str = "xterm") -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    environment = {"TERM": term, "COLUMNS": "120"}
    return Console(file=out, force_terminal=terminal, width=120, _environ=environment, highlight=False), out


def test_a_moment_in_a_line() -> None:
    now = seen(flag=CANARY, runs=runs(legacy=5, split=4), review=review(Tally(match=8, undecided=1)))
    assert in_a_line(now) == (
        "canary, 50 %: 9 sent; legacy acted on 5, split on 4; 9 recorded, 8 paired; 8 match, 1 undecided"
    )


@pytest.mark.parametrize(("terminal", "term"), [(False, "xterm"), (True, "dumb")], ids=["piped", "dumb"])
def test_elsewhere_a_line_for_each_change(terminal: bool, term: str) -> None:
    console, out = shown(terminal=terminal, term=term)
    with View(console, 5) as view:
        view.step(2, STORY[1])
        view.draw(seen())
        view.draw(seen())
        view.draw(seen(Tally(match=10)))  # too soon for another line
        view.step(3, STORY[2])
        view.draw(seen(Tally(match=11)))
    text = out.getvalue()
    assert [line.split(":")[0].strip() for line in text.splitlines()] == ["2/5 shadow", "off", "3/5 canary", "off"]
    assert "\x1b[?25l" not in text  # the cursor is left alone


def test_a_command_and_what_it_said() -> None:
    console, out = shown(terminal=False)
    view = View(console, 5)
    view.asked("tasksplit rollout build shadow")
    view.said(Said(command="", code=0, lines=("build: off → shadow", "refused: \x1b[31m" + "x" * 500)))
    lines = out.getvalue().splitlines()
    assert lines[:2] == ["$ tasksplit rollout build shadow", "  build: off → shadow"]
    assert "\x1b" not in lines[2]
    assert lines[2].endswith("(514 characters)")


def test_on_a_terminal_stages_numbers_and_verdicts_are_drawn() -> None:
    console, out = shown(terminal=True)
    others = [("dispatch", Tally(match=7)), ("nothing_yet", Tally())]
    with View(console, 5) as view:
        view.step(3, STORY[2])
        view.draw(seen(flag=CANARY, review=review(Tally(match=8), others=others)))
    text = out.getvalue()
    assert "canary, 50 %" in text
    assert "3/5 canary" in text
    assert "dispatch" in text
    assert "nothing_yet" not in text
    assert text.index("\x1b[?25l") < text.rindex("\x1b[?25h")  # the cursor is hidden, and shown again
