"""Is each handler's part of the page whole, in its order, and never more than there is room for?"""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tasksplit.model.evidence import ShownPair
from tasksplit.model.review import Review
from tasksplit.report.page.html import MOST_BYTES, as_html
from tasksplit.report.page.parts import standing
from tasksplit.report.words import visible
from tasksplit.wire.canonical import canonical
from tests.hostile import STRINGS
from tests.unit.report import eventful, large, reviews

_VOID = ("meta", "input", "rect", "circle", "path", "br", "link", "col")


class Part(HTMLParser):
    """What stands in one element of the page: its text, and its rows of both sides?"""

    def __init__(self, page: bytes, within: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.rows: list[tuple[str, ...]] = []
        self.classes: list[str] = []
        self._within = within
        self._depth = 0
        self._cells: list[str] | None = None
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if known.get("id") == self._within or (self._depth and tag not in _VOID):
            self._depth += 1
        if self._depth and tag == "tr" and "line" in str(known.get("class")):
            self.classes.append(str(known["class"]))
            self._cells = []
        if self._cells is not None and tag in ("th", "td"):
            self._cells.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self._cells is not None:
            self.rows.append(tuple(" ".join(cell.split()) for cell in self._cells))
            self._cells = None
        if self._depth and tag not in _VOID:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.texts.append(data)
            if self._cells:
                self._cells[-1] += data

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


@pytest.fixture(scope="module")
def page() -> bytes:
    return as_html(eventful.review())


def test_both_sides_of_a_message_stand_beside_one_another_with_what_differs_marked(page: bytes) -> None:
    part = Part(page, "message-1-1")
    assert [row for row in part.rows if "all of it" not in row[1]] == [
        ("labels[0] → [2] by a rule", '"a"', '"a"'),
        ("steps[0] → [2] moved", '"ship"', '"ship"'),
        ("at by a rule", "5", "7"),
        ("kwargs.build differs list in legacy, tuple in the split", "[1, 2]", "(1, 2)"),
        ("columns.web only split", "nothing", "1"),
        ("all of it only legacy", '{handler: "testing_farm", instance: ""}', "nothing"),
    ]
    assert "Touched by the rules: ignore $.effects.calls[*].at, unordered $.inputs.labels." in part.text
    assert "outcome 2 equal values" in part.text
    assert b"fedora-3<mark>1</mark> has" in page
    assert b"fedora-3<mark>2</mark> has" in page


def test_the_lines_of_the_difference_that_one_looks_at_are_told_from_the_others(page: bytes) -> None:
    first = eventful.review().handlers[0].differences[0]
    part = Part(page, "message-1-1")
    assert [row[0] for row, name in zip(part.rows, part.classes, strict=True) if " own " in name] == ["body differs"]
    assert first.shape == "$.effects.calls[*].body"


def test_each_difference_says_how_often_where_and_since_when(page: bytes) -> None:
    part = Part(page, "difference-1-1")
    assert part.text.startswith("3 × 4.11 % value $.effects.calls[*].body")
    assert "in 3 of 73 pairs (4.11 %); github push: returned 3; first seen 2026-09-21 14:13 UTC, last" in part.text
    assert "Accepted: it holds, until 2026-12-31." in part.text
    shown = re.findall(r"tasksplit show [0-9a-f]{12}", page.decode())
    assert len(shown) == len(set(shown)) == 5


def test_a_message_stands_once_and_others_lead_to_it(page: bytes) -> None:
    raw = page.decode()
    assert len(re.findall(r'<details class="pair" id="message-1-\d"', raw)) == 3
    assert len(re.findall(r'href="#message-1-1"', raw)) == 4
    second = Part(page, "difference-1-2")
    assert second.rows == [("[2].kwargs.build differs list in legacy, tuple in the split", "[1, 2]", "(1, 2)")]


def test_all_lists_of_a_handler_are_there(page: bytes) -> None:
    text = Part(page, "handler-1").text
    for part in (
        "asked: fewer than 1 % of keys differ", "capture (legacy against itself): not looked at",
        "rehearsal: not tried",
        "branches of legacy taken: 1 of 2 (50 %)",
        "github push: raised: never seen", "returned 70, raised never",
        "Branches that no message took 2 legacy/x.py:12->16 shadow/x.py:3->9",
        "4 × unreached: an earlier handler raised",
        "2 × not in the recording", "unread-input (waits): the view lacks pr_id",
        "by ada, from 2026-08-01 until 2026-12-31: a label it holds", "until 2026-09-01: a label it is over",
        "it does not hold: legacy is other code now", "shadow → canary, by ada, FORCED: CHG-113",
        "2026-09-20 14:13 UTC: wait; keys 9, of which differ 0",
    ):  # fmt: skip
        assert part in text


def test_whether_something_accepted_holds_is_not_guessed() -> None:
    review = eventful.review()
    one = review.handlers[0].acceptances[0]
    assert standing(one, replace(review, at=0.0)) == "whether it holds is not known"
    assert standing(one, replace(review, versions={"legacy": "x", "split": "y"})) == (
        "it does not hold: legacy and split is other code now"
    )


def test_of_a_pair_that_was_too_long_to_keep_the_page_shows_where_it_differs() -> None:
    review = eventful.review([0])
    (handler, *others) = review.handlers
    bare = replace(handler, pairs=tuple(replace(one, legacy="", split="") for one in handler.pairs))
    part = Part(as_html(replace(review, handlers=(bare, *others))), "message-1-1")
    assert "too long to keep whole" in part.text
    assert ("steps moved", '["ship", "build", "test"]', '["build", "test", "ship"]') in part.rows


def test_a_difference_without_any_pair_is_shown_by_its_example() -> None:
    handler = reviews.handler(differences=(reviews.difference(legacy=[1, {"$set": [2]}], split="x"),))
    part = Part(as_html(reviews.review(handler)), "difference-1-1")
    assert part.rows == [("job differs", "[1, set {2}]", '"x"')]


def drawn(review: Review) -> dict[str, list[str]]:
    """Return which messages are drawn, by the number of the handler."""
    found: dict[str, list[str]] = {}
    for number, place in re.findall(r'<details class="pair" id="message-(\d+)-(\d+)"', as_html(review).decode()):
        found.setdefault(number, []).append(place)
    return found


def test_where_not_all_has_room_every_handler_has_its_share_and_the_most_frequent_come_first() -> None:
    review = large.review(20, 50, 10_000)
    shares = drawn(review)
    assert len(shares) == 20
    assert max(map(len, shares.values())) - min(map(len, shares.values())) <= 2
    assert min(map(len, shares.values())) >= 3
    assert all(sorted(map(int, places)) == list(range(1, len(places) + 1)) for places in shares.values())
    page = as_html(review).decode()
    assert len(page.encode()) <= MOST_BYTES
    assert page.count("data-group") >= 1_000  # the script has none: each difference is told, if only in short


def test_what_is_left_out_is_counted_and_says_where_it_is() -> None:
    page = as_html(large.review(60, 60, 10_000)).decode()
    assert len(page.encode()) <= MOST_BYTES
    told = [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) more fingerprints? left out here", page)]
    short = [int(number) for number in re.findall(r"Of (\d+) fingerprints? only one example has room", page)]
    assert sum(short) == len(re.findall(r'<details class="group" data-group>', page))
    assert sum(told) + len(re.findall(r'<details class="group"', page)) == 60 * 60


def test_one_difference_with_room_shows_all_its_messages_in_full() -> None:
    assert drawn(large.review(1, 1, 20_000)) == {"1": ["1", "2"]}


def test_hostile_values_and_names_are_texts_and_nothing_else() -> None:
    for name in ("html-script", "html-attribute-double", "terminal-osc8-link", "unicode-mark-rlo", "html-css-close"):
        text = STRINGS[name]
        pair = eventful.pair(0, {"inputs": {text: text, "v": 1}}, {"inputs": {text: text + "!", "v": 1}})
        page = as_html(reviews.review(eventful.handler([pair])))
        shown = Part(page, "message-1-1")
        assert any(visible(text.replace("\\", "\\\\").replace('"', '\\"')) in row[1] for row in shown.rows), name
        assert text.encode() not in page


def test_a_pair_of_which_nothing_can_be_read_does_not_break_the_page() -> None:
    differences = eventful.pair().differences
    for legacy in ("{", "[]", '{"inputs": {"$enum": 1}}', '{"effects": {"rows": {"t": 1}}}', "7"):
        pair = ShownPair(
            id="0" * 12, message="m", legacy=legacy, split=canonical(eventful.observed("split")).decode(), size=9,
            differences=differences,
        )  # fmt: skip
        page = as_html(reviews.review(eventful.handler([pair])))
        assert Part(page, "message-1-1").rows
