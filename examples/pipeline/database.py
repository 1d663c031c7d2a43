"""Where are the rows kept, and which are there?"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, String, create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.pool import StaticPool

__all__ = ["Base", "EventRow", "Reservation", "Session", "Stock", "create_all", "engine", "sessions"]

IN_MEMORY = "sqlite://"
STORED, DONE = "stored", "done"


def _connect(url: str) -> Engine:
    if url == IN_MEMORY:  # one connection, or every checkout would see its own empty database
        return create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    return create_engine(url)


engine = _connect(os.environ.get("PIPELINE_DATABASE_URL", IN_MEMORY))
sessions = sessionmaker(bind=engine)


def _now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """The declarative base of every table."""

    type_annotation_map = {dict[str, Any]: JSON, datetime: DateTime(timezone=True)}  # noqa: RUF012  # SQLAlchemy's own


class EventRow(Base):
    """Which event came in, and what became of it?"""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    customer: Mapped[str] = mapped_column(String(80))
    data: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(20), default=STORED)
    task_context: Mapped[dict[str, Any] | None]
    """What each node that ran said: of a done event its result, before that how far it came."""
    created_at: Mapped[datetime] = mapped_column(default=_now)
    processed_at: Mapped[datetime | None]


class Stock(Base):
    """How much is left of an article?"""

    __tablename__ = "stock"

    sku: Mapped[str] = mapped_column(String(40), primary_key=True)
    amount: Mapped[int]


class Reservation(Base):
    """What is kept aside for an order?"""

    __tablename__ = "reservations"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    sku: Mapped[str] = mapped_column(ForeignKey("stock.sku"))
    quantity: Mapped[int]


def create_all() -> None:
    """Create the tables that are missing."""
    Base.metadata.create_all(engine)
