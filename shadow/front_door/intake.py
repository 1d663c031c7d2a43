"""What becomes of an event that was let in? Store, commit, publish, note that it is queued; then the sender may go."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from shadow.front_door.models import Status
from shadow.front_door.publishing import PublishError, arguments
from shadow.front_door.storing import EventStore, NewEvent, task_id

logger = logging.getLogger(__name__)


class Accepted(BaseModel):
    """The event is kept, and will be handled."""

    event_id: str
    task_id: str
    status_url: str = Field(description="Where to ask what became of it.")


class Publish(Protocol):
    """Send an event; raises PublishError."""

    def __call__(self, event_id: str, arguments: dict[str, object], *, before: datetime) -> None: ...


class Intake:
    """Keeps events, and sends each to the workers, once."""

    def __init__(self, store: EventStore, publish: Publish) -> None:
        self._store = store
        self._publish = publish

    def accept(self, events: Sequence[NewEvent]) -> list[Accepted]:
        """Keep events in one commit and send them. Without a broker they stay `stored`, for the sweeper."""
        stored = self._store.add(events)
        self._send(
            (kept.id, arguments(source=new.source, topic=new.topic, payload=new.payload), kept.claimed_until)
            for kept, new in zip(stored, events, strict=True)
            if kept.claimed_until is not None
        )
        return [
            Accepted(event_id=kept.id, task_id=task_id(kept.id), status_url=f"/events/{kept.id}") for kept in stored
        ]

    def sweep(self, most: int) -> int:
        """Send events that nobody sent in time, at most so many; how many were sent.

        It ends at the first that the broker does not take: the others are not touched, and wait for the next sweep.
        """
        sent = 0
        for row in self._store.waiting(most):
            until = self._store.claim(row.id, row.claimed_until)
            if until is None:
                continue
            if not self._send([(row.id, arguments(source=row.source, topic=row.topic, payload=row.payload), until)]):
                break
            sent += 1
        return sent

    def _send(self, events: Iterable[tuple[str, dict[str, object], datetime]]) -> list[str]:
        """Send until the broker does not take one: nobody waits for it once for each event."""
        sent: list[str] = []
        try:
            for event_id, named, until in events:
                self._publish(event_id, named, before=until)
                sent.append(event_id)
        except PublishError as error:
            logger.warning("Events stay %s. %s", Status.STORED, error)
        finally:
            self._note(sent)
        return sent

    def _note(self, sent: list[str]) -> None:
        try:
            self._store.queued(sent)
        except SQLAlchemyError as error:  # the workers have them: that is what the senders are told
            logger.error("Events are sent, but stay %s: %s.", Status.STORED, type(error).__name__)
