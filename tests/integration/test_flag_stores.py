"""Do the stores of flags keep their promise on the servers themselves, and is each set-up of Redis seen?"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from uuid import uuid4

import pytest
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from tasksplit.errors import FlagConflict, StoreError
from tasksplit.model.rollout import Flags, Source, Stage
from tasksplit.rollout.kept import kept
from tasksplit.rollout.snapshot import Local
from tasksplit.stores.flags_protocol import FlagStore, open_flag_store
from tasksplit.stores.flags_redis import RedisFlagStore
from tasksplit.testing.flag_store_contract import FlagStoreContract, change

POSTGRES = os.environ.get("TASKSPLIT_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("TASKSPLIT_TEST_REDIS", "redis://127.0.0.1:6379/13")


def absent(what: str, error: Exception) -> None:
    """Fail in CI, skip elsewhere, with the reason. To be called while the error is handled."""
    if os.environ.get("CI") == "true":
        raise error
    pytest.skip(f"no {what}: {str(error).splitlines()[0]}")


@pytest.fixture
def prefix() -> Iterator[str]:
    """Yield a prefix of keys of its own; what is under it is deleted afterwards."""
    name = f"test-{uuid4().hex}"
    client = Redis.from_url(REDIS, socket_connect_timeout=3)
    try:
        client.ping()
    except RedisError as error:
        absent(f"Redis at {REDIS}", error)
    yield name
    with closing(client):
        for key in client.scan_iter(f"{name}*"):
            client.delete(key)


@pytest.fixture
def schema_url() -> Iterator[str]:
    """Yield the URL of a schema of its own."""
    name = f"tasksplit_{uuid4().hex}"
    try:
        engine = create_engine(make_url(POSTGRES), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
    except (SQLAlchemyError, ImportError) as error:
        absent(f"PostgreSQL at {make_url(POSTGRES)!r}", error)
    url = make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={name}"})
    yield url.render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


class TestRedisFlagStore(FlagStoreContract):
    @pytest.fixture
    def store(self, prefix: str) -> Iterator[FlagStore]:
        with closing(RedisFlagStore(REDIS, "migration", prefix=prefix, timeout=5.0)) as store:
            yield store


class TestPostgresqlFlagStore(FlagStoreContract):
    @pytest.fixture
    def store(self, schema_url: str) -> Iterator[FlagStore]:
        with closing(open_flag_store(schema_url, "migration")) as store:
            yield store


def test_two_migrations_in_one_redis_do_not_see_each_other(prefix: str) -> None:
    with (
        closing(RedisFlagStore(REDIS, "one", prefix=prefix)) as one,
        closing(RedisFlagStore(REDIS, "two", prefix=prefix)) as two,
    ):
        one.apply([change(one.read(), "build")], 0)
        assert two.read().flags == {}
        two.apply([change(two.read(), "test")], 0)
        assert [c.handler for c in one.history()] == ["build"]


@pytest.mark.parametrize("taken", ["flags", "changes"])
def test_keys_of_somebody_else_are_left_as_they_are(prefix: str, taken: str) -> None:
    key = f"{prefix}:{{one}}:{taken}"
    with closing(Redis.from_url(REDIS)) as client, closing(RedisFlagStore(REDIS, "one", prefix=prefix)) as store:
        client.set(key, "theirs")
        with pytest.raises(StoreError, match=r"refusing .*nothing was changed"):
            store.apply([change(store.read() if taken == "changes" else Flags(), "build")], 0)
        assert client.get(key) == b"theirs"
        assert list(client.scan_iter(f"{prefix}*")) == [key.encode()]


@contextmanager
def server(folder: Path, *settings: str) -> Iterator[str]:
    """Yield the URL of a Redis of its own with these settings, and end it."""
    binary = shutil.which("redis-server")
    if binary is None:
        absent("redis-server", FileNotFoundError("redis-server is not on the PATH"))
    at = folder / "redis.sock"  # a socket file: no port that another process could take first
    arguments = [str(binary), "--port", "0", "--unixsocket", str(at), "--dir", str(folder), *settings]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
        try:
            url = f"unix://{at}"
            with closing(Redis.from_url(url, retry=Retry(ConstantBackoff(0.02), 500))) as client:
                client.ping()
            yield url
        finally:
            process.kill()


def test_a_redis_that_may_lose_flags_says_so(tmp_path: Path) -> None:
    settings = ["--save", "", "--appendonly", "no", "--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"]
    with server(tmp_path, *settings) as url, closing(open_flag_store(url, "one")) as store:
        assert [problem.split(" (")[0] for problem in store.problems()] == [
            "Found a Redis that evicts keys when its memory is full",
            "Found a Redis that may forget everything when it restarts",
        ]


def test_a_safe_redis_has_nothing_to_say_and_one_that_hides_its_settings_is_taken_as_it_is(tmp_path: Path) -> None:
    with server(tmp_path, "--save", "", "--appendonly", "yes") as url, closing(open_flag_store(url, "one")) as store:
        assert store.problems() == ()
    with (
        server(tmp_path, "--save", "3600 1", "--rename-command", "CONFIG", "") as url,
        closing(open_flag_store(url, "one")) as store,
    ):
        (problem,) = store.problems()
        assert "it does not say its save" in problem


def test_a_full_redis_changes_nothing(tmp_path: Path) -> None:
    with server(tmp_path, "--save", "", "--maxmemory", "1") as url, closing(open_flag_store(url, "one")) as store:
        with pytest.raises(StoreError, match=r"refusing .*maxmemory"):
            store.apply([change(store.read(), "build")], 0)
        assert (store.read().revision, store.history()) == (0, ())


def test_a_redis_that_hangs_is_given_up_and_found_again(tmp_path: Path) -> None:
    with server(tmp_path) as url, closing(RedisFlagStore(url, "one", timeout=0.2)) as store:
        store.apply([change(store.read(), "build")], 0)
        with closing(Redis.from_url(url)) as client:
            process = int(client.info("server")["process_id"])
        os.kill(process, signal.SIGSTOP)
        try:
            with pytest.raises(StoreError, match="away"):
                store.read()
        finally:
            os.kill(process, signal.SIGCONT)
        with pytest.raises(FlagConflict):
            store.apply([change(Flags(), "build")], 0)
        assert store.read().revision == 1


def until(condition: Callable[[], bool], seconds: float = 10.0) -> float:
    """Wait for a condition that threads of others bring about; return how many seconds it took."""
    began, pause = monotonic(), Event()
    while not condition():
        assert monotonic() - began < seconds, "it never came"
        pause.wait(0.01)
    return monotonic() - began


def test_a_step_back_reaches_a_worker_within_two_seconds_and_a_dead_server_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "flags"
    with server(tmp_path) as url, closing(RedisFlagStore(url, "one", timeout=0.5)) as store:
        store.apply([change(store.read(), "build", Stage.LIVE)], 0)
        local = Local(store.read, "one", file=file)
        assert local.start(10)
        assert local.flags().of("build").stage is Stage.LIVE
        with closing(open_flag_store(url, "one")) as operator:
            operator.apply([change(operator.read(), "build", Stage.SHADOW)], 1)
        assert until(lambda: local.flags().of("build").stage is Stage.SHADOW) < 2
        until(lambda: (found := kept(file, "one")) is not None and found.revision == 2)
        local.close()
    local.refresh()
    assert local.flags().of("build").stage is Stage.SHADOW
    assert "away" in local.problems()[0]
    with closing(RedisFlagStore(url, "one", timeout=0.5)) as store:
        later = Local(store.read, "one", file=file)
        assert not later.start(10)
        assert (later.flags().source, later.flags().of("build").stage) == (Source.FILE, Stage.SHADOW)
        later.close()
