"""Does the store of evidence keep its promise on Redis, and does it say what a server lost?"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis as Client

from tasksplit.errors import StoreError
from tasksplit.stores import Store, open_store
from tasksplit.stores.redis_store import RedisStore
from tasksplit.testing.child import ProcessError
from tasksplit.testing.redis import Redis, find_or_start, redis_binary
from tasksplit.testing.store_contract import StoreContract
from tests.integration.test_flag_stores import absent, server
from tests.unit.stores.archive_contract import ArchiveContract
from tests.unit.stores.test_stores import WRITER


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    """Yield a Redis of our own that keeps a journal."""
    try:
        redis_binary()
    except ProcessError as error:
        absent("Redis to start", error)
    with find_or_start(persistent=True) as started:
        yield started


@pytest.fixture
def prefix(redis: Redis) -> Iterator[str]:
    """Yield a prefix of keys of its own; what is under it is deleted afterwards."""
    name = f"test-{uuid4().hex}"
    yield name
    with closing(Client.from_url(redis.url)) as client:
        for key in client.scan_iter(f"{name}*"):
            client.delete(key)


@pytest.fixture
def store(redis: Redis, prefix: str) -> Iterator[RedisStore]:
    with closing(RedisStore(redis.url, prefix=prefix, timeout=30.0)) as store:
        yield store


@pytest.fixture
def client(redis: Redis) -> Iterator[Client]:
    with closing(Client.from_url(redis.url)) as client:
        yield client


def keys(client: Client, prefix: str) -> set[str]:
    """Return the keys under a prefix, without it."""
    return {key.decode().removeprefix(f"{prefix}:{{evidence}}:") for key in client.scan_iter(f"{prefix}*")}


class TestRedisStore(StoreContract):
    @pytest.fixture
    def store(self, redis: Redis, prefix: str) -> Iterator[Store]:
        with closing(RedisStore(redis.url, prefix=prefix, timeout=30.0)) as store:
            yield store

    @pytest.fixture
    def second(self, store: Store, redis: Redis, prefix: str) -> Iterator[Store]:
        with closing(RedisStore(redis.url, prefix=prefix, timeout=30.0)) as second:
            yield second


class TestArchiveOnRedis(ArchiveContract):
    @pytest.fixture
    def store(self, redis: Redis, prefix: str) -> Iterator[Store]:
        with closing(RedisStore(redis.url, prefix=prefix, timeout=30.0)) as store:
            yield store


def test_nothing_but_what_is_kept_stays_and_it_stays_for_good(store: RedisStore, client: Client, prefix: str) -> None:
    def broken() -> Iterator[bytes]:
        yield from [b"1"] * 1000
        raise ValueError("the source broke")

    store.append("a", [b"1"] * 250)
    store.append("a", [b"2"] * 250)
    with pytest.raises(ValueError, match="the source broke"):
        store.append("b", broken())
    assert keys(client, prefix) == {"streams", "items:a", "version"}
    assert {client.ttl(key) for key in client.scan_iter(f"{prefix}*")} == {-1}
    store.forget("a")
    assert keys(client, prefix) == {"version"}


def test_what_a_writer_leaves_that_died_goes_by_itself(store: RedisStore, client: Client, prefix: str) -> None:
    def watched() -> Iterator[bytes]:
        yield from [b"1"] * 150
        (staged,) = client.scan_iter(f"{prefix}*")
        left.append(client.ttl(staged))

    left: list[object] = []
    store.append("a", watched())
    assert 3000 < int(str(left[0])) <= 3600


def test_any_name_of_python_is_one(store: RedisStore) -> None:
    names = ("\0", "\udc80", "\udcff", "\U0010ffff")
    for name in names:
        store.append(name, [b"1"])
    assert store.streams() == names


@pytest.mark.parametrize("kind", ["streams", "items:a", "version"])
def test_keys_of_somebody_else_are_left_as_they_are(store: RedisStore, client: Client, prefix: str, kind: str) -> None:
    key = f"{prefix}:{{evidence}}:{kind}"
    client.sadd(key, "theirs")
    with pytest.raises(StoreError, match=r"refusing .*somebody else.*nothing was changed"):
        store.append("a", [b"1"])
    assert (client.smembers(key), keys(client, prefix)) == ({b"theirs"}, {kind})


def test_another_version_is_refused_and_left_as_it_is(
    store: RedisStore, redis: Redis, client: Client, prefix: str
) -> None:
    store.append("a", [b"kept"])
    client.set(f"{prefix}:{{evidence}}:version", 99)
    with pytest.raises(StoreError, match=r"of version 99\. Expected version 1\. To mend it"):
        RedisStore(redis.url, prefix=prefix)
    assert client.lrange(f"{prefix}:{{evidence}}:items:a", 0, -1) == [b"kept"]


@pytest.mark.parametrize("lost", ["some", "all", "the names"])
def test_what_the_server_lost_is_said_and_never_passed_over(
    store: RedisStore, client: Client, prefix: str, lost: str
) -> None:
    store.append("a", [b"1"] * 250)
    items = f"{prefix}:{{evidence}}:items:a"
    if lost == "some":
        client.rpop(items, 5)
    else:
        client.delete(items if lost == "all" else f"{prefix}:{{evidence}}:streams")
    said = {"some": "245 items of 250", "all": "0 items of 250", "the names": "250 items of 0"}[lost]
    with pytest.raises(StoreError, match=f"Found {said} under 'a' .* it lost some"):
        list(store.read("a"))
    with pytest.raises(StoreError, match=f"Found {said}"):
        store.append("a", [b"2"])
    store.forget("a")
    store.append("a", [b"3"])
    assert list(store.read("a")) == [b"3"]


def test_what_was_staged_and_lost_is_said_and_nothing_is_added(store: RedisStore, client: Client, prefix: str) -> None:
    def evicted() -> Iterator[bytes]:
        yield from [b"2"] * 100
        client.delete(*client.scan_iter(f"{prefix}:{{evidence}}:staged:*"))
        yield b"2"

    store.append("a", [b"1"])
    with pytest.raises(StoreError, match="Found 1 items of 101"):
        store.append("a", evicted())
    assert list(store.read("a")) == [b"1"]


def test_a_stream_that_is_forgotten_while_it_is_read_is_no_mixture(store: RedisStore) -> None:
    store.append("a", [b"old"] * 250)
    reading = store.read("a")
    assert next(reading) == b"old"
    store.forget("a")
    store.append("a", [b"new"] * 250)
    with pytest.raises(StoreError, match="forgotten while it was read"):
        list(reading)
    reading = store.read("a")
    next(reading)
    store.forget("a")
    with pytest.raises(StoreError, match="forgotten while it was read"):
        list(reading)


def test_an_item_that_no_redis_takes_is_refused_before_it_is_sent(store: RedisStore) -> None:
    with pytest.raises(StoreError, match="Found an item of 536,870,913 bytes"):
        store.append("a", [b"1", bytes(512 * 2**20 + 1)])
    assert store.streams() == ()


def test_what_was_acknowledged_survives_kill_9_of_writer_and_server(tmp_path: Path) -> None:
    with find_or_start(persistent=True) as redis, closing(open_store(redis.url)) as store:
        with subprocess.Popen([sys.executable, "-c", WRITER, redis.url], stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            acknowledged = [int(writer.stdout.readline()) for _ in range(30)]
            writer.kill()
        redis.kill()
        with pytest.raises(StoreError, match="away"):
            store.streams()
        redis.restart()
        found = [int(item) for item in store.read("a")]
    assert found == [n for n in range(len(found) // 2) for _ in range(2)]
    assert len(found) // 2 > acknowledged[-1]


def test_a_full_server_adds_nothing_and_can_be_read_and_emptied(tmp_path: Path) -> None:
    with server(tmp_path, "--save", "", "--appendonly", "yes") as url, closing(open_store(url)) as store:
        store.append("a", [b"1"] * 150)
        with closing(Client.from_url(url)) as client:
            client.config_set("maxmemory", 1)
        with pytest.raises(StoreError, match=r"refusing .*maxmemory.*nothing was changed"):
            store.append("a", [b"2"])
        assert list(store.read("a")) == [b"1"] * 150
        store.forget("a")
        assert store.streams() == ()


def test_a_server_that_fills_while_items_come_adds_nothing(tmp_path: Path) -> None:
    def filling() -> Iterator[bytes]:
        yield from [b"2"] * 100
        with closing(Client.from_url(url)) as client:
            client.config_set("maxmemory", 1)

    with server(tmp_path, "--save", "", "--appendonly", "yes") as url, closing(open_store(url)) as store:
        store.append("a", [b"1"] * 150)
        with pytest.raises(StoreError, match=r"refusing .*maxmemory"):
            store.append("a", filling())
        assert list(store.read("a")) == [b"1"] * 150


def test_a_redis_that_may_lose_evidence_says_so_when_opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = ["--save", "", "--appendonly", "no", "--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"]
    with server(tmp_path, *settings) as url, caplog.at_level(logging.WARNING), closing(open_store(url)) as store:
        store.append("a", [b"1"])
    assert [record.message.split(" (")[0] for record in caplog.records] == [
        "tasksplit: store: Found a Redis that evicts keys when its memory is full",
        "tasksplit: store: Found a Redis that may forget everything when it restarts",
    ]
    assert "evidence that is evicted cannot be counted" in caplog.text
    assert "claim" not in caplog.text


def test_a_safe_redis_has_nothing_to_say(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), closing(open_store(redis.url)):
        assert caplog.records == []


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_a_server_that_is_away_is_a_sentence_without_the_password(scheme: str) -> None:
    with pytest.raises(StoreError, match="away") as error:
        open_store(f"{scheme}://user:secret@127.0.0.1:1/0")
    assert "secret" not in str(error.value)
