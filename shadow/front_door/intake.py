"""What becomes of an event that was let in? Store, commit, publish, note that it is queued; then the sender may go."""

from __future__ import annotations

import logging
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

    def accept(self, new: NewEvent) -> Accepted:
        """Keep an event and send it. Without a broker it stays `stored`, and the sweeper sends it later."""
        stored = self._store.add(new)
        if stored.claimed_until is not None:
            sent = arguments(source=new.source, topic=new.topic, payload=new.payload)
            self._send(stored.id, sent, stored.claimed_until)
        return Accepted(event_id=stored.id, task_id=task_id(stored.id), status_url=f"/events/{stored.id}")

    def sweep(self, most: int) -> int:
        """Send events that nobody sent in time, at most so many; how many were sent.

        It ends at the first that the broker does not take: the others are not touched, and wait for the next sweep.
        """
        sent = 0
        for row in self._store.waiting(most):
            until = self._store.claim(row.id, row.claimed_until)
            if until is None:
                continue
            if not self._send(row.id, arguments(source=row.source, topic=row.topic, payload=row.payload), until):
                break
            sent += 1
        return sent

    def _send(self, event_id: str, sent: dict[str, object], until: datetime) -> bool:
        try:
            self._publish(event_id, sent, before=until)
        except PublishError as error:
            logger.warning("Event %s stays %s. %s", event_id, Status.STORED, error)
            return False
        try:
            self._store.queued(event_id)
        except SQLAlchemyError as error:  # the workers have it: that is what the sender is told
            logger.error("Event %s is sent, but stays %s: %s.", event_id, Status.STORED, type(error).__name__)
        return True
