"""Every paper says the same of each handler: what report.json holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given

from tasksplit.model.branches import Branches, Covered
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Tally
from tasksplit.model.review import Review, Times
from tasksplit.report import as_markdown
from tasksplit.report.cases import suite
from tasksplit.report.columns import COLUMNS
from tasksplit.report.document import document
from tasksplit.report.junit import as_junit
from tasksplit.report.page.html import as_html
from tasksplit.report.table import rows
from tests.unit.report import papers, reviews

READ: dict[str, Callable[[Review], list[papers.Cells]]] = {
    "wide terminal": lambda review: papers.of_terminal(papers.terminal(review, 5_000)),
    "Markdown": lambda review: papers.of_markdown(as_markdown(review)),
    "JUnit": lambda review: papers.of_junit(as_junit([suite(review, {})])),
    "page": lambda review: papers.of_page(as_html(review)),
}
ENOUGH = {
    "wide terminal": {"decision", "pairs", "keys", "differ", "rate", "bound", "limit", "branches", "p99", "groups",
                      "match", "mismatch", "accepted", "unpaired", "undecided"},
    "JUnit": {"decision", "keys", "differ", "bound", "limit", "match", "mismatch", "accepted", "unpaired", "undecided"},
    "page": {"decision", "pairs", "rate", "bound", "limit", "p99"},
}  # fmt: skip
ENOUGH["Markdown"] = ENOUGH["wide terminal"]


@pytest.mark.parametrize("paper", READ)
@given(review=reviews.reviews)
def test_each_paper_says_of_each_handler_what_the_json_holds(paper: str, review: Review) -> None:
    known = [papers.expected(handler) for handler in document(review)["handlers"]]
    told = READ[paper](review) if known else []
    assert len(told) == len(known)
    for said, held in zip(told, known, strict=True):
        assert ENOUGH[paper] <= said.keys()
        assert {name: text for name, text in said.items() if name in held} == {
            name: text for name, text in held.items() if name in said
        }


@given(reviews.reviews)
def test_a_narrow_terminal_says_it_in_words(review: Review) -> None:
    drawn = papers.terminal(review, 50, verbose=True)
    told = " ".join(drawn.partition("\nHandlers\n")[2].split())
    shared = re.match(r"Of every handler: (.*?)\. (?:pass|fail|wait) ", told)
    left_out = papers.silent(f"Of every handler: {shared[1]}.\n") if shared else {}
    known = [papers.expected(handler) for handler in document(review)["handlers"]]
    place = 0
    for held in sorted(known, key=lambda one: ("fail", "wait", "pass").index(one["decision"])):
        assert {name: held[name] for name in left_out if name in held} == {
            name: text for name, text in left_out.items() if name in held
        }
        for name in (column.name for column in COLUMNS if column.name in held and column.name != "decision"):
            if name not in left_out:
                place = told.index(f" {name} {held[name]}", place) + len(f" {name} {held[name]}")
                assert told[place : place + 1] in {";", " ", ""}


@given(reviews.reviews)
def test_the_table_counts_what_the_json_lists(review: Review) -> None:
    for row, held in zip(rows(review), document(review)["handlers"], strict=True):
        assert row.trend == tuple(Answer(one["decision"]) for one in held["trend"])
        assert row.strata_seen + len(row.strata_missing) == len(held["strata"])
        assert set(held["never_seen"]) >= {one for one in row.strata_missing if one in held["never_seen"]}
        for figure in (row.rate, row.bound, row.limit, *(row.branches or ())):
            assert (figure.text == "0 %") == (figure.value == 0)
            assert (figure.text == "100 %") == (figure.value == 1)


@pytest.mark.parametrize("value", [1e-12, 1 - 1e-12])
def test_no_paper_rounds_to_nothing_or_to_all(value: float) -> None:
    known = tuple(f"a.py:{n}->{n + 1}" for n in range(1, 3_000))
    covered = Covered(legacy=Branches(known=known, touched=known[1:]), split=Branches(known=known, touched=known[:1]))
    keys = {str(n): n == 0 for n in range(3_000)} if value < 0.5 else {str(n): n > 0 for n in range(3_000)}
    evidence = Evidence(handler="h", tally=Tally(match=1, mismatch=10**9), keys=keys, covered=covered)
    one = reviews.handler(
        evidence=evidence, bar=Bar(max_mismatch_rate=value),
        decision=Decision(answer=Answer.FAIL, reason="it differs", upper_bound=value),
    )  # fmt: skip
    times = Times(legacy=1.0, tasksplit=1e-12 if value < 0.5 else 1e13)
    review = replace(reviews.review(one), times=times)
    page = re.sub(r"<(style|script|svg|caption).*?</\1>", "", as_html(review).decode(), flags=re.S)
    drawn = (papers.terminal(review, width, verbose=True) for width in (50, 500))
    for paper in (*drawn, as_markdown(review), as_junit([suite(review, {})]).decode(), page):
        assert re.search(r"[<>]|&[lg]t;", paper)
        assert not re.findall(r"(?<![\d.,])(?:0|100)\s%", paper)
