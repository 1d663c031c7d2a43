"""What do the sides of the toy read and change? Rows of a database, and letters, which are lines of a log.

A line is written whole and at once: what a killed process did stays written.
"""

from __future__ import annotations

import json
import os
from typing import Any

from celery import current_task
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

LOG = os.environ.get("TOY_LOG", "")
engine = create_engine(os.environ.get("TOY_DATABASE", "sqlite:////nonexistent/toy.db"))


class Base(DeclarativeBase):
    """The tables."""


class Build(Base):
    """What the messages are about."""

    __tablename__ = "builds"
    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str]
    state: Mapped[str]


def letter(ref: str, handler: str, text: Any) -> bool:
    """Send a letter: the effect that nobody can take back."""
    request = current_task.request
    text = "an object" if type(text) is object else text
    noted("letter", request.task, request.id, request.retries, ref=ref, handler=handler, text=text)
    return True


def noted(what: str, task: str, task_id: str, retries: int, **more: Any) -> None:
    """Write one line: what happened, in which delivery of which task. Where there is no log, nothing happens."""
    if not LOG:
        return
    told = {"what": what, "task": task, "id": task_id, "retries": retries, **more}
    file = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, json.dumps(told).encode() + b"\n")
    finally:
        os.close(file)


def begins(task: Any) -> None:
    """Write that a task begins, in a process that a message has reached."""
    request, came = task.request, task.request.delivery_info
    again, queue = bool(came.get("redelivered")), came.get("routing_key")
    where = {"queue": queue, "worker": request.hostname}
    noted("begun", task.name, request.id, request.retries, redelivered=again, **where)
