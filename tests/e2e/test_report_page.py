"""Can a reviewer use the page, in a real browser, from disk, with the network off, in every form it takes?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tasksplit.report.page.html import as_html
from tasksplit.report.words import clipped
from tests import hostile
from tests.e2e.browser import LAPTOP, PHONE, Opened, launched, opened
from tests.unit.report import hostile_reviews, large

FAILING = [f"row-{number}" for number in range(2, 21, 3)]  # of a review of 20, as ``large`` makes them
WAITING = [f"row-{number}" for number in range(1, 21, 3)]
PASSING = [f"row-{number}" for number in range(3, 21, 3)]

_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page of 20 handlers on disk."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_bytes(as_html(large.review(20, 2, 600), run="20261121T213116.705759"))
    return path


@pytest.fixture
def reader(browser: Browser, page_file: Path) -> Iterator[Opened]:
    """Give the page, opened on a laptop; at the end it must have asked for nothing and complained of nothing."""
    with opened(browser, page_file) as seen:
        yield seen
        seen.assert_quiet()


def bottom(page: Page, selector: str) -> float:
    """Return where the lowest of these elements ends, in pixels from the top of the page."""
    return float(
        page.locator(selector).evaluate_all(
            "all => Math.max(...all.map((one) => one.getBoundingClientRect().bottom + scrollY))"
        )
    )


def test_a_newcomer_finds_every_answer_on_the_first_screen_of_a_laptop(reader: Opened) -> None:
    asked = reader.page.locator(".question h2").all_text_contents()
    assert asked == [
        "Which handlers may move?", "Which may not, and why?", "What has never been seen?", "What costs most?",
    ]  # fmt: skip
    assert bottom(reader.page, ".question .said, .question li:visible") < LAPTOP[1]
    assert bottom(reader.page, "#rows tr:nth-child(14)") <= LAPTOP[1]
    assert reader.page.evaluate("scrollY") == 0
    assert reader.page.evaluate(_OVERFLOW) == 0
    reader.picture("light")
    reader.picture("light-whole", whole=True)


def test_filters_narrow_rows_and_parts_alike_and_the_address_keeps_them(reader: Opened) -> None:
    page = reader.page
    assert reader.shown("#rows tr") == [*FAILING, *WAITING, *PASSING]
    page.get_by_role("button", name="fail").first.click()
    assert reader.shown("#rows tr") == FAILING
    assert reader.shown("#parts > details") == [one.replace("row", "handler") for one in FAILING]
    assert page.locator("#shown").text_content() == f"{len(FAILING)} of 20 handlers"
    page.locator("#stage").select_option("off")
    assert reader.shown("#rows tr") == [one for one in FAILING if int(one[4:]) % 3 == 2]
    page.locator("#order").select_option("declared")
    page.reload()
    assert page.locator("#only-fail").get_attribute("aria-pressed") == "true"
    assert page.locator("#stage").input_value() == "off"
    assert page.locator("#order").input_value() == "declared"
    assert reader.shown("#rows tr") == FAILING
    page.locator("#stage").select_option("canary")
    assert reader.shown("#rows tr") == []
    assert page.locator("#none").is_visible()
    page.locator("body").press("Escape")
    assert reader.shown("#rows tr") == [f"row-{number}" for number in range(1, 21)]  # as they are declared


def test_search_finds_handlers_and_fingerprints(reader: Opened) -> None:
    page = reader.page
    page.keyboard.press("/")
    page.keyboard.type("HANDLER_of_event_7")
    assert reader.shown("#rows tr") == ["row-8"]
    page.keyboard.press("Escape")
    assert len(reader.shown("#rows tr")) == 20
    page.locator("#search").fill("00000b000001")  # the second difference of the twelfth handler
    assert reader.shown("#rows tr") == ["row-12"]
    page.locator("#search").fill("nothing has this name")
    assert reader.shown("#rows tr, #parts > details") == []
    reader.picture("search-without-a-find")


def test_keys_lead_from_handler_to_handler(reader: Opened) -> None:
    page = reader.page
    focused = "document.activeElement.closest('tr, details.handler').id"
    for key, expected in (("j", FAILING[0]), ("j", FAILING[1]), ("k", FAILING[0])):
        page.keyboard.press(key)
        assert page.evaluate(focused) == expected
    page.keyboard.press("w")
    page.keyboard.press("j")
    assert page.evaluate(focused) == WAITING[0]
    page.keyboard.press("o")
    assert page.evaluate(focused) == "handler-1"
    assert page.locator("#handler-1").get_attribute("open") is not None
    page.keyboard.press("j")
    assert page.evaluate(focused) == "handler-4"
    page.keyboard.press("o")
    assert page.locator("#handler-4").get_attribute("open") is not None
    page.keyboard.press("o")
    assert page.locator("#handler-4").get_attribute("open") is None
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    reader.picture("keys")
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()
    page.keyboard.press("p")
    assert reader.shown("#rows tr") == sorted([*WAITING, *PASSING], key=[*WAITING, *PASSING].index)
    page.keyboard.press("Escape")
    assert len(reader.shown("#rows tr")) == 20


def test_a_link_opens_the_part_it_leads_to_and_all_can_be_opened(reader: Opened) -> None:
    page = reader.page
    page.locator("#map a[href='#handler-5']").click()
    assert page.locator("details.handler[open]").evaluate_all("all => all.map((one) => one.id)") == ["handler-5"]
    assert 0 <= page.locator("#handler-5").evaluate("one => one.getBoundingClientRect().top") < LAPTOP[1]
    page.reload()
    assert page.locator("#handler-5").get_attribute("open") is not None
    page.locator("#expand").click()
    assert page.locator("details.handler[open]").count() == 20
    page.locator("#collapse").click()
    assert page.locator("details.handler[open]").count() == 0


def test_an_address_with_an_anchor_shows_what_it_names(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, fragment="#handler-9") as seen:
        assert seen.page.locator("#handler-9").get_attribute("open") is not None
    with opened(browser, page_file, fragment="#?only=pass&q=event_8&stage=no-such") as seen:
        assert seen.shown("#rows tr") == ["row-9"]
        seen.assert_quiet()


def test_light_and_dark_follow_the_system_until_the_reader_says_otherwise(browser: Browser, page_file: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, page_file) as seen:
        light = seen.page.evaluate(ground)
    with opened(browser, page_file, dark=True) as seen:
        dark = seen.page.evaluate(ground)
        assert dark != light
        seen.picture("dark")
        seen.picture("dark-whole", whole=True)
        seen.page.locator("#theme").click()
        assert seen.page.evaluate(ground) == light
        seen.page.reload()
        assert seen.page.evaluate(ground) == light  # it was kept
        seen.assert_quiet()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, page_file: Path, dark: bool) -> None:
    with opened(browser, page_file, dark=dark) as seen:
        assert seen.inaccessible() == []
        levels = [
            int(tag[1]) for tag in seen.page.locator("h1, h2, h3, h4, h5").evaluate_all("a => a.map(h => h.tagName)")
        ]
        assert all(after - before <= 1 for before, after in zip([0, *levels], levels, strict=False))


def test_a_phone_needs_no_sideways_scrolling_but_inside_the_map(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, size=PHONE) as seen:
        assert seen.page.evaluate(_OVERFLOW) == 0
        box = seen.page.locator("#map .scrolls").first
        assert box.evaluate("one => one.scrollWidth > one.clientWidth")
        assert seen.page.locator("#row-2").evaluate("one => getComputedStyle(one).display") == "flex"
        assert seen.inaccessible() == []
        seen.picture("phone")
        seen.picture("phone-whole", whole=True)
        seen.page.locator("#expand").click()
        assert seen.page.evaluate(_OVERFLOW) == 0
        seen.assert_quiet()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_on_paper_everything_is_open_and_nothing_asks_to_be_clicked(
    browser: Browser, page_file: Path, javascript: bool
) -> None:
    with opened(browser, page_file, javascript=javascript) as seen:
        closed = seen.page.locator("#map details:not([open]) table")
        assert not closed.is_visible()
        seen.page.emulate_media(media="print", color_scheme="dark")
        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert closed.evaluate("one => one.getBoundingClientRect().height") > 100
        assert not seen.page.locator(".controls").is_visible()
        paper = seen.page.pdf(format="A4", print_background=True)
        assert paper.startswith(b"%PDF-")
        assert paper.count(b"/Type /Page\n") >= 3


def test_without_javascript_all_is_there_and_can_be_opened(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, javascript=False) as seen:
        assert not seen.page.locator(".controls").is_visible()
        assert seen.page.locator("#rows tr").count() == 20
        part = seen.page.locator("#handler-2")
        assert part.get_attribute("open") is None
        part.locator("summary").first.click()
        assert part.get_attribute("open") is not None
        seen.page.locator("#rows a[href='#handler-3']").click()
        assert 0 <= seen.page.locator("#handler-3").bounding_box()["y"] < LAPTOP[1]  # type: ignore[index]
        assert seen.requests == [seen.requests[0]] * len(seen.requests)
        assert seen.requests[0].startswith("file:")


def test_a_hundred_handlers_are_still_a_page(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(as_html(large.review(100, 0)))
    with opened(browser, path) as seen:
        assert bottom(seen.page, ".question .said, .question li:visible") < LAPTOP[1]
        seen.page.keyboard.press("/")
        seen.page.keyboard.type("event_77")
        assert seen.shown("#rows tr") == ["row-78"]
        seen.assert_quiet()


def test_nothing_hostile_acts_or_becomes_an_element(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    ours: set[str] = set()
    for harmless in hostile_reviews.harmless():
        path.write_bytes(as_html(harmless, others=(harmless,), run="a run"))
        with opened(browser, path) as seen:
            ours |= elements(seen.page)
    for review, payloads in hostile_reviews.reviews(list(hostile.PAYLOADS.values())):
        path.write_bytes(as_html(review, others=(review,), run=review.migration))
        with opened(browser, path) as seen:
            assert sorted(elements(seen.page) - ours) == []
            assert seen.page.evaluate(f"window.{hostile.MARK}") is None
            shown = seen.page.locator("#rows tr").evaluate_all(
                "all => Object.fromEntries(all.map((one) => [one.id, one.querySelector('th a').textContent]))"
            )
            expected = [clipped(hostile_reviews.text_of(payload), 80) for payload in payloads]
            assert [shown[f"row-{place}"] for place in range(1, len(payloads) + 1)] == expected
            seen.assert_quiet()


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)], ids=["ci", "home"]
)
def test_without_a_browser_ci_fails_and_a_home_skips(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="chromium"), launched():
        pass


def elements(page: Page) -> set[str]:
    """Return each kind of element of the page with the names of its attributes."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('*')].flatMap((one) => "
        "[one.tagName, ...one.getAttributeNames().map((name) => `${one.tagName} ${name}`)])"
    )
    return set(found)
