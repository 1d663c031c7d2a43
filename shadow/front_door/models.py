"""What is remembered about each event that came in?"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import JSON, ForeignKey, Index, String, Table, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class FrontDoorBase(DeclarativeBase):
    """In the database of the service's rows, but not among them: who copies or empties those need not know these."""


class Status(StrEnum):
    """How far is an event, or one of its tasks?"""

    STORED = "stored"
    """Kept here; nobody knows yet whether the broker has it."""
    QUEUED = "queued"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"
    IGNORED = "ignored"
    """No handler wants the event."""
    UNROUTABLE = "unroutable"
    """Nobody knows this kind of event."""
    UNREACHED = "unreached"
    """The task never came to run: what it had to wait for failed."""


UNFINISHED = (Status.STORED, Status.QUEUED, Status.PROCESSING)
"""Neither an event nor a task that has another status changes any more."""


class IncomingEvent(FrontDoorBase):
    __tablename__ = "incoming_events"
    __table_args__ = (Index("incoming_events_waiting", "status", "claimed_until"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    source: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str | None] = mapped_column(String(255))
    """As the sender's header says."""
    topic: Mapped[str | None] = mapped_column(String(255))
    delivery: Mapped[str | None] = mapped_column(String(300), unique=True)
    """The sender's own id of the delivery: a second one with the same is the same event."""
    payload: Mapped[Any] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    """How often a worker took it."""
    task_id: Mapped[str] = mapped_column(String(36))
    claimed_until: Mapped[datetime]
    """Until then, only one may publish it: the request that stored it, or a sweeper."""
    summary: Mapped[Any] = mapped_column(JSON, nullable=True)
    """What the dispatcher decided."""
    error: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class IncomingResult(FrontDoorBase):
    """One task of an event. Its place: 0, 1, ... in the order of the dispatcher, 1.0 is the first that 1 asked for."""

    __tablename__ = "incoming_results"

    event_id: Mapped[str] = mapped_column(ForeignKey("incoming_events.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(255), primary_key=True)
    task: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    result: Mapped[Any] = mapped_column(JSON, nullable=True)
    error: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime]


EVENTS = cast("Table", IncomingEvent.__table__)
RESULTS = cast("Table", IncomingResult.__table__)
