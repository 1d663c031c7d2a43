"""Which legacy is recorded in these tests? One task with two handlers, a database, HTTP and a declared call."""

from __future__ import annotations

import os
import pickle
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import orjson
from celery import Celery
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from tasksplit.live.counters import Count
from tasksplit.live.recorder import Received, Recorder
from tasksplit.model.migration import Database, Dispatch, Effect, Handler, Http, Migration, World
from tasksplit.model.observation import Observation
from tasksplit.worlds.recording import Recorded
from tasksplit.worlds.sink import ACTIVE

HERE = "tests.unit.live.recorded_toy"

app = Celery("recorded", broker="memory://", set_as_current=False)
_MEMORY = f"file:recorded-{os.getpid()}?mode=memory&cache=shared"
_kept = sqlite3.connect(_MEMORY, uri=True, check_same_thread=False)  # else it is gone with its last user
engine = create_engine(f"sqlite:///{_MEMORY}&uri=true", poolclass=NullPool)
_turns = threading.RLock()  #: a shared cache refuses a second writer at once, it lets nobody wait
hooks: dict[str, Callable[[], Any]] = {}  # what legacy and the user's own functions do besides, by place
asked: list[str] = []  # what reached the forge


class Base(DeclarativeBase):
    pass


class Build(Base):
    __tablename__ = "builds"
    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str]
    state: Mapped[str]


def _answer(request: httpx.Request) -> httpx.Response:
    asked.append(f"{request.method} {request.url.path}")
    return httpx.Response(200, json={"ok": request.url.path})


client = httpx.Client(base_url="http://forge.toy", transport=httpx.MockTransport(_answer))


def notify(to: str, text: str) -> bool:
    """Be a call that writes."""
    return hook("notify") is None


def hook(place: str) -> Any:
    """Do what a test wants to happen here."""
    return hooks.get(place, lambda: None)()


def build(ref: str) -> str:
    """Change the row of a build, and tell the forge."""
    with _turns, Session(engine) as session:
        session.query(Build).filter_by(ref=ref).one().state = "done"
        session.commit()
    client.post("/status", json={"ref": ref})
    hook("build")
    return f"built {ref}"


def report(ref: str) -> None:
    """Ask the forge, and notify."""
    client.get(f"/about/{ref}")
    notify(ref, "done")
    hook("report")


@app.task(name="recorded.process", bind=True, shared=False)  # type: ignore[untyped-decorator]  # Celery ships no types
def process(self: Any, event: dict[str, Any]) -> str:
    """Run both handlers."""
    hook("before")
    built = build(event["ref"])
    report(event["ref"])
    hook("after")
    return built


@app.task(name="recorded.later", shared=False)  # type: ignore[untyped-decorator]
def later(ref: str) -> None:
    """Be sent."""


def _view(bound: dict[str, Any]) -> dict[str, Any]:
    return hook("view") or {"ref": bound["ref"]}


migration = Migration(
    name="recorded",
    legacy=f"{HERE}:process",
    split=f"{HERE}:process",
    key=["$.key"],
    world=World(
        databases=[Database(f"{HERE}:engine")],
        services=[Http(f"{HERE}:client")],
        calls=[Effect("notify", at=[f"{HERE}:notify"])],
    ),
    handlers=[
        Handler(
            name, legacy=f"{HERE}:{name}", view=_view, split=f"split.{name}", implementation=f"{HERE}:{name}",
            instance=lambda inputs: hook("instance") or inputs["ref"], skipped="skipped",
        )
        for name in ("build", "report")
    ],
    dispatch=Dispatch(outcome=lambda value: hook("outcome") or value),
    failure=lambda value: hook("failure") is not None,
)  # fmt: skip


@dataclass
class Recordings:
    """A worker in this process: what it recorded, and what it counted."""

    recorder: Recorder
    handed_over: list[tuple[int, Callable[[], bytes]]]
    counts: Counter[Count]

    def run(self, ref: str = "r", call: Callable[[], Any] | None = None, **received: Any) -> Any:
        """Run legacy on one message, as a worker does; its id is that of its task."""
        event = {"ref": ref, "key": f"key of {ref}"}
        given = Received(**{"entry": migration.entries[0], "id": f"m-{ref}", "payload": event, **received})
        return self.recorder.run(given, call or partial(process.run, event))

    def made(self) -> list[Recorded]:
        """Return what was recorded, as it arrives in another process."""
        return [pickle.loads(make()).recorded(migration) for _size, make in self.handed_over]

    def one(self) -> Recorded:
        """Return the only recording."""
        (one,) = self.made()
        return one


@contextmanager
def recording(declared: Migration = migration, *, strict: bool = False) -> Iterator[Recordings]:
    """Yield a worker of this process; rows for ``r``, ``a`` and ``b`` are there."""
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Build(id=n, ref=ref, state="new") for n, ref in enumerate("rab", 1))
        session.commit()
    hooks.clear()
    asked.clear()
    handed_over: list[tuple[int, Callable[[], bytes]]] = []
    counted: Counter[Count] = Counter()

    class Counting:
        def add(self, count: Count, number: int = 1) -> None:
            counted[count] += number

    def hand_over(size: int, make: Callable[[], bytes]) -> bool:
        handed_over.append((size, make))
        return True

    recorder = Recorder(declared, hand_over=hand_over, counting=Counting(), token_key=b"k", strict=strict)
    recorder.install()
    try:
        yield Recordings(recorder, handed_over, counted)
    finally:
        hooks.clear()
        recorder.uninstall()
        ACTIVE.sink = None
        ACTIVE.by_process()


def content(recorded: Recorded, handler: str) -> Any:
    """Return what was observed of a handler."""
    return orjson.loads(of(recorded, handler).content)


def of(recorded: Recorded, handler: str) -> Observation:
    """Return the only observation of a handler."""
    (one,) = [o for o in recorded.observations if o.handler == handler]
    return one


def raises(error: BaseException) -> Callable[[], Any]:
    """Return what raises it."""

    def now() -> Any:
        raise error

    return now
