"""Do claims keep their promise in memory and in a file, and what do they say when they cannot?"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tasksplit.errors import StoreError
from tasksplit.model.message import Side
from tasksplit.model.route import ClaimAnswer
from tasksplit.stores.claims_memory import MemoryClaimRecords
from tasksplit.stores.claims_protocol import ClaimRecords, Record, key_of, open_claim_records
from tasksplit.stores.claims_store import ClaimStore, open_claim_store
from tasksplit.testing.claim_store_contract import NOW, OVER, ROUTE, ClaimStoreContract, asked

HOUR = timedelta(hours=1)


class TestMemoryClaims(ClaimStoreContract):
    @pytest.fixture
    def records(self) -> ClaimRecords:  # type: ignore[override]  # nothing to close
        return MemoryClaimRecords()


class TestSqliteClaims(ClaimStoreContract):
    @pytest.fixture
    def records(self, tmp_path: Path) -> Iterator[ClaimRecords]:
        with closing(open_claim_records(f"sqlite:///{tmp_path / 'claims.db'}", "migration")) as records:
            yield records


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'claims.db'}"


def test_a_lease_lasts_as_long_as_it_was_given() -> None:
    now = NOW
    store = ClaimStore(MemoryClaimRecords(lambda: now), redelivery=HOUR)
    store.pin(ROUTE)
    store.claim(asked(lease=timedelta(seconds=30)))
    now = NOW + timedelta(seconds=29.999)
    assert store.claim(asked(holder="bob")).answer is ClaimAnswer.HELD_BY_OTHER
    now = NOW + timedelta(seconds=30)
    assert store.claim(asked(holder="bob")).granted


def test_claims_are_kept_a_week_after_the_last_change() -> None:
    now = NOW
    store = ClaimStore(MemoryClaimRecords(lambda: now), redelivery=HOUR)
    store.pin(ROUTE)
    now = NOW + timedelta(days=6)
    store.claim(asked())
    store.finish(asked().id, "ann")
    now = NOW + timedelta(days=12, hours=23)
    assert store.forget() == 0
    now = NOW + timedelta(days=13)
    assert store.forget() == 1


def test_who_never_gets_a_turn_says_so() -> None:
    class Crowded(MemoryClaimRecords):
        def write(self, key: str, record: Record, *, before: str | None) -> bool:
            return False

    store = ClaimStore(Crowded(), redelivery=HOUR, patience=0.0)
    with pytest.raises(StoreError, match="the message 'm' changed by others each time"):
        store.pin(ROUTE)


def test_two_migrations_in_one_database_do_not_see_each_other(url: str) -> None:
    with (
        closing(open_claim_store(url, "one", redelivery=HOUR)) as one,
        closing(open_claim_store(url, "two", redelivery=HOUR)) as two,
    ):
        one.pin(ROUTE)
        one.claim(asked(lease=OVER))
        assert two.pinned("m") is None
        two.pin(replace(ROUTE, split=frozenset()))
        assert two.claim(asked(side=Side.LEGACY)).granted
        assert (len(one.counts().unfinished), one.finish(asked().id, "ann"), two.counts().done) == (1, True, 0)


def test_reading_makes_no_tables(url: str, tmp_path: Path) -> None:
    with closing(open_claim_store(url, "one", redelivery=HOUR)) as store:
        assert (store.pinned("m"), store.claims("m"), store.counts().done, store.forget()) == (None, (), 0, 0)
    with closing(sqlite3.connect(tmp_path / "claims.db")) as other:
        assert other.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_another_version_is_refused_and_left_as_it_is(url: str, tmp_path: Path) -> None:
    with closing(open_claim_store(url, "one", redelivery=HOUR)) as store:
        store.pin(ROUTE)
    with closing(sqlite3.connect(tmp_path / "claims.db")) as other:
        other.execute("UPDATE tasksplit_claim_version SET version = 99")
        other.commit()
    with (
        closing(open_claim_store(url, "one", redelivery=HOUR)) as store,
        pytest.raises(StoreError, match=r"claims of version 99.*Expected version 1"),
    ):
        store.pin(ROUTE)


@pytest.mark.parametrize("url", ["", "nonsense", "nonsense://x", "redis://host:port"])
def test_a_url_that_cannot_be_used_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(StoreError, match="Found a store URL that cannot be used"):
        open_claim_records(url, "one")


def test_making_one_touches_no_network_and_a_store_that_is_away_is_a_sentence() -> None:
    for away in ("redis://:secret@127.0.0.1:1/0", "postgresql+psycopg://ann:secret@127.0.0.1:1/test"):
        store = open_claim_store(away, "one", redelivery=HOUR)
        with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/\w+ away") as error:
            store.claim(asked())
        assert "secret" not in str(error.value)


def test_a_database_that_another_one_writes_all_the_time_is_given_up(url: str, tmp_path: Path) -> None:
    from tasksplit.stores.claims_sql import SqlClaimRecords

    with closing(SqlClaimRecords(url, "one", timeout=0.05)) as records:
        store = ClaimStore(records, redelivery=HOUR)
        store.pin(ROUTE)
        with closing(sqlite3.connect(tmp_path / "claims.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="locked by another process"):
                store.claim(asked())
            other.execute("ROLLBACK")
        assert store.claim(asked()).granted


def test_a_key_is_the_id_where_that_can_be_read() -> None:
    assert key_of("a3c-1") == "a3c-1"
    odd = ["", "žluťoučký", "x" * 201, "sha256:" + "0" * 64, "\x00", "\ud800"]
    assert all(key_of(message).startswith("sha256:") for message in odd)
    assert len({key_of(message) for message in [*odd, key_of("žluťoučký")]}) == len(odd) + 1


def test_only_who_asks_for_it_loads_redis_or_sql() -> None:
    code = "import sys, tasksplit.stores.claims_store; assert not {'redis', 'sqlalchemy'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True)
