"""What does somebody at a terminal see, in whatever width?"""

from __future__ import annotations

import re

import pytest

from tasksplit.model.decision import Answer, Decision
from tasksplit.model.evidence import Evidence, Finding, Tally
from tasksplit.model.review import Dependency, Past, RuleUse
from tasksplit.report.columns import COLUMNS, silent, telling
from tasksplit.report.table import rows
from tests.unit.report import large, reviews
from tests.unit.report.papers import silent as papers_silent
from tests.unit.report.papers import terminal

PASSES = reviews.handler(
    "ready", Answer.PASS, rehearsed=True,
    decision=Decision(answer=Answer.PASS, reason="0 of 700 keys differ: below 1 %; on test messages", upper_bound=0.2),
    evidence=Evidence(handler="ready", tally=Tally(match=700), keys={"a": False}, capture_complete=True),
)  # fmt: skip
FAILS = reviews.handler(
    "broken", differences=(reviews.difference(),),
    evidence=Evidence(
        handler="broken", tally=Tally(match=3, mismatch=1), findings=(Finding(code="late", text="it is"),)
    ),
)  # fmt: skip
WAITS = reviews.handler("young", Answer.WAIT, rehearsed=True)
REVIEW = reviews.review(PASSES, WAITS, FAILS)


def _after(paper: str, heading: str) -> list[str]:
    return paper.partition(f"\n{heading}\n")[2].partition("\n\n")[0].splitlines()


def test_the_questions_come_first_and_then_the_table() -> None:
    drawn = terminal(REVIEW, 100)
    headings = ["Which handlers may move?", "Which may not, and why?", "What has never been seen?", "What costs most?",
                "Handlers", "Ledger"]  # fmt: skip
    places = [drawn.index(f"\n\n{heading}\n") for heading in headings]
    assert places == sorted(places)


def test_what_fails_is_told_first_and_what_passes_on_one_line() -> None:
    told = terminal(REVIEW, 200).partition("\nHandlers\n")[2].partition("\n\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split(":")[0] for line in told if not line.startswith(" ")] == [
        "fail broken",
        "wait young",
        "pass ready",
    ]
    assert told[-1] == "pass ready: 0 of 700 keys differ: below 1 %; and more"
    assert "  finding late: it is" in told
    assert "    for example on message m1 at $.inputs.job" in told


def test_verbose_tells_what_is_in_order_too() -> None:
    review = reviews.review(
        PASSES, rules=(RuleUse(name="clock", because="wall clock", touched=7),), versions={"celery": "5.7"},
        dependencies=(Dependency(first="a", then="b", on="builds", messages=2, hazard=False),),
    )  # fmt: skip
    short, whole = terminal(review, 120), terminal(review, 120, verbose=True)
    assert _after(short, "Rules") == ["1 rule touched 7 values: --verbose names them"]
    assert _after(whole, "Rules") == ["clock: touched 7 values (because: wall clock)"]
    assert _after(short, "Dependencies") == ["1 tie without a hazard: --verbose names them"]
    assert "a changes builds, which b uses later" in whole
    assert "capture (legacy against itself): complete" in whole
    assert "capture" not in short
    assert "celery: 5.7" in whole


@pytest.mark.parametrize("width", [40, 60, 80, 100, 110, 120, 160, 300])
def test_every_width_holds_and_names_the_columns_that_it_has_no_room_for(width: int) -> None:
    drawn = terminal(large.review(20, 2), width)
    assert max(map(len, drawn.splitlines())) <= width
    columns = telling(rows(large.review(20, 2)))
    table = next((line for line in drawn.splitlines() if line.startswith("handler ")), "")
    shown = [column.name for column in columns if column.name in table.split()]
    assert bool(shown) == (width >= 80)
    left = ", ".join(column.name for column in columns[len(shown) :])
    assert not shown or not left or f"Too narrow for {left}:" in " ".join(drawn.split())


def test_a_narrow_terminal_has_the_same_words_for_each_handler() -> None:
    told = " ".join(terminal(REVIEW, 40).split())
    for name, row in zip(("ready", "young", "broken"), rows(REVIEW), strict=True):
        assert f"{row.decision} {name}: " in told
        assert f"pairs {row.pairs}; keys {row.keys}; differ {row.differ}; rate {row.rate.text}; bound 20 %" in told


def test_columns_that_say_nothing_are_one_line_and_never_lost() -> None:
    table = rows(REVIEW)
    shown, note = telling(table), silent(table)
    for column in COLUMNS:
        assert (column in shown) != (column.name in papers_silent(f"{note}\n"))
    assert "branches, p99: not measured; accepted, unpaired, undecided: 0; trend: no earlier run." in note


def test_a_trend_names_the_newest_runs_and_counts_the_others() -> None:
    past = [Past(run=str(n), at=n, answer=a, tally=Tally(), keys=1, keys_mismatched=0) for n, a in enumerate(
        [Answer.WAIT, Answer.WAIT, Answer.FAIL, Answer.FAIL, Answer.WAIT, Answer.PASS, Answer.PASS], 1)]  # fmt: skip
    [row] = rows(reviews.review(reviews.handler(answer=Answer.PASS, trend=tuple(past))))
    assert row.trend_text == "2 more, fail, fail, wait, pass, pass, now pass"


def test_colour_adds_nothing_to_the_words() -> None:
    plain, coloured = (terminal(REVIEW, 100, colour=colour) for colour in (False, True))
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
