"""Does anything of a hostile payload act: on a terminal, in Markdown, XML, JSON or the commands of a host?"""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from markdown_it.token import Token

from tasksplit.model.review import Review
from tasksplit.report import as_json, as_markdown, from_json
from tasksplit.report.cases import suite
from tasksplit.report.document import document
from tasksplit.report.escape import prose
from tasksplit.report.github import commands, summary
from tasksplit.report.junit import as_junit
from tasksplit.report.markdown import MOST_BYTES
from tests import hostile
from tests.unit.report import hostile_reviews
from tests.unit.report.papers import PARSER, terminal

OURS = re.compile(r"</?(?:details|summary|code)>")  # all the HTML that the Markdown has
ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
SGR = re.compile(r"\x1b\[[\d;]*m")  # colours of ours
# what is long, many or deep stands last, and is cut: two of each kind are enough, and take no minutes
SHORT = [one for one in hostile.PAYLOADS.values() if len(hostile_reviews.text_of(one)) < 2_000]
LONG = [one for one in hostile.PAYLOADS.values() if len(hostile_reviews.text_of(one)) >= 2_000]


def _reviews() -> Iterator[Review]:
    yield from (review for review, _ in hostile_reviews.reviews(SHORT, 25))
    yield from (review for review, _ in hostile_reviews.reviews(LONG, 6))


REVIEWS = list(_reviews())
each = pytest.mark.parametrize("review", REVIEWS, ids=[f"review-{n}" for n in range(len(REVIEWS))])


def _acting(text: str) -> set[str]:
    return {char for char in set(text) if char != "\n" and unicodedata.category(char) in ACTING}


def _tokens(markdown: str) -> Iterator[Token]:
    for token in PARSER.parse(markdown):
        yield token
        yield from token.children or ()


@each
def test_no_escape_gets_out_to_a_terminal(review: Review) -> None:
    for width in (40, 200):
        assert not _acting(terminal(review, width, verbose=True))
    assert not _acting(SGR.sub("", terminal(review, 100, colour=True)))


@each
def test_markdown_has_no_element_that_the_report_did_not_make(review: Review) -> None:
    paper = as_markdown(review)
    assert not _acting(paper)
    html = [token.content for token in _tokens(paper) if token.type in ("html_block", "html_inline")]
    left = OURS.sub("", "".join(html))
    assert not set("<>") & set(left)


@each
def test_markdown_links_to_files_only_and_shows_no_picture(review: Review) -> None:
    for token in _tokens(as_markdown(review)):
        assert token.type not in ("image", "blockquote_open", "fence", "code_block", "hr", "ordered_list_open")
        if token.type == "link_open":
            assert re.fullmatch(r"[\w%.~/-]*#L\d+", str(token.attrs["href"]))
            assert not str(token.attrs["href"]).startswith("//")


@each
def test_json_comes_back_as_it_was(review: Review) -> None:
    raw = as_json(review)
    assert from_json(raw) == document(review) == json.loads(raw)


@each
def test_xml_is_valid_and_has_a_case_for_each_handler(review: Review) -> None:
    root = ET.fromstring(as_junit([suite(review, {})]))
    names = [str(case.get("name")) for case in root.iter("testcase")]
    assert sum(name.startswith("decision [") for name in names) >= sum(bool(one.name) for one in review.handlers)
    assert not _acting("".join(root.itertext()))


@each
def test_no_command_of_a_host_is_given_but_ours(review: Review) -> None:
    for line in commands([suite(review, {})]):
        assert len(line.splitlines()) == 1
        assert re.match(r"::(?:error|warning|notice) title=[^:,]*::", line)
        assert not _acting(line)
    for line in summary([one.decision.reason for one in review.handlers], review.answer, [review]).splitlines():
        assert not re.match(r"\s*(?:::|##\[|##vso|##teamcity)", line)


@pytest.mark.parametrize("name", hostile.STRINGS)
def test_prose_stays_one_paragraph(name: str) -> None:
    tokens = PARSER.parse(f"it: {prose(hostile.STRINGS[name])} end")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {one.type for one in tokens[1].children or ()} <= {"text", "text_special"}


def test_harmless_reviews_are_told_in_full_so_that_the_others_could_have_shown_something() -> None:
    for review in hostile_reviews.harmless():
        paper = as_markdown(review)
        assert len(paper.encode()) <= MOST_BYTES
        assert "word" in paper
        assert "<summary>" in paper
