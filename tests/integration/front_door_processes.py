"""How is the whole service started as its users start it? uvicorn, Celery, a real broker, a real database."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import redis
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

ROOT = Path(__file__).parents[2]
POSTGRES = os.environ.get("TASKSPLIT_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("TASKSPLIT_TEST_REDIS", "redis://127.0.0.1:6379")
SECRET, BUS_TOKEN = "of the webhook", "of the bus"
TAKEN = "taken-by-a-test"
QUEUES = "dispatch,short-running,long-running,celery"


def until(condition: Callable[[], Any], *, seconds: float = 60, every: float = 0.05) -> Any:
    """Wait until something is so; what the condition returned then."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{condition} is not so after {seconds} s"
        time.sleep(every)
    return found


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def sign(body: bytes) -> str:
    return f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"


@contextlib.contextmanager
def broker_of_ones_own() -> Iterator[str]:
    """Yield the URL of an empty database of the Redis server that nobody else uses."""
    with contextlib.closing(redis.Redis.from_url(REDIS, socket_connect_timeout=3)) as server:
        try:
            server.ping()
        except redis.RedisError as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no Redis at {REDIS}: {error}")
    for number in range(15, 0, -1):
        with contextlib.closing(redis.Redis.from_url(f"{REDIS}/{number}")) as database:
            if database.dbsize() == 0 and database.set(TAKEN, "1", nx=True, ex=3600):
                try:
                    yield f"{REDIS}/{number}"
                finally:
                    database.flushdb()
                return
    raise AssertionError(f"Every database of {REDIS} is in use; empty one.")


@contextlib.contextmanager
def schema_of_ones_own() -> Iterator[str]:
    """Yield the URL of a schema of PostgreSQL that nobody else uses."""
    name = f"front_door_{uuid4().hex}"
    engine = create_engine(make_url(POSTGRES), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
    except SQLAlchemyError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at {make_url(POSTGRES)!r}: {str(error).splitlines()[0]}")
    try:
        url = make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={name}"})
        yield url.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()


@dataclass(kw_only=True)
class Service:
    """The processes of one deployment; they end with it."""

    folder: Path
    database: str
    broker: str
    settings: dict[str, Any] = field(default_factory=dict)
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        soon = {"publish_seconds": 0.5, "sweep_after": 4}
        self.settings = {**soon, "webhook_secret": SECRET, "bus_token": BUS_TOKEN, **self.settings}
        (self.folder / "service.yaml").write_text(json.dumps(self.settings))

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.database,
            "BROKER_URL": self.broker,
            "SERVICE_CONFIG": str(self.folder / "service.yaml"),
        }

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        log = self.folder / f"{len(self._running)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT, env={**self.environment, **environment}, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        self._running.append(process)
        return process

    def door(self, *arguments: str, **environment: str) -> str:
        """Open a front door; its address."""
        port = free_port()
        options = ["--port", str(port), "--log-level", "warning", "--no-access-log", *arguments]
        self.start("uvicorn", "shadow.front_door.app:app", *options, **environment)
        until(lambda: self._answers(port))
        return f"http://127.0.0.1:{port}"

    def worker(self, *arguments: str) -> subprocess.Popen[bytes]:
        options = ["-Q", QUEUES, "--loglevel", "warning", "--without-gossip", "--without-mingle", *arguments]
        return self.start("celery", "-A", "shadow.celery_app", "worker", *options)

    def _answers(self, port: int) -> bool:
        ended = [process.returncode for process in self._running if process.poll() is not None]
        assert not ended, self.logs()
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{port}/openapi.json", trust_env=False).status_code == 200
        return False

    def logs(self) -> str:
        return "\n".join(log.read_text(errors="replace") for log in sorted(self.folder.glob("*.log")))

    def close(self) -> None:
        for process in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
