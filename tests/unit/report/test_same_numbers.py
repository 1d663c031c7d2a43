"""Markdown, terminal and JSON say the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given

from tasksplit.report import as_markdown
from tasksplit.report.document import document
from tests.unit.report import reviews
from tests.unit.report.papers import terminal

LEDGER = re.compile(r"expected ([\d,]+) = paired ([\d,]+) \+ pending ([\d,]+) \+ lost ([\d,]+) \+ sampled out ([\d,]+)")
TOUCHED = re.compile(r"touched (?:([\d,]+) values?|nothing)")
GROUP = re.compile(r"\), ([\d,]+) × `?([0-9a-f]{12})")


def _drawn(review: reviews.Review, width: int = 500, *, colour: bool = False) -> str:
    return terminal(review, width, verbose=True, colour=colour)


def _number(text: str) -> int:
    return int(text.replace(",", "") or 0)


def _in_order(review: reviews.Review) -> list[dict[str, Any]]:
    """Return the handlers as papers tell of them: what fails first."""
    handlers: list[dict[str, Any]] = document(review)["handlers"]
    return sorted(handlers, key=lambda one: ("fail", "wait", "pass").index(one["decision"]))


@given(reviews.reviews)
def test_ledger(review: reviews.Review) -> None:
    expected = list(document(review)["ledger"].values())
    markdown = re.sub(r"\\", "", as_markdown(review))
    for paper in (markdown, _drawn(review)):
        found = LEDGER.findall(paper)[-1]
        assert [_number(n) for n in found] == expected


@given(reviews.reviews)
def test_what_was_rehearsed(review: reviews.Review) -> None:
    words = {True: "a route sends what", False: "moving it alone", None: "not tried"}
    handlers = _in_order(review)
    expected = [words[h["rehearsed"]] for h in handlers]
    for paper in (as_markdown(review), _drawn(review)):
        assert re.findall(r"rehearsal: (a route sends what|moving it alone|not tried)", paper) == expected


@given(reviews.reviews)
def test_differences(review: reviews.Review) -> None:
    handlers = _in_order(review)
    expected = [(d["count"], d["fingerprint"]) for h in handlers for d in h["differences"]]
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
