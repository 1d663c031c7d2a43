"""`POST /events`: a row that is committed, a message with its id, and 202."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from celery import Celery

from examples.pipeline.database import DONE, EventRow, Session
from examples.pipeline.front_door import TASK, create_app
from examples.pipeline.legacy.tasks import process_incoming_event

TICKET: dict[str, Any] = {
    "kind": "ticket", "customer": "c-1", "data": {"subject": "Hello", "body": "a refund please", "sender": "a@b"},
}  # fmt: skip


class Workers(Celery):
    """What was sent, instead of a broker: the broker's own way is walked by the replays."""

    def __init__(self) -> None:
        super().__init__("here", broker="memory://", set_as_current=False)
        self.sent: list[tuple[str, Any]] = []

    def send_task(self, name: str, *_: Any, kwargs: Any = None, **options: Any) -> Any:
        self.sent.append((name, kwargs))
        return super().send_task(name, kwargs=kwargs, **options)


def post(workers: Celery, body: Any) -> httpx.Response:
    async def go() -> httpx.Response:
        door = httpx.ASGITransport(create_app(workers))
        async with httpx.AsyncClient(transport=door, base_url="http://events.test") as client:
            return await client.post("/events", json=body)

    return asyncio.run(go())


def test_an_event_is_kept_and_its_id_sent(session: Session) -> None:
    workers = Workers()
    told = post(workers, TICKET)
    assert told.status_code == 202
    row = session.get_one(EventRow, told.json()["event_id"])
    assert (row.kind, row.customer, row.data, row.status) == ("ticket", "c-1", TICKET["data"], "stored")
    assert workers.sent == [(TASK, {"event_id": row.id})]
    assert process_incoming_event.name == TASK


def test_what_was_kept_is_what_the_worker_works_on(session: Session) -> None:
    event_id = post(Workers(), TICKET).json()["event_id"]
    assert process_incoming_event.apply(kwargs={"event_id": event_id}).get() == {"pipeline": "support"}
    row = session.get_one(EventRow, event_id)
    assert row.status == DONE
    assert row.task_context is not None
    assert row.task_context["analyze_ticket"] == {"topics": ["billing"], "urgent": False, "spam": False}
    assert row.task_context["index_event"] == {"id": str(event_id), "result": "created"}


@pytest.mark.parametrize("body", [{}, {**TICKET, "kind": ""}, {**TICKET, "data": "text"}])
def test_what_is_no_event_is_refused_and_nothing_is_kept(session: Session, body: Any) -> None:
    workers = Workers()
    assert post(workers, body).status_code == 422
    assert session.query(EventRow).count() == 0
    assert workers.sent == []
