"""Is the page one file that holds what the review says, in which nothing of anybody else acts?"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tasksplit.model.decision import Answer, Bar
from tasksplit.model.evidence import Finding
from tasksplit.model.review import Review
from tasksplit.report.page.html import MOST_BYTES, as_html
from tests import hostile
from tests.unit.report import hostile_reviews, large, reviews

_EMPTY = ("meta", "input", "br", "link", "col")


class Page(HTMLParser):
    """Which elements has a page, with which attributes, and what text?"""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page.decode())
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.texts.append(data)

    @property
    def kinds(self) -> set[str]:
        """Return each kind of element with the names of its attributes."""
        return {f"{tag} {name}" for tag, attributes in self.elements for name in ("", *attributes)}

    def of(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


@pytest.fixture(scope="module")
def biggest() -> Review:
    """Return a review of 20 handlers with 50 differences each, of which each pair has 10 KB."""
    return large.review(20, 50, 10_000)


def test_twenty_handlers_with_fifty_fingerprints_fit_into_a_megabyte_and_a_second(biggest: Review) -> None:
    as_html(large.review(1, 1))  # templates are read once for a process
    began = time.process_time()
    page = as_html(biggest)
    assert time.process_time() - began < 1
    assert len(page) <= MOST_BYTES
    assert len(list(Page(page).of("tr"))) > 20


def test_a_hundred_handlers_fit_as_well() -> None:
    page = as_html(large.review(100, 5))
    assert len(page) <= MOST_BYTES
    assert len(_rows(page)) == 100


def test_of_more_than_fit_those_that_pass_are_left_out_first_and_counted() -> None:
    review = large.review(155, 0)
    page = as_html(review)
    failing = {f"row-{n}" for n, one in enumerate(review.handlers, 1) if one.decision.answer is Answer.FAIL}
    shown = _rows(page)
    assert failing < shown
    assert len(shown) == 150
    assert b"5 more handlers left out here" in page
    assert len(page) <= MOST_BYTES


def _rows(page: bytes) -> set[str]:
    return {str(one["id"]) for one in Page(page).of("tr") if str(one.get("id", "")).startswith("row-")}


def test_hostile_texts_of_any_length_leave_the_page_below_its_bound() -> None:
    [(review, _)] = hostile_reviews.reviews(["<&\U000e0041\u202e" * 2_000 + str(n) for n in range(110)], 110)
    assert len(as_html(review, others=(review,) * 9, run=review.migration)) <= MOST_BYTES


def test_nothing_is_fetched_and_only_our_own_style_and_script_are_allowed(biggest: Review) -> None:
    raw = as_html(biggest).decode()
    page = Page(raw.encode())
    [policy] = [one["content"] or "" for one in page.of("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    for tag, word in (("style", "style-src"), ("script", "script-src")):
        [(attributes, text)] = re.findall(rf"<{tag}([^>]*)>(.*?)</{tag}>", raw, re.DOTALL)
        assert attributes == ""
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{word} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    names = {name for _, attributes in page.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("style", "src", "srcdoc", "action")]
    assert all((one["href"] or "").startswith("#") for one in page.of("a"))
    assert "http:" not in raw
    assert "https:" not in raw


def test_every_id_is_there_once_and_every_reference_has_its_target(biggest: Review) -> None:
    page = Page(as_html(biggest, others=(biggest, biggest)))
    ids = [one["id"] for _, one in page.elements if "id" in one]
    assert len(ids) == len(set(ids))
    told = [one.get(name) for _, one in page.elements for name in ("aria-labelledby", "aria-describedby")]
    wanted = {word for text in told if text for word in text.split()}
    assert wanted | {(one["href"] or "")[1:] for one in page.of("a")} <= set(ids)


def test_nothing_hostile_becomes_an_element_or_an_attribute() -> None:
    ours = set().union(*(Page(as_html(one, others=(one,), run="a run")).kinds for one in hostile_reviews.harmless()))
    for review, _ in hostile_reviews.reviews(list(hostile.PAYLOADS.values())):
        raw = as_html(review, others=(review,), run=review.migration)
        page = Page(raw)
        assert not page.kinds - ours
        assert not set(
            re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", raw.decode())
        )


def test_a_row_says_in_words_what_its_marks_say() -> None:
    one = reviews.handler("copr_build_end", Answer.FAIL, bar=Bar(max_mismatch_rate=0.02))
    other = reviews.handler("installation", Answer.WAIT)
    said = " ".join(" ".join(Page(as_html(reviews.review(one, other))).texts).split())
    assert "copr_build_end shadow ✕ fail 3 of 40 keys differ 40 50 %, below 20 % (limit 2 %) 0 of 0" in said
    assert "no earlier run" in said
    assert "Branches were not measured" in said


def test_other_forms_of_the_run_what_was_dropped_and_our_failures_are_told() -> None:
    review = replace(
        large.review(3, 0), dropped={"bytes": 4}, harness_errors={"a store was away": 2}, refused={"not JSON": 1},
        findings=(Finding(code="pairs-lost", text="two came back", blocks=True),),
    )  # fmt: skip
    said = " ".join(" ".join(Page(as_html(review, others=(replace(review, form="recordings"),))).texts).split())
    for part in (
        "The same run, recordings", "4 × bytes", "2 × a store was away", "1 × not JSON",
        "pairs-lost (blocks): two came back", "HAZARD", "expected 942 = paired 942",
    ):  # fmt: skip
        assert part in said


def test_a_review_without_handlers_is_a_page_too() -> None:
    said = " ".join(Page(as_html(reviews.review())).texts)
    assert "process_message" in said
