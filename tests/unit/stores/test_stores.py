"""Do the stores keep their promise, and what do they say when they cannot?"""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tasksplit.errors import StoreError
from tasksplit.stores import MemoryStore, Store, open_store
from tasksplit.stores.sql import SqlStore
from tasksplit.testing.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:  # type: ignore[override]  # nothing to close
        return MemoryStore()


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with closing(open_store(f"sqlite:///{tmp_path / 'store.db'}")) as store:
            yield store

    @pytest.fixture
    def second(self, store: Store, tmp_path: Path) -> Iterator[Store]:
        with closing(open_store(f"sqlite:///{tmp_path / 'store.db'}")) as second:
            yield second


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a store file that holds one item."""
    path = tmp_path / "store.db"
    with closing(SqlStore(f"sqlite:///{path}")) as store:
        store.append("a", [b"kept"])
    return path


def held(path: Path) -> list[bytes]:
    with closing(SqlStore(f"sqlite:///{path}")) as store:
        return list(store.read("a"))


def test_what_was_stored_is_there_in_the_next_process(file: Path) -> None:
    assert held(file) == [b"kept"]


def test_a_memory_store_comes_by_its_url() -> None:
    assert isinstance(open_store("memory:"), MemoryStore)


def test_a_locked_file_is_said_to_be_locked_and_loses_nothing(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other, closing(SqlStore(f"sqlite:///{file}", busy_timeout=0.1)) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"Found the store .* locked by another process .* To mend it: end"):
            store.append("a", [b"more"])
        assert list(store.read("a")) == [b"kept"]
    assert held(file) == [b"kept"]


def test_a_read_only_file_can_be_read_and_says_so_when_written(file: Path) -> None:
    with closing(SqlStore(f"sqlite:///file:{file}?mode=ro&uri=true")) as store:
        assert list(store.read("a")) == [b"kept"]
        with pytest.raises(StoreError, match="read-only"):
            store.append("a", [b"more"])
    assert held(file) == [b"kept"]


def test_another_version_is_refused_and_left_as_it_is(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("UPDATE tasksplit_version SET version = 99")
        other.commit()
    with pytest.raises(StoreError, match=r"of version 99\. Expected version 1\. To mend it"):
        SqlStore(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT body FROM tasksplit_item").fetchall() == [(b"kept",)]


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes " * 1000)
    with pytest.raises(StoreError, match="no SQLite database"):
        SqlStore(f"sqlite:///{path}")
    assert path.read_text() == "my notes " * 1000


def test_a_damaged_file_is_said_to_be_damaged(file: Path) -> None:
    body = bytearray(file.read_bytes())
    body[4096:] = b"\xff" * (len(body) - 4096)
    file.write_bytes(body)
    with pytest.raises(StoreError, match=r"damaged|no SQLite database"):
        held(file)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder"):
        SqlStore(f"sqlite:///{tmp_path / 'no' / 'store.db'}")


@pytest.mark.parametrize("url", ["", "nonsense", "nonsense://x", "mongodb://x/y"])
def test_a_url_that_cannot_be_used_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(StoreError, match="Found a store URL that cannot be used"):
        open_store(url)


def test_tables_of_others_in_the_same_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
        other.commit()
    assert held(path) == []
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM theirs").fetchone() == (0,)


WRITER = """
import sys
from tasksplit.stores import open_store
store = open_store(sys.argv[1])
for n in range(100000):
    store.append("a", [b"%d" % n, b"%d" % n])
    print(n, flush=True)
"""


def test_what_was_acknowledged_survives_kill_9_and_nothing_is_half_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        acknowledged = [int(writer.stdout.readline()) for _ in range(30)]
        writer.send_signal(signal.SIGKILL)
    with closing(open_store(url)) as store:
        found = [int(item) for item in store.read("a")]
    assert found == [n for n in range(len(found) // 2) for _ in range(2)]
    assert len(found) // 2 > acknowledged[-1]


def test_only_who_asks_for_sql_loads_it() -> None:
    code = "import sys, tasksplit.stores; assert 'sqlalchemy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
