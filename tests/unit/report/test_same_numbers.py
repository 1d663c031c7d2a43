"""Markdown, terminal and JSON say the same."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import given
from rich.console import Console

from tasksplit.report import as_markdown
from tasksplit.report.document import document
from tasksplit.report.sentences import VERDICTS
from tasksplit.report.terminal import draw
from tests.unit.report import reviews

LEDGER = re.compile(r"expected ([\d,]+) = paired ([\d,]+) \+ pending ([\d,]+) \+ lost ([\d,]+) \+ sampled out ([\d,]+)")
STANDING = re.compile(r"keys ([\d,]+), of which differ ([\d,]+); " + ", ".join(rf"{v} ([\d,]+)" for v in VERDICTS))
TOUCHED = re.compile(r"touched (?:([\d,]+) values?|nothing)")
GROUP = re.compile(r"\), ([\d,]+) × `?([0-9a-f]{12})")


def _drawn(review: reviews.Review, width: int = 500, *, colour: bool = False) -> str:
    out = io.StringIO()
    draw(review, Console(file=out, width=width, force_terminal=colour, color_system="truecolor" if colour else None))
    return out.getvalue()


def _number(text: str) -> int:
    return int(text.replace(",", "") or 0)


def _numbers(handler: dict[str, Any]) -> list[int]:
    return [handler["keys"], handler["keys_mismatched"], *handler["evidence"].values()]


@given(reviews.reviews)
def test_ledger(review: reviews.Review) -> None:
    expected = list(document(review)["ledger"].values())
    markdown = re.sub(r"\\", "", as_markdown(review))
    for paper in (markdown, _drawn(review)):
        found = LEDGER.findall(paper)[-1]
        assert [_number(n) for n in found] == expected


@given(reviews.reviews)
def test_verdicts_and_decisions_of_each_handler(review: reviews.Review) -> None:
    expected = [(h["name"], h["decision"], *_numbers(h)) for h in document(review)["handlers"]]
    rows = re.findall(r"^\| `([a-j_]+)` \| `\w+` \| (pass|fail|wait) \| (.*) \|$", as_markdown(review), re.M)
    assert [(n, d, *map(_number, rest.split(" | "))) for n, d, rest in rows] == expected
    drawn = _drawn(review)
    assert [[_number(n) for n in found] for found in STANDING.findall(drawn)] == [list(e[2:]) for e in expected]
    assert all(re.search(rf"^{d} {n}:", drawn, re.M) for n, d, *_ in expected)


@given(reviews.reviews)
def test_what_was_rehearsed(review: reviews.Review) -> None:
    words = {True: "a route sends what", False: "moving it alone", None: "not tried"}
    expected = [words[h["rehearsed"]] for h in document(review)["handlers"]]
    for paper in (as_markdown(review), _drawn(review)):
        assert re.findall(r"rehearsal: (a route sends what|moving it alone|not tried)", paper) == expected


@given(reviews.reviews)
def test_differences(review: reviews.Review) -> None:
    expected = [(d["count"], d["fingerprint"]) for h in document(review)["handlers"] for d in h["differences"]]
    for paper in (as_markdown(review), _drawn(review, 5_000)):
        assert [(_number(n), f) for n, f in GROUP.findall(paper)] == expected


@given(reviews.reviews)
def test_rules(review: reviews.Review) -> None:
    expected = [r["touched"] for r in document(review)["rules"]]
    for paper in (as_markdown(review), _drawn(review, 5_000)):
        assert [_number(n) for n in TOUCHED.findall(paper)] == expected


@pytest.mark.parametrize("width", [20, 60, 80, 200])
@pytest.mark.parametrize("colour", [True, False])
def test_terminal_keeps_to_its_width_and_lets_no_escape_through(width: int, colour: bool) -> None:
    group = reviews.difference(legacy=reviews.HOSTILE, split="[bold]x[/bold] :tada:", message="m" * 300)
    one = reviews.handler("h" * 90, differences=(group,) * 9)
    drawn = _drawn(reviews.review(one, migration=reviews.HOSTILE), width, colour=colour)
    bare = re.sub(r"\x1b\[[\d;]*m", "", drawn) if colour else drawn
    assert "\x1b" not in bare
    assert "\u202e" not in drawn
    assert max(map(len, bare.splitlines())) <= width
    assert "[bold]x[/bold]" in re.sub(r"\s+", "", bare)


def test_terminal_says_what_it_left_out() -> None:
    drawn = _drawn(reviews.review(reviews.handler(differences=(reviews.difference(),) * 9)), 60)
    assert "4 more groups left out here: see report.json" in drawn
