"""Which events came in, and who may publish one now? Every change of a status is a compare-and-set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Row, event, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from legacy import database
from legacy.models import utcnow  # which registers the service's tables as well
from shadow.front_door.models import EVENTS, RESULTS, FrontDoorBase, Status

BUSY_SECONDS = 30


def task_id(event_id: str, place: str = "") -> str:
    """Return the id of an event's task, the same each time: whoever sees it twice knows that it was sent twice."""
    return str(uuid5(UUID(event_id), place))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What came in?"""

    source: str
    payload: dict[str, Any]
    kind: str | None = None
    topic: str | None = None
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Which event is it now, and until when may we publish it?"""

    id: str
    claimed_until: datetime | None
    """None: it is known from before, and somebody else's."""


class EventStore:
    """The table of events."""

    def __init__(self, engine: Engine, *, lease: float) -> None:
        self._engine = engine
        self._lease = timedelta(seconds=lease)
        if _is_file_of_sqlite(engine) and not event.contains(engine, "connect", _share_file):
            event.listen(engine, "connect", _share_file)

    def create_tables(self) -> None:
        """Create the tables that are missing, the service's too; several processes may do so at once."""
        for metadata in (database.Base.metadata, FrontDoorBase.metadata):
            for _table in metadata.tables:
                try:
                    metadata.create_all(self._engine)
                    break
                except SQLAlchemyError:  # another one was faster with one of them, and goes on to the next
                    continue
            else:
                metadata.create_all(self._engine)

    def add(self, events: Sequence[NewEvent]) -> list[Stored]:
        """Keep events, lasting, as `stored`, in one commit. They are ours to publish as long as the lease says."""
        now = utcnow()
        rows = [self._row(new, now) for new in events]
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(EVENTS), rows)
        except IntegrityError:
            if len(events) > 1:  # one of them was delivered before: each by itself
                return [self.add([new])[0] for new in events]
            if events[0].delivery is None:
                raise
            return [Stored(id=self._delivered(events[0].delivery), claimed_until=None)]
        return [Stored(id=row["id"], claimed_until=row["claimed_until"]) for row in rows]

    def _row(self, new: NewEvent, now: datetime) -> dict[str, Any]:
        event_id = str(uuid4())
        return {
            "id": event_id,
            "source": new.source,
            "kind": new.kind,
            "topic": new.topic,
            "delivery": new.delivery,
            "payload": new.payload,
            "status": Status.STORED,
            "attempts": 0,
            "task_id": task_id(event_id),
            "claimed_until": now + self._lease,
            "received_at": now,
            "updated_at": now,
        }

    def _delivered(self, delivery: str) -> str:
        with self._engine.connect() as connection:
            return str(connection.execute(select(EVENTS.c.id).where(EVENTS.c.delivery == delivery)).scalar_one())

    def queued(self, event_ids: Sequence[str]) -> None:
        """Note that the broker has these events, but for those that a worker has already."""
        if event_ids:
            self._set(EVENTS.c.id.in_(event_ids) & (EVENTS.c.status == Status.STORED), status=Status.QUEUED)

    def waiting(self, most: int) -> list[Row[Any]]:
        """Return events that nobody published in time, the oldest first."""
        query = (
            select(EVENTS)
            .where(EVENTS.c.status == Status.STORED, EVENTS.c.claimed_until < utcnow())
            .order_by(EVENTS.c.received_at)
            .limit(most)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query))

    def claim(self, event_id: str, seen: datetime) -> datetime | None:
        """Take the right to publish a waiting event, as it was seen; None where somebody else was faster."""
        until = utcnow() + self._lease
        unchanged = (EVENTS.c.status == Status.STORED) & (EVENTS.c.claimed_until == seen)
        return until if self._set((EVENTS.c.id == event_id) & unchanged, claimed_until=until) else None

    def find(self, event_id: str) -> tuple[Row[Any], Sequence[Row[Any]]] | None:
        """Return an event and its tasks in order; None where there is no such event."""
        with self._engine.connect() as connection:
            found = connection.execute(select(EVENTS).where(EVENTS.c.id == event_id)).one_or_none()
            if found is None:
                return None
            results = connection.execute(select(RESULTS).where(RESULTS.c.event_id == event_id)).all()
        return found, sorted(results, key=lambda row: [int(step) for step in row.place.split(".")])

    def _set(self, condition: Any, **values: Any) -> int:
        change = update(EVENTS).where(condition).values(updated_at=utcnow(), **values)
        with self._engine.begin() as connection:
            return connection.execute(change).rowcount


def _is_file_of_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite" and engine.url.database not in (None, "", ":memory:")


def _share_file(connection: Any, _: Any) -> None:
    """Let readers go on while one writes, and let writers wait for each other."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()
