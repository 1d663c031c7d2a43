"""Do claims keep their promise on the servers themselves, whoever races, hangs or is away?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from redis import Redis
from sqlalchemy import create_engine, text

from tasksplit.errors import StoreError
from tasksplit.model.message import Side
from tasksplit.model.route import ClaimAnswer
from tasksplit.stores.claims_protocol import ClaimRecords
from tasksplit.stores.claims_redis import RedisClaimRecords
from tasksplit.stores.claims_sql import SqlClaimRecords
from tasksplit.stores.claims_store import ClaimStore, open_claim_store
from tasksplit.testing.claim_store_contract import OVER, ROUTE, ClaimStoreContract, asked
from tests.integration import claim_racer
from tests.integration.test_flag_stores import REDIS, prefix, schema_url, server

__all__ = ["prefix", "schema_url"]  # fixtures

HOUR = timedelta(hours=1)


class TestRedisClaims(ClaimStoreContract):
    @pytest.fixture
    def records(self, prefix: str) -> Iterator[ClaimRecords]:
        with closing(RedisClaimRecords(REDIS, "migration", prefix=prefix, timeout=5.0)) as records:
            yield records


class TestPostgresqlClaims(ClaimStoreContract):
    @pytest.fixture
    def records(self, schema_url: str) -> Iterator[ClaimRecords]:
        with closing(SqlClaimRecords(schema_url, "migration")) as records:
            yield records


def raced(url: str, under: str = "") -> None:
    """Let processes race, and look at who was let begin: of one run only one side, and each start a new one."""
    arguments = [sys.executable, claim_racer.__file__, url, under]
    racers = [
        subprocess.Popen([*arguments, str(who), "25"], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        for who in range(4)
    ]
    told = [racer.communicate(timeout=120)[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * 4
    sides, starts = defaultdict(set), defaultdict(list)
    for message, handler, side, started in (json.loads(line) for lines in told for line in lines.splitlines()):
        sides[message, handler].add(side)
        starts[message, handler].append(started)
    assert len(sides) > 25
    assert {len(acting) for acting in sides.values()} == {1}
    assert set().union(*sides.values()) == {"legacy", "split"}
    assert all(sorted(set(counted)) == list(range(1, max(counted) + 1)) for counted in starts.values())
    assert max(len(counted) for counted in starts.values()) > 1


def test_processes_that_race_on_redis(prefix: str) -> None:
    raced(REDIS, prefix)


def test_processes_that_race_on_postgresql(schema_url: str) -> None:
    raced(schema_url)


def test_processes_that_race_on_sqlite(tmp_path: Path) -> None:
    raced(f"sqlite:///{tmp_path / 'claims.db'}")


@pytest.mark.parametrize("taken", ["claim:m", "claims:unfinished", "claims:finished", "claims:done"])
def test_keys_of_somebody_else_are_left_as_they_are(prefix: str, taken: str) -> None:
    key = f"{prefix}:{{one}}:{taken}"
    with closing(Redis.from_url(REDIS)) as client, closing(RedisClaimRecords(REDIS, "one", prefix=prefix)) as records:
        client.rpush(key, "theirs")
        with pytest.raises(StoreError, match=r"refusing .*nothing was changed"):
            ClaimStore(records, redelivery=HOUR).pin(ROUTE)
        assert client.lrange(key, 0, -1) == [b"theirs"]
        assert list(client.scan_iter(f"{prefix}*")) == [key.encode()]


def test_two_migrations_in_one_redis_do_not_see_each_other(prefix: str) -> None:
    with (
        closing(RedisClaimRecords(REDIS, "one", prefix=prefix)) as first,
        closing(RedisClaimRecords(REDIS, "two", prefix=prefix)) as second,
    ):
        one, two = (ClaimStore(records, redelivery=HOUR) for records in (first, second))
        one.pin(ROUTE)
        one.claim(asked())
        assert (two.pinned("m"), two.counts().unfinished) == (None, {})


def test_nothing_is_left_of_what_was_forgotten(prefix: str) -> None:
    with closing(Redis.from_url(REDIS)) as client, closing(RedisClaimRecords(REDIS, "one", prefix=prefix)) as records:
        store = ClaimStore(records, kept=timedelta(0), redelivery=timedelta(0))
        store.pin(ROUTE)
        store.claim(asked())
        store.finish(asked().id, "ann")
        assert store.forget() == 1
        done = f"{prefix}:{{one}}:claims:done"
        assert {key: client.get(key) for key in client.scan_iter(f"{prefix}*")} == {done.encode(): b"0"}


def test_a_redis_that_may_lose_claims_says_so(tmp_path: Path) -> None:
    settings = ["--save", "", "--appendonly", "no", "--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"]
    with server(tmp_path, *settings) as url, closing(open_claim_store(url, "one", redelivery=HOUR)) as store:
        assert len(store.problems()) == 2
        assert "an evicted claim lets both sides act" in store.problems()[0]


def test_a_full_redis_changes_nothing(tmp_path: Path) -> None:
    settings = ["--save", "", "--maxmemory", "1"]
    with server(tmp_path, *settings) as url, closing(open_claim_store(url, "one", redelivery=HOUR)) as store:
        with pytest.raises(StoreError, match=r"refusing .*maxmemory"):
            store.pin(ROUTE)
        assert (store.pinned("m"), store.counts().done) == (None, 0)


def test_a_redis_that_hangs_is_given_up_and_found_again(tmp_path: Path) -> None:
    with server(tmp_path) as url, closing(RedisClaimRecords(url, "one", timeout=0.2)) as records:
        store = ClaimStore(records, redelivery=HOUR)
        store.pin(ROUTE)
        with closing(Redis.from_url(url)) as client:
            process = int(client.info("server")["process_id"])
        os.kill(process, signal.SIGSTOP)
        began = monotonic()
        try:
            with pytest.raises(StoreError, match="away"):
                store.claim(asked())
        finally:
            os.kill(process, signal.SIGCONT)
        assert monotonic() - began < 5
        assert store.claim(asked()).granted  # whether or not it had been, the same holder goes on
        assert store.claim(asked(holder="bob")).answer is ClaimAnswer.HELD_BY_OTHER


def test_claims_outlive_a_killed_server_that_is_persistent(tmp_path: Path) -> None:
    settings = ["--save", "", "--appendonly", "yes"]
    with server(tmp_path, *settings) as url, closing(open_claim_store(url, "one", redelivery=HOUR)) as store:
        store.pin(ROUTE)
        store.claim(asked(lease=OVER))
    with server(tmp_path, *settings) as url, closing(open_claim_store(url, "one", redelivery=HOUR)) as store:
        assert store.claim(asked(side=Side.LEGACY)).answer is ClaimAnswer.HELD_BY_SIDE
        assert store.counts().unfinished


def test_a_row_that_another_one_holds_is_given_up_in_time(schema_url: str) -> None:
    engine = create_engine(schema_url)
    with closing(SqlClaimRecords(schema_url, "one", timeout=0.3)) as records:
        store = ClaimStore(records, redelivery=HOUR)
        store.pin(ROUTE)
        with engine.begin() as other:
            other.execute(text("SELECT * FROM tasksplit_claim FOR UPDATE"))
            began = monotonic()
            with pytest.raises(StoreError, match="statement timeout"):
                store.claim(asked())
            assert monotonic() - began < 5
        assert store.claim(asked()).granted
    engine.dispose()


@pytest.mark.parametrize("kind", ["redis", "postgresql"])
def test_the_time_is_the_servers(kind: str, request: pytest.FixtureRequest) -> None:
    at: ClaimRecords
    if kind == "redis":
        at = RedisClaimRecords(REDIS, "one", prefix=request.getfixturevalue("prefix"))
    else:
        at = SqlClaimRecords(request.getfixturevalue("schema_url"), "one")
    with closing(at) as records:
        assert abs(records.read("m")[1] - datetime.now(UTC)) < timedelta(minutes=1)  # on this machine
