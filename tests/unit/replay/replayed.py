"""One side of the toy service run over one message, and what it did in plain words."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tasksplit.capture.arrival import message
from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import Observation
from tasksplit.replay.process import Job
from tasksplit.replay.side import Replayed, SideRunner, warm
from tasksplit.worlds import guard
from tests.unit.replay.toy.migration import migration

PATH = "tests.unit.replay.toy.migration:migration"


@contextmanager
def running(side: Side, declared: Migration = migration, **circumstances: Any) -> Iterator[SideRunner]:
    """Take over this process for one side, and give it back whatever happens."""
    warm()
    runner = SideRunner(declared, Job(name="test", migration=PATH, side=side, **{"token_key": b"k", **circumstances}))
    runner.install()
    try:
        yield runner
    finally:
        runner.uninstall()
        guard.disarm()
        guard.ALARMS.clear()


def replay(side: Side, event: dict[str, Any], **circumstances: Any) -> Replayed:
    """Run one message."""
    with running(side, **circumstances) as runner:
        return runner.run(message(migration, event.get("name", "m"), {"ref": "r", **event}))


def step(handler: str, *acts: list[Any], **more: Any) -> dict[str, Any]:
    """A step of a message: which handler, with which acts."""
    return {"handler": handler, "acts": list(acts), **more}


def of(replayed: Replayed, handler: str) -> list[Observation]:
    """The observations of one handler, in order."""
    return [o for o in replayed.observations if o.handler == handler]


def content(observation: Observation) -> Any:
    """What was observed."""
    return json.loads(observation.content)


def outcome(replayed: Replayed, handler: str, index: int = 0) -> Any:
    """The outcome of one observation."""
    return content(of(replayed, handler)[index])["outcome"]


def calls(replayed: Replayed, handler: str, index: int = 0) -> list[Any]:
    """Its calls."""
    found: list[Any] = content(of(replayed, handler)[index])["effects"]["calls"]
    return found


def rows(replayed: Replayed, handler: str, index: int = 0) -> Any:
    """Its changes of rows."""
    return content(of(replayed, handler)[index])["effects"]["rows"]


def started(replayed: Replayed, handler: str, index: int = 0) -> list[str]:
    """What it started."""
    return [s["handler"] for s in content(of(replayed, handler)[index])["effects"]["started"]]
