"""The world of one message: an empty database, stand-in services, a broker in memory."""

from __future__ import annotations

import json
import queue
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery.app.trace import build_tracer
from sqlalchemy import select

from legacy import database, tasks
from legacy.celery_app import app
from legacy.standin import fixture, state

MESSAGES = Path(__file__).parents[3] / "legacy" / "messages"


class World:
    """Prepare the world of a message, deliver it as a worker would, look at what came of it."""

    def __init__(self) -> None:
        self.state = state.current

    def message(self, kind: str, way: str) -> Any:
        """A shipped message that goes a certain way."""
        found = sorted(MESSAGES.glob(f"{kind}-[0-9][0-9][0-9]-{way}.json"))
        assert found, f"no shipped {kind} message goes the way {way}"
        return json.loads(found[0].read_text())

    def clear(self) -> None:
        """No rows, and services that nobody has asked anything yet."""
        state.reset()
        with database.engine.begin() as connection:
            for table in reversed(database.Base.metadata.sorted_tables):
                connection.execute(table.delete())

    def prepare(self, payload: Any) -> None:
        self.clear()
        fixture.prepare(payload)

    def deliver(self, task: Any, *args: Any, **kwargs: Any) -> SimpleNamespace:
        """Run a task by Celery's own tracer: its state, and what it returned or raised."""
        task_id = str(uuid.uuid4())
        tracer = build_tracer(task.name, task, app=app)
        request = {
            "delivery_info": {"exchange": "", "routing_key": "celery"},
            "hostname": "here",
            "id": task_id,
            "is_eager": False,
            "retries": 0,
        }
        result = tracer(task_id, args, kwargs, request)
        info = result.info
        return SimpleNamespace(
            id=task_id, state=info.state if info else "SUCCESS", value=info.retval if info else result.retval
        )

    def process(self, payload: Any, **kwargs: Any) -> SimpleNamespace:
        self.prepare(payload)
        return self.deliver(tasks.process_message, payload, **kwargs)

    def babysit(self, payload: Any) -> SimpleNamespace:
        self.prepare(payload)
        return self.deliver(tasks.babysit_copr_build, payload["build_id"])

    def rows(self, model: Any, **conditions: Any) -> list[Any]:
        with database.Session.session_factory() as session:
            return list(session.scalars(select(model).filter_by(**conditions).order_by(model.id)))

    def sent(self) -> list[Any]:
        """The messages that wait at the broker, taken off it."""
        found = []
        with app.connection_for_read() as connection, connection.SimpleQueue("celery") as waiting:
            while True:
                try:
                    message = waiting.get(block=False)
                except queue.Empty:
                    return found
                message.ack()
                found.append(message)

    def described(self) -> list[tuple[str, str]]:
        """The statuses that were set: state and description."""
        return [(status["state"], status["description"]) for status in self.state.statuses]


@pytest.fixture(scope="session")
def _service() -> None:
    app.conf.update(broker_url="memory://", broker_read_url=None, broker_write_url=None)
    tasks.process_message.bind(app)
    database.create_all()


@pytest.fixture
def world(_service: None) -> Iterator[World]:
    world = World()
    world.sent()
    yield world
    database.Session.remove()
