"""What does `uvicorn examples.pipeline.front_door:app` serve? `POST /events`: kept in a row, then sent to a worker."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from fastapi import FastAPI
from pydantic import BaseModel, Field

from examples.pipeline.database import EventRow, sessions

TASK = "process_incoming_event"


class EventSchema(BaseModel):
    """What may be told: the data are looked at by the worker."""

    kind: str = Field(min_length=1, max_length=40)
    customer: str = Field(min_length=1, max_length=80)
    data: dict[str, Any]


class Accepted(BaseModel):
    """Under which number is it known?"""

    event_id: int
    task_id: str


def create_app(workers: Celery) -> FastAPI:
    """Build the front door before these workers."""
    door = FastAPI(title="Events", docs_url=None, redoc_url=None)

    @door.post("/events", status_code=202)
    def accept(told: EventSchema) -> Accepted:
        with sessions() as session:
            row = EventRow(**told.model_dump())
            session.add(row)
            session.commit()  # a worker may be faster than this request
            sent = workers.send_task(TASK, kwargs={"event_id": row.id})
            return Accepted(event_id=row.id, task_id=str(sent.id))

    return door


app = create_app(Celery("events", broker=os.environ.get("BROKER_URL", "redis://localhost:6379/0")))
