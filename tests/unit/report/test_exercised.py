"""Terminal, Markdown and JSON draw one table of what was exercised, and name the same gaps."""

from __future__ import annotations

import io
from itertools import pairwise

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from rich.console import Console

from tasksplit.report import as_markdown
from tasksplit.report.document import document
from tasksplit.report.exercised import columns, gaps, rows
from tasksplit.report.terminal import MOST_ROWS, draw
from tests.unit.report import reviews

PARSER = MarkdownIt("commonmark").enable(["table"])

BUILD = reviews.handler(
    "pr_copr_build",
    seen={"returned": 1_234, "returned:failure": 3},
    exercised={
        "github pull request": {"returned": 1_234, "returned:failure": 3},
        "gitlab merge request": {"returned": 0, "raised": 0},
    },
)
DISPATCH = reviews.handler("dispatch", exercised={"push": {"returned:nothing": 7}})
REVIEW = reviews.review(DISPATCH, BUILD, unwanted={"not for a fork": 7}, refused={"it is empty": 2})
GAP = "has never seen: gitlab merge request: returned; gitlab merge request: raised"


def drawn(review: reviews.Review, width: int = 160, *, verbose: bool = True) -> str:
    out = io.StringIO()
    draw(review, Console(file=out, width=width, force_terminal=False), verbose=verbose)
    return out.getvalue()


def batches(cells: list[str], size: int) -> list[list[str]]:
    return [cells[i : i + size] for i in range(0, len(cells), size)]


def section(text: str, title: str) -> str:
    """The lines under a heading, to the next empty one."""
    return text.partition(f"\n{title}\n")[2].partition("\n\n")[0]


def test_rows_are_grouped_by_handler_and_columns_are_the_ways_that_occur() -> None:
    assert columns(REVIEW) == ("returned", "returned:failure", "returned:nothing", "raised")
    assert [(r.handler, r.event, r.cells) for r in rows(REVIEW)] == [
        ("dispatch", "push", ("–", "–", "7", "–")),
        ("pr_copr_build", "github pull request", ("1,234", "3", "–", "–")),
        ("pr_copr_build", "gitlab merge request", ("never", "–", "–", "never")),
    ]
    assert list(gaps(REVIEW)) == [("pr_copr_build", GAP)]


def test_the_terminal_has_a_table_under_the_handlers_name() -> None:
    lines = section(drawn(REVIEW), "Exercised").splitlines()
    assert [line.split() for line in lines] == [
        ["returned:", "returned:"],
        ["handler", "event", "returned", "failure", "nothing", "raised"],
        ["dispatch", "push", "–", "–", "7", "–"],
        ["pr_copr_build", "github", "pull", "request", "1,234", "3", "–", "–"],
        ["gitlab", "merge", "request", "never", "–", "–", "never"],
        ["pr_copr_build", *GAP.split()],
    ]


def test_a_narrow_terminal_has_a_line_for_each_row() -> None:
    lines = section(drawn(REVIEW, 100), "Exercised").splitlines()
    assert lines == [
        "dispatch, push: returned:nothing 7",
        "pr_copr_build, github pull request: returned 1,234, returned:failure 3",
        "pr_copr_build, gitlab merge request: returned never, raised never",
        f"pr_copr_build {GAP}",
    ]


def test_by_default_only_what_is_missing_is_named_and_the_other_rows_are_counted() -> None:
    lines = section(drawn(REVIEW, 100, verbose=False), "Exercised").splitlines()
    assert lines == [
        "pr_copr_build, gitlab merge request: returned never, raised never",
        "2 rows in which all that is declared was seen: --verbose shows them",
        f"pr_copr_build {GAP}",
    ]


def test_twenty_handlers_with_five_kinds_fit_a_terminal() -> None:
    ways = dict.fromkeys(("returned", "returned:failure", "raised", "retried", "ignored", "rejected"), 1_000)
    kinds = {f"github pull request comment {n}": ways for n in range(5)}
    many = [reviews.handler(f"testing_farm_results_{n:02}", exercised=kinds) for n in range(20)]
    text = section(drawn(reviews.review(*many), 120), "Exercised")
    assert len(text.splitlines()) == 2 + 100
    assert max(map(len, text.splitlines())) <= 120
    assert all(text.count(f"testing_farm_results_{n:02}") == 1 for n in range(20))


@pytest.mark.parametrize("width", [100, 160])
def test_a_table_without_end_says_what_was_left_out(width: int) -> None:
    kinds = {f"kind {n}": {"returned": n + 1} for n in range(MOST_ROWS + 5)}
    assert "(5 more rows left out here: see report.json)" in drawn(
        reviews.review(reviews.handler(exercised=kinds)), width
    )


def test_where_no_kinds_are_named_nothing_is_drawn() -> None:
    review = reviews.review(reviews.handler(seen={"returned": 3}))
    for text in (drawn(review), as_markdown(review)):
        assert "Exercised" not in text
        assert "Of no handler" not in text
    (handler,) = document(review)["handlers"]
    assert (handler["exercised"], handler["never_seen"], document(review)["unwanted"]) == (None, [], None)


def test_markdown_has_the_table_and_the_gaps() -> None:
    text = as_markdown(REVIEW)
    assert "| handler | event | returned | returned:failure | returned:nothing | raised |" in text
    assert "| `pr_copr_build` | `github pull request` | 1,234 | 3 | – | – |" in text
    assert "| `pr_copr_build` | `gitlab merge request` | never | – | – | never |" in text
    assert f"* `pr_copr_build` {GAP}" in text


def test_json_has_the_numbers_and_the_gaps() -> None:
    loaded = document(REVIEW)
    build = loaded["handlers"][1]
    assert build["exercised"]["gitlab merge request"] == {"returned": 0, "raised": 0}
    assert build["never_seen"] == ["gitlab merge request: returned", "gitlab merge request: raised"]
    assert loaded["unwanted"] == {"not for a fork": 7}


def test_each_paper_says_what_was_refused_and_what_nobody_wanted_by_reason() -> None:
    told = drawn(REVIEW)
    assert section(told, "Of no handler, by reason") == "7 × not for a fork"
    assert section(told, "Refused payloads") == "2 × it is empty"
    text = as_markdown(REVIEW)
    assert "### Of no handler, by reason\n\n* counted 7 × not for a fork\n" in text
    assert "### Refused payloads\n\n* counted 2 × it is empty\n" in text
    assert document(REVIEW)["refused"] == {"it is empty": 2}


@given(reviews.reviews)
def test_every_paper_has_the_same_counts(review: reviews.Review) -> None:
    expected = [row.cells for row in rows(review)]
    counts = {
        (h["name"], n)
        for h in document(review)["handlers"]
        for w in (h["exercised"] or {}).values()
        for n in w.values()
    }
    told = {(row.handler, c) for row in rows(review) for c in row.cells if c != "–"}
    assert {(name, f"{n:,}" if n else "never") for name, n in counts} == told
    ways = len(columns(review))
    if not ways:
        return
    tokens = PARSER.parse(as_markdown(review).partition("\n### Exercised\n")[2].partition("\n### Ledger\n")[0])
    cells = [b.content for a, b in pairwise(tokens) if a.type == "td_open"]
    assert [tuple(row[2:]) for row in batches(cells, ways + 2)] == expected
    lines = section(drawn(review, 5_000), "Exercised").splitlines()
    first = 2 if any(":" in way for way in columns(review)) else 1
    assert [tuple(line.split()[-ways:]) for line in lines[first : first + len(expected)]] == expected


@pytest.mark.parametrize("kind", [reviews.HOSTILE, "x | y", "`", "\\", "</summary>"])
def test_the_name_of_a_kind_changes_no_structure(kind: str) -> None:
    def shape(name: str) -> list[str]:
        one = reviews.handler(name, exercised={name: {"returned": 0}})
        return [t.type for t in PARSER.parse(as_markdown(reviews.review(one, unwanted={name: 1})))]

    assert shape(kind) == shape("plain")
    assert "\x1b" not in drawn(reviews.review(reviews.handler(kind, exercised={kind: {"returned": 0}})))
