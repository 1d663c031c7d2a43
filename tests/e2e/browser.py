"""What does a reader meet who opens the page in a real browser? The network is off, and whatever tries it is told."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

LAPTOP = (1366, 768)
PHONE = (360, 740)

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
_WATCH = """
window.seen = [];
addEventListener("securitypolicyviolation", (event) => window.seen.push(event.violatedDirective));
"""


@contextmanager
def launched() -> Iterator[Browser]:
    """Give a browser of the machine; without one fail in CI, and skip elsewhere."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        reason = f"none of {', '.join(_NAMES)} is on the PATH: the page cannot be opened as a reader would"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()


@dataclass(kw_only=True)
class Opened:
    """What happened since the page was opened?"""

    page: Page
    requests: list[str] = field(default_factory=list)
    """Addresses that were asked for, whether they answered or not."""
    said: list[str] = field(default_factory=list)
    """What reached the console, errors that nobody caught, dialogs."""

    @property
    def violations(self) -> list[str]:
        """Return what the page's own policy had to forbid."""
        found: list[str] = self.page.evaluate("window.seen || []")
        return found

    def assert_quiet(self) -> None:
        """Nothing but files was asked for, nothing was forbidden, and nothing complained."""
        assert not [one for one in self.requests if not one.startswith("file:")]
        assert self.said == []
        assert self.violations == []

    def shown(self, selector: str) -> list[str]:
        """Return the ids of the elements that a reader can see."""
        found: list[str] = self.page.locator(selector).evaluate_all(
            "all => all.filter((one) => one.checkVisibility()).map((one) => one.id)"
        )
        return found

    def picture(self, name: str, *, whole: bool = False) -> None:
        """Take a picture for people to look at, where TASKSPLIT_SCREENSHOTS names a folder."""
        folder = os.environ.get("TASKSPLIT_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)

    def inaccessible(self) -> list[str]:
        """Return what axe calls serious or critical, with where it is."""
        self.page.evaluate(_axe())
        found: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


@contextmanager
def opened(
    browser: Browser, path: Path, *, size: tuple[int, int] = LAPTOP, dark: bool = False, javascript: bool = True,
    fragment: str = "",
) -> Iterator[Opened]:  # fmt: skip
    """Open a file as a reader would: from disk, with the network off."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light", offline=True,
        java_script_enabled=javascript, reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(5_000)
    try:
        context.route(lambda address: not address.startswith("file:"), lambda route: route.abort())
        context.add_init_script(_WATCH)
        page = context.new_page()
        seen = Opened(page=page)
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("console", lambda message: seen.said.append(message.text))
        page.on("pageerror", lambda error: seen.said.append(str(error)))
        page.on("dialog", lambda dialog: (seen.said.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.goto(path.as_uri() + fragment)
        yield seen
    finally:
        context.close()


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
