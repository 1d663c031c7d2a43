"""What do tests of the whole share? A browser for each process of tests, where one is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a real browser; see ``tests.e2e.browser`` for what happens where there is none."""
    from tests.e2e.browser import launched

    with launched() as found:
        yield found
