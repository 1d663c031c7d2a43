"""Can a reviewer see, in a real browser, what each side did where they differ, on a screen, a phone and on paper?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from tasksplit.report.page.html import as_html
from tasksplit.report.words import visible
from tests import hostile
from tests.e2e.browser import PHONE, Opened, opened
from tests.unit.report import eventful, reviews

_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
BODY = "#message-1-1 tr.differs.own"
SOME = (
    "html-script",
    "html-attribute-double",
    "html-closing-table",
    "unicode-mark-rlo",
    "terminal-csi-red",
    "html-entity",
)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page on disk of a handler with all that there can be."""
    path = tmp_path_factory.mktemp("handler") / "report.html"
    path.write_bytes(as_html(eventful.review()))
    return path


@pytest.fixture
def reader(browser: Browser, page_file: Path) -> Iterator[Opened]:
    """Give the page with that handler's part open; at the end nothing was asked for and nothing complained."""
    with opened(browser, page_file, fragment="#handler-1") as seen:
        yield seen
        seen.assert_quiet()


def box(found: Locator) -> tuple[float, float, float, float]:
    """Return left, top, width and height of an element that is on the page."""
    place = found.bounding_box()
    assert place is not None
    return place["x"], place["y"], place["width"], place["height"]


def cells(page: Page, row: str) -> tuple[Locator, Locator, Locator]:
    """Return where a line says where it is, and what each side has there."""
    found = page.locator(f"{row} > *")
    assert found.count() == 3
    return found.nth(0), found.nth(1), found.nth(2)


def test_the_most_frequent_difference_is_open_with_both_sides_beside_one_another(reader: Opened) -> None:
    where, legacy, split = cells(reader.page, BODY)
    assert where.inner_text() == "body differs"
    assert legacy.locator("mark").inner_text() == "1"
    assert split.locator("mark").inner_text() == "2"
    (x, y, width, _), (other_x, other_y, other_width, _) = box(legacy), box(split)
    assert x + width <= other_x + 1
    assert (y, width) == pytest.approx((other_y, other_width), abs=1)
    colour = "one => getComputedStyle(one).backgroundColor"
    assert legacy.locator("mark").evaluate(colour) != legacy.evaluate(colour)
    hidden = reader.page.locator("#message-1-1 tr.ruled").first
    assert "by a rule" in hidden.inner_text()
    assert hidden.locator("td mark").first.evaluate(colour) == "rgba(0, 0, 0, 0)"
    reader.picture("handler-light", whole=True)


def test_what_is_equal_or_long_is_folded_until_it_is_asked_for(reader: Opened) -> None:
    page = reader.page
    fold = page.locator("#message-1-1 tr.fold details").first
    assert fold.inner_text() == "5 equal values"
    assert not fold.locator("pre").is_visible()
    fold.locator("summary").click()
    assert 'project: "project-0"' in fold.locator("pre").inner_text()
    _, legacy, _ = cells(page, BODY)
    whole = legacy.locator("details")
    assert len(legacy.inner_text()) < 250
    whole.locator("summary").click()
    assert whole.locator("pre").inner_text().strip() == f'"{eventful.TEXT.format("fedora-31", "the log")}"'


def test_another_difference_of_the_same_message_leads_to_it(reader: Opened) -> None:
    page = reader.page
    page.locator("#message-1-1 > summary").click()
    assert not page.locator(BODY).is_visible()
    page.locator("#difference-1-2 > summary").click()
    page.locator("#difference-1-2 a[href='#message-1-1']").click()
    assert page.locator(BODY).is_visible()


def test_search_finds_one_difference_by_its_fingerprint(reader: Opened) -> None:
    page = reader.page
    wanted = eventful.review().handlers[0].differences[2].fingerprint
    page.locator("#search").fill(wanted)
    assert reader.shown("#handler-1 [data-group]") == ["difference-1-3"]


@pytest.mark.parametrize("place", [0, 1], ids=["fingerprint", "command"])
def test_a_button_copies_what_stands_before_it(reader: Opened, place: int) -> None:
    page = reader.page
    code = page.locator("#difference-1-1 code.copies").nth(place)
    button = code.locator("+ button.copy")
    assert button.get_attribute("aria-label") == f"copy {code.inner_text()}"
    button.click()
    page.get_by_text(f"copied {code.inner_text()}").wait_for(state="attached")
    page.locator("#search").focus()
    page.keyboard.press("Control+V")
    assert page.locator("#search").input_value() == code.inner_text()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_in_a_handlers_part_keeps_anybody_out(browser: Browser, page_file: Path, dark: bool) -> None:
    with opened(browser, page_file, dark=dark, fragment="#handler-1") as seen:
        seen.page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        assert seen.inaccessible() == []
        seen.picture("handler-dark" if dark else "handler-all")


def test_on_a_phone_one_side_stands_below_the_other(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, size=PHONE, fragment="#handler-1") as seen:
        where, legacy, split = cells(seen.page, BODY)
        assert box(where)[1] < box(legacy)[1] < box(split)[1]
        assert box(legacy)[0] == box(split)[0]
        told = [one.evaluate("one => getComputedStyle(one, '::before').content") for one in (legacy, split)]
        assert told == ['"legacy"', '"split"']
        seen.page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        assert seen.page.evaluate(_OVERFLOW) == 0
        seen.picture("handler-phone", whole=True)
        seen.assert_quiet()


def test_on_paper_all_that_differs_is_open(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, javascript=False) as seen:
        seen.page.emulate_media(media="print")
        for row in ("#message-1-1 tr.own", "#message-1-3 tr.own", "#difference-1-5 tr.moved"):
            assert box(seen.page.locator(row).first)[3] > 5
        assert box(seen.page.locator(f"{BODY} td pre").first)[3] > 50


def test_without_javascript_all_can_be_opened_and_no_button_does_nothing(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, javascript=False) as seen:
        page = seen.page
        assert page.locator("button.copy").count() == 0
        page.locator("#handler-1 > summary").click()
        assert page.locator(BODY).is_visible()
        page.locator("#message-1-2 > summary").click()
        page.locator("#message-1-2 tr.fold summary").first.click()
        assert page.locator("#message-1-2 tr.fold pre").first.is_visible()


def test_hostile_values_are_shown_as_they_are_and_do_nothing(browser: Browser, tmp_path: Path) -> None:
    texts = {name: hostile.STRINGS[name] for name in SOME}
    pair = eventful.pair(0, {"inputs": texts}, {"inputs": {name: f"{text}|" for name, text in texts.items()}})
    path = tmp_path / "report.html"
    path.write_bytes(as_html(reviews.review(eventful.handler([pair]))))
    with opened(browser, path, fragment="#handler-1") as seen:
        rows = seen.page.locator("#message-1-1 tr.differs")
        shown = {row.locator("th bdi").inner_text(): row.locator("td > bdi").first.text_content() for row in rows.all()}
        quoted = {name: text.replace("\\", "\\\\").replace('"', '\\"') for name, text in texts.items()}
        assert shown == {
            f'"{name}"' if "-" not in name else name: f'"{visible(text)}"' for name, text in quoted.items()
        }
        assert seen.page.evaluate(f"window.{hostile.MARK}") is None
        seen.assert_quiet()
