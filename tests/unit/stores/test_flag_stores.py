"""Do the stores of flags keep their promise, and what do they say when they cannot?"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tasksplit.errors import StoreError
from tasksplit.model.rollout import Flags
from tasksplit.stores.flags_memory import MemoryFlagStore
from tasksplit.stores.flags_protocol import FlagStore, open_flag_store
from tasksplit.stores.flags_redis import RedisFlagStore
from tasksplit.stores.flags_sql import SqlFlagStore
from tasksplit.stores.redis_server import problems_of
from tasksplit.testing.flag_store_contract import FlagStoreContract, change

SAFE = {"redis_version": "7.0.15", "maxmemory": 0, "maxmemory_policy": "noeviction", "aof_enabled": 1}


class TestMemoryFlagStore(FlagStoreContract):
    @pytest.fixture
    def store(self) -> FlagStore:  # type: ignore[override]  # nothing to close
        return MemoryFlagStore()


class TestSqliteFlagStore(FlagStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[FlagStore]:
        with closing(open_flag_store(f"sqlite:///{tmp_path / 'flags.db'}", "migration")) as store:
            yield store


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'flags.db'}"


def test_two_migrations_in_one_database_do_not_see_each_other(url: str) -> None:
    with closing(open_flag_store(url, "one")) as one, closing(open_flag_store(url, "two")) as two:
        one.apply([change(one.read(), "build")], 0)
        two.apply([change(two.read(), "test")], 0)
        assert (list(one.read().flags), list(two.read().flags)) == (["build"], ["test"])
        assert [c.handler for c in one.history()] == ["build"]


def test_reading_makes_no_tables(url: str, tmp_path: Path) -> None:
    with closing(open_flag_store(url, "one")) as store:
        store.read()
        store.history()
    with closing(sqlite3.connect(tmp_path / "flags.db")) as other:
        assert other.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_another_version_is_refused_and_left_as_it_is(url: str, tmp_path: Path) -> None:
    with closing(open_flag_store(url, "one")) as store:
        store.apply([change(store.read(), "build")], 0)
    with closing(sqlite3.connect(tmp_path / "flags.db")) as other:
        other.execute("UPDATE tasksplit_flag_version SET version = 99")
        other.commit()
    with closing(open_flag_store(url, "one")) as store:
        with pytest.raises(StoreError, match=r"version 99.*Expected version 1"):
            store.read()
        with pytest.raises(StoreError, match=r"version 99.*Expected version 1"):
            store.apply([change(Flags(), "build")], 0)


def test_a_flag_that_is_none_of_ours_is_a_sentence(url: str, tmp_path: Path) -> None:
    with closing(open_flag_store(url, "one")) as store:
        store.apply([change(store.read(), "build")], 0)
    for body in ("nonsense", "[]", "{}", '{"version": 1, "stage": "sideways"}', '{"version": 2}', "null"):
        with closing(sqlite3.connect(tmp_path / "flags.db")) as other:
            other.execute("UPDATE tasksplit_flag SET body = ?", (body,))
            other.commit()
        with closing(open_flag_store(url, "one")) as store, pytest.raises(StoreError, match="left as"):
            store.read()


@pytest.mark.parametrize("url", ["", "nonsense", "nonsense://x", "redis://host:port"])
def test_a_url_that_cannot_be_used_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(StoreError, match="Found a store URL that cannot be used"):
        open_flag_store(url, "one")


def test_making_one_touches_no_network() -> None:
    store = open_flag_store("redis://:secret@127.0.0.1:1/0", "one")
    assert isinstance(store, RedisFlagStore)
    with pytest.raises(StoreError, match=r"redis://127\.0\.0\.1:1/0 away") as error:
        store.read()
    assert "secret" not in str(error.value)
    with pytest.raises(StoreError, match="whether it took the change is not known"):
        store.apply([change(Flags(), "build")], 0)
    assert isinstance(open_flag_store("sqlite:////no/such/folder/x.db", "one"), SqlFlagStore)


def test_a_safe_redis_has_no_problems() -> None:
    assert problems_of(SAFE, "") == ()
    assert problems_of({**SAFE, "aof_enabled": 0}, "3600 1") == ()
    assert problems_of({**SAFE, "maxmemory_policy": "allkeys-lru"}, "") == ()  # without maxmemory nothing is evicted
    assert problems_of({**SAFE, "maxmemory": 1000}, "") == ()


@pytest.mark.parametrize(
    ("setting", "save", "said"),
    [
        ({"maxmemory": 1000, "maxmemory_policy": "allkeys-lru"}, "", "evicts keys .*allkeys-lru.*lets both sides act"),
        ({"maxmemory": 1000, "maxmemory_policy": "volatile-ttl"}, "", "evicts keys"),
        ({"aof_enabled": 0}, "", "may forget everything when it restarts .neither appendonly nor save"),
        ({"aof_enabled": 0}, None, "it does not say its save"),
        ({"redis_version": "6.0.16"}, "", r"Found Redis 6\.0\.16\. Expected 6\.2 or later"),
        ({"redis_version": "5"}, "", "Found Redis 5"),
    ],
)
def test_each_problem_of_a_redis_is_a_sentence(setting: dict[str, object], save: str | None, said: str) -> None:
    (problem,) = problems_of({**SAFE, **setting}, save)
    assert re.search(said, problem)


def test_only_who_asks_for_it_loads_redis_or_sql() -> None:
    code = "import sys, tasksplit.stores.flags_protocol; assert not {'redis', 'sqlalchemy'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True)
