"""Which runs were there, and what did each of them show? The same of every store that needs no server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tasksplit.stores import Store, open_store
from tests.unit.stores.archive_contract import ArchiveContract


class TestArchiveInMemory(ArchiveContract):
    @pytest.fixture
    def store(self) -> Iterator[Store]:
        with closing(open_store("memory:")) as store:
            yield store


class TestArchiveOnSqlite(ArchiveContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with closing(open_store(f"sqlite:///{tmp_path / 'store.db'}")) as store:
            yield store
