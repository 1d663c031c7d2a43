"""How does the toy run: its broker, its store, its workers, and what is known of them?"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from celery import Celery
from sqlalchemy import create_engine

from tasksplit.errors import FlagConflict
from tasksplit.live.counted import total
from tasksplit.live.envelope import Envelope, Opened
from tasksplit.live.sender import QUEUE, TASK, shadow_queue
from tasksplit.model.rollout import Change, Flag, Stage, Terms
from tasksplit.stores.flags_protocol import open_flag_store
from tasksplit.testing.child import Child
from tasksplit.testing.redis import Redis, find_or_start
from tests.live.toys.world import Base

ROOT = Path(__file__).parents[2]
KEY = b64encode(bytes(range(32))).decode()
SECONDS = 60.0  #: that anything may take on a busy machine
NAME = "live-toy"


class Service:
    """Which parts run? All of them end with the test."""

    def __init__(self, folder: Path, redis: Redis, *, broker: str = "", queue: str = "toy") -> None:
        self.folder, self.redis, self.queue = folder, redis, queue
        self.url = redis.url.rpartition("/")[0]
        self.broker = broker or f"{self.url}/0"
        self.store = f"{self.url}/1"
        self.log = folder / "toy.log"
        self.database = f"sqlite:///{folder / 'toy.db'}"
        with closing(create_engine(self.database).connect()) as connection:
            Base.metadata.create_all(connection.engine)
        self.environment = {
            **os.environ, "TOY_BROKER": self.broker, "TOY_LOG": str(self.log), "TOY_DATABASE": self.database,
            "TOY_QUEUE": queue, "TOY_SPLIT_QUEUE": f"{queue}-split", "TASKSPLIT_STORE": self.store,
            "TASKSPLIT_KEY": KEY, "TASKSPLIT_FOLDER": str(folder / "tasksplit"),
        }  # fmt: skip
        self.app = Celery("producer", broker=self.broker, backend=f"{self.url}/3", set_as_current=False)
        self.app.conf.task_default_queue = queue
        self.parts: list[Child] = []

    # --- processes ---------------------------------------------------------------------------------------------------

    def worker(self, app: str = "installed:legacy", *, processes: int = 1, **environment: str) -> Child:
        """Start a worker of ``tests.live.toys``."""
        queue = f"{self.queue}-split" if app.endswith(":split") else self.queue
        words = [  # the worker's name is the run's own too: a broker that others use knows each name once
            "celery", "-A", f"tests.live.toys.{app}", "worker", "-c", str(processes), "-Q", queue, "-l", "INFO",
            "-n", f"w{len(self.parts)}@{self.queue}", "--without-gossip", "--without-mingle", "--without-heartbeat",
        ]  # fmt: skip
        return self.started(["-m", *words], **environment)

    def shadow(self, *options: str, **environment: str) -> Child:
        """Start a shadow worker; it has neither the log nor the database of the real world."""
        words = [
            "tasksplit", "worker", "--shadow", "--migration", "tests.live.toys.declared:migration",
            "--store", f"sqlite:///{self.folder / 'evidence.db'}", "--reports", str(self.folder / "reports"),
        ]  # fmt: skip
        return self.started(["-m", *words, *options], TOY_LOG="", TOY_DATABASE="sqlite:////nonexistent", **environment)

    def started(self, words: list[str], **environment: str) -> Child:
        """Start Python with those words, in the environment of the service."""
        log = self.folder / f"part{len(self.parts)}.log"
        part = Child(
            [sys.executable, *words], folder=ROOT, log=log, environment={**self.environment, **environment}
        )  # fmt: skip
        self.parts.append(part)
        return part

    def ended(self, part: Child) -> None:
        """End a part in order: it sends what it recorded."""
        part.signal(signal.SIGTERM)
        part.wait(SECONDS)

    def close(self) -> None:
        """End every part."""
        for part in self.parts:
            part.kill()
        self.app.close()

    def said(self) -> str:
        """Return the last words of every part, for a test that fails."""
        return "\n".join(f"--- part {n}\n{part.said()[-2000:]}" for n, part in enumerate(self.parts))

    # --- what is asked and told --------------------------------------------------------------------------------------

    def send(self, event: Mapping[str, Any], **options: Any) -> str:
        """Publish a message of legacy whose id is its ``ref``."""
        self.app.send_task("toy.process", kwargs={"event": event}, task_id=event["ref"], **options)
        return str(event["ref"])

    def moved(self, share: float = 0.5, **stages: Stage) -> None:
        """Move flags as a plan of the command line would write them."""
        with closing(open_flag_store(self.store, NAME)) as store:
            while True:
                flags, now = store.read(), datetime.now(UTC)
                changes = [
                    Change(
                        handler=name, before=flags.of(name), who="tests", why="moved", when=now,
                        after=Flag(
                            handler=name, stage=stage, revision=flags.revision + 1, changed_at=now,
                            terms=Terms(share=share if stage is Stage.CANARY else 0.0, hashed_as=name),
                        ),
                    )
                    for name, stage in stages.items()
                ]  # fmt: skip
                try:
                    return store.apply(changes, flags.revision)
                except FlagConflict:
                    continue

    def lines(self) -> list[dict[str, Any]]:
        """Return what is in the log of what was done."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def counted(self) -> Mapping[str, int]:
        """Return what tasksplit counted itself."""
        return total(self.folder / "tasksplit" / "counts" / NAME)

    def report(self) -> Any:
        """Return the report of the shadow worker; None while there is none."""
        path = self.folder / "reports" / "report.json"
        try:
            return json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def batches(self) -> list[bytes]:
        """Take every batch that waits for a shadow worker, sealed."""
        found = []
        with self.app.connection_for_read() as connection, connection.channel() as channel:
            queue = shadow_queue()(channel)
            queue.declare()
            while (batch := queue.get(no_ack=True)) is not None:
                found.append(b64decode(batch.payload[0][0]))
        return found

    def recorded(self) -> list[str]:
        """Take every batch that waits for a shadow worker; return the ids of the messages in them."""
        opened = [Envelope([KEY]).open_(sealed) for sealed in self.batches()]
        assert all(isinstance(one, Opened) for one in opened), opened
        return [pickle.loads(record).message for one in opened if isinstance(one, Opened) for record in one.records]

    def shown(self, *batches: object) -> None:
        """Put batches into the queue of the shadow workers: bytes as a worker sends them, else as they are."""
        with self.app.connection_for_write() as connection, connection.channel() as channel:
            shadow_queue()(channel).declare()
        for one in batches:
            argument = b64encode(one).decode() if isinstance(one, bytes) else one
            self.app.send_task(TASK, args=(argument,), queue=QUEUE, ignore_result=True)

    def until(self, reached: Callable[[], Any], *, seconds: float = SECONDS) -> Any:
        """Wait until something is so; return what it was."""
        end = time.monotonic() + seconds
        while not (found := reached()):
            assert time.monotonic() < end, f"not within {seconds:g} s\n{self.said()}"
            time.sleep(0.05)
        return found


@contextmanager
def running(folder: Path, *, persistent: bool = False, broker: str = "", queue: str = "toy") -> Iterator[Service]:
    """Yield a service on a Redis of its own, which is its store, and its broker too where none is given."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        find_or_start(persistent=persistent) as redis,
        closing(Service(folder, redis, broker=broker, queue=queue)) as service,
    ):
        yield service
