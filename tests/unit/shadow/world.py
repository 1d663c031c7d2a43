"""What comes of a message when one side acts on it? A world of its own: its rows, stand-in services, a broker."""

from __future__ import annotations

import queue
import sys
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import time_machine
from celery import Celery
from celery.app.trace import build_tracer
from celery.signals import task_failure
from sqlalchemy import select

import legacy.tasks
import shadow.by_event.tasks
import shadow.by_job.tasks
import shadow.tasks
from legacy import database
from legacy.standin import fixture, state
from shadow import views
from shadow.celery_app import QUEUES
from tests.unit.shadow.damage import Damage

BABYSIT = "task.babysit_copr_build"
MADE_ANEW = {"pipeline_id"}  # drawn
NOW = datetime(2020, 6, 2, 12, 30, tzinfo=UTC)
APPS = (legacy.tasks.app, shadow.tasks.app, shadow.by_event.tasks.app, shadow.by_job.tasks.app)


def begin() -> None:
    """Make the tables, and a broker in the process for both sides. Once in a process."""
    for app in APPS:
        app.conf.update(broker_url="memory://", broker_read_url=None, broker_write_url=None)
    with warnings.catch_warnings():
        # legacy shares its tasks with every app of the process, and has a babysitter of the same name
        warnings.filterwarnings("ignore", message="Task name 'task.babysit_copr_build' is already registered")
        for app in reversed(APPS):
            app.finalize()
    database.create_all()


class World:
    """Prepare the world of a message, let one side act in it, look at what came of it."""

    def __init__(self) -> None:
        for app in APPS:
            list(waiting(app))  # what others left at the broker

    def prepare(self, payload: Any, package_config: str | None = None) -> None:
        """Fill the tables, and say which package config there is, if not the one that is drawn for the project."""
        database.Session.remove()
        with database.engine.begin() as connection:
            for table in reversed(database.Base.metadata.sorted_tables):
                connection.execute(table.delete())
        fixture.prepare(payload)
        state.current.package_config = package_config

    def both(self, damage: Damage) -> tuple[dict[str, Any], dict[str, Any]]:
        """What legacy does about a damaged message, and what the split does."""
        config = damage.package_config
        return self.legacy(damage.payload(), config), self.split(damage.payload(), config)

    def legacy(self, payload: Any, package_config: str | None = None) -> dict[str, Any]:
        self.prepare(payload, package_config)
        return self._act(payload, legacy.tasks.process_message)

    def split(self, payload: Any, package_config: str | None = None) -> dict[str, Any]:
        return self.cut(payload, shadow.tasks.process_message, package_config)

    def cut(self, payload: Any, entry: Any, package_config: str | None = None) -> dict[str, Any]:
        """What comes of a message that is sent to this task, and to its application."""
        self.prepare(payload, package_config)
        return self._act(payload, entry)

    def _act(self, payload: Any, entry: Any) -> dict[str, Any]:
        before = self._rows()
        with failures() as raised, time_machine.travel(NOW, tick=False):
            babysat = self._run_all(payload, entry.app, entry.name)
        database.Session.remove()
        rows = self._rows()
        noted = deepcopy(vars(state.current))
        for request in noted["test_requests"]:
            request["pipeline"] = None
        return {
            "noted": noted,
            "babysat": babysat,
            "raised": raised,
            "rows": {name: [row for row in rows[name] if row not in before[name]] for name in rows},
        }

    def _run_all(self, payload: Any, app: Celery, entry: str) -> list[Any]:
        """Run what the message asks for, and what that asks for; which builds somebody is to look after."""
        if isinstance(payload, dict) and payload.get("task") == BABYSIT:
            # that a handler failed is its own failure on the one side, and the babysitter's on the other
            babysat: list[Any] = [run(app, BABYSIT, {"build_id": payload["build_id"]}) == "RETRY"]
        else:
            app.send_task(entry, kwargs=views.event_arguments(payload))
            babysat = []
        for task, args, kwargs, embed, countdown in waiting(app):
            if task == BABYSIT:
                babysat.append((list(args), kwargs, countdown))
            else:
                run(app, task, kwargs, embed)
        return babysat

    def _rows(self) -> dict[str, list[dict[str, Any]]]:
        found = {}
        with database.engine.begin() as connection:
            for table in database.Base.metadata.sorted_tables:
                if table.name == "task_results":
                    continue  # legacy keeps one for each message, the split none
                rows = connection.execute(select(table).order_by(*table.primary_key)).mappings()
                found[table.name] = [
                    {name: value for name, value in row.items() if name not in MADE_ANEW} for row in rows
                ]
        return found


@contextmanager
def failures() -> Iterator[list[str]]:
    """The types of what tasks raise meanwhile."""
    found: list[str] = []

    def note(**_: Any) -> None:
        # what Celery gives to receivers is the nearest type that can be pickled
        found.append(type(sys.exception()).__name__)

    task_failure.connect(note)
    try:
        yield found
    finally:
        task_failure.disconnect(note)


def waiting(app: Celery) -> Iterator[tuple[str, Any, Any, Any, bool]]:
    """What waits at the broker, until nothing does: task, arguments, what belongs to it, whether it waits longer."""
    with app.connection_for_read() as connection:
        found = True
        while found:
            found = False
            for name in QUEUES:
                with connection.SimpleQueue(name) as messages:
                    try:
                        message = messages.get(block=False)
                    except queue.Empty:
                        continue
                message.ack()
                found = True
                yield (message.headers["task"], *message.payload, bool(message.headers["eta"]))


def run(app: Celery, task: str, kwargs: Mapping[str, Any], embed: Mapping[str, Any] | None = None) -> str:
    """Run a task by Celery's own tracer; the state in which it ended."""
    task_id = str(uuid.uuid4())
    request = {
        "delivery_info": {"exchange": "", "routing_key": "celery"},
        "hostname": "here",
        "id": task_id,
        "is_eager": False,
        "retries": 0,
        "chain": (embed or {}).get("chain"),
    }
    info = build_tracer(task, app.tasks[task], app=app)(task_id, (), dict(kwargs), request).info
    return info.state if info else "SUCCESS"
