"""A pull-request comment in which nothing of a payload acts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tasksplit.model.decision import Answer, Decision
from tasksplit.model.evidence import Evidence, Finding
from tasksplit.model.review import RuleUse
from tasksplit.model.strata import WAYS
from tasksplit.report import as_markdown
from tasksplit.report.escape import cell, code, markup, prose
from tasksplit.report.markdown import MOST_BYTES
from tests.unit.report import reviews

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _inline(markdown: str) -> list[Token]:
    return [child for token in PARSER.parse(markdown) for child in token.children or ()]


@given(reviews.texts)
def test_prose_is_text_and_nothing_else(text: str) -> None:
    tokens = _inline(f"it: {prose(text)} end")
    assert {t.type for t in tokens} <= {"text", "text_special"}
    assert len(PARSER.parse(f"it: {prose(text)} end")) == 3


@given(reviews.texts)
def test_code_is_one_span(text: str) -> None:
    tokens = _inline(f"it: {code(text)} end")
    assert [t.type for t in tokens] == ["text", "code_inline", "text"]


@given(reviews.texts)
def test_a_cell_stays_one_cell(text: str) -> None:
    tokens = PARSER.parse(f"| a | b |\n| --- | --- |\n| {cell(text)} | end |")
    cells = [t for t in tokens if t.type == "td_open"]
    assert len(cells) == 2
    kinds = {t.type for t in tokens[-1].children or ()}
    assert kinds <= {"code_inline", "html_inline", "text"}


@given(reviews.texts)
def test_markup_has_no_sign_of_html(text: str) -> None:
    assert not set("<>`|*[]@\n\\\"'") & set(markup(text))


def test_prose_notifies_nobody_and_links_nowhere() -> None:
    assert "@all" not in prose("ping @all")
    assert "#12" not in prose("closes #12")
    assert "http://" not in prose("see http://example.org")
    assert "www." not in prose("see www.example.org")


@given(reviews.reviews)
def test_never_longer_than_a_comment(review: reviews.Review) -> None:
    assert len(as_markdown(review).encode()) <= MOST_BYTES


@pytest.mark.parametrize("sign", ["a", "漢", "\x1b", "`", "<", "\U0001f600", "\U000e0001"])
@pytest.mark.parametrize("handlers", [1, 30, 2_000])
def test_a_huge_review_is_cut_and_says_so(sign: str, handlers: int) -> None:
    long = sign * (20_000 if handlers < 100 else 2_000)
    groups = tuple(reviews.difference(legacy=long, split=long, path=long, message=long) for _ in range(60))
    evidence = Evidence(
        handler="x",
        findings=tuple(Finding(code=long, text=long) for _ in range(60)),
        undecided_reasons={f"{i}{long}": 1 for i in range(60)},
        capture_note=long,
    )
    decision = Decision(answer=Answer.FAIL, reason=long)
    kinds = {f"{i}{long}": dict.fromkeys(WAYS, 0) for i in range(3)}
    one = reviews.handler(long, differences=groups, evidence=evidence, decision=decision, exercised=kinds)
    rules = tuple(RuleUse(name=long, because=long, touched=0) for _ in range(500))
    review = reviews.review(
        *[one] * handlers,
        migration=long,
        rules=rules,
        refused={f"{i}{long}": 1 for i in range(500)},
        unwanted={f"{i}{long}": 1 for i in range(500)},
        versions={f"{i}{long}": long for i in range(500)},
    )
    text = as_markdown(review)
    assert len(text.encode()) <= MOST_BYTES
    assert "left out here" in text


def test_when_handlers_are_cut_the_failing_ones_stay() -> None:
    passing = [reviews.handler(f"pass_{i}", Answer.PASS) for i in range(300)]
    text = as_markdown(reviews.review(*passing, reviews.handler("the_failing_one")))
    assert "`the_failing_one`" in text
    assert "more handlers left out here" in text


def test_shows_what_a_reviewer_needs() -> None:
    review = reviews.review(
        reviews.handler(differences=(reviews.difference(),)),
        rules=(RuleUse(name="clock", because="wall clock", touched=0),),
        findings=(Finding(code="undeclared-call", text="os.system", blocks=True),),
    )
    text = as_markdown(review)
    assert "| handler | stage | decision | pairs | keys | differ | rate | bound | limit | strata |" in text
    assert "| `copr_build_end` | `shadow` | fail | 40 | 2 | 1 | 50 % | 20 % | 1 % | 0 of 0 | 1 | 37 | 3 |" in text
    assert "Of every handler: branches, p99: not measured; accepted, unpaired, undecided: 0" in text
    assert "<details>" in text
    assert "touched nothing" in text
    assert "* finding undeclared-call (blocks): os.system" in text
    assert "N of N, never a production rate" in text
    assert "It balances" in text


@given(st.sampled_from([reviews.HOSTILE, "x | y", "`", "``` ", "</summary>", "\\"]))
def test_a_payload_changes_no_structure(text: str) -> None:
    def shape(value: str) -> list[str]:
        group = reviews.difference(legacy=value, split=value, path=value, message=value)
        decision = Decision(answer=Answer.FAIL, reason=value)
        one = reviews.handler(value, differences=(group,), decision=decision)
        page = as_markdown(reviews.review(one, refused={value: 1}, migration=value))
        return [t.type for t in PARSER.parse(page)]

    assert shape(text) == shape("plain")
