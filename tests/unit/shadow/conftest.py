"""The world of one message, in which either side can act."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from legacy import database
from tests.unit.shadow.world import World, begin


@pytest.fixture(scope="session")
def _broker() -> None:
    begin()


@pytest.fixture
def world(_broker: None) -> Iterator[World]:
    yield World()
    database.Session.remove()
