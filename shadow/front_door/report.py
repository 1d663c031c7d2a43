"""What does a running task say to the front door about its event?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shadow.front_door import progress
from shadow.front_door.storing import task_id

EVENT, PLACE = "event_id", "event_place"
"""Headers: which event, and which of its tasks."""


@dataclass(slots=True, kw_only=True)
class Report:
    """Which task is it, and what came of it? Written in the session of the task, which commits it."""

    event_id: str
    place: str
    result: Any = None
    error: Exception | None = None
    again: bool = False
    """It will be tried again, so nothing has ended."""

    def begin(self, session: Session) -> bool:
        """Note that a worker begins; see `progress.taken`."""
        return progress.taken(session, self.event_id, self.place)

    def note(self, session: Session, tasks: Sequence[str]) -> Sequence[int]:
        """Note what came of the task; which of the tasks that it asked for are to be sent."""
        numbers = progress.asked(session, self.event_id, self.place, tasks)
        if not self.again:
            progress.ended(session, self.event_id, self.place, result=self.result, error=self.error)
        return numbers

    def sent(self, session: Session, numbers: Sequence[int]) -> None:
        """Note that these were sent."""
        progress.sent(session, self.event_id, self.place, numbers)

    def lost(self, session: Session, error: BaseException) -> None:
        """Note a failure of which nothing else was kept."""
        progress.lost(session, self.event_id, self.place, error)

    def options(self, number: int) -> dict[str, Any]:
        """Return how a task that was asked for is sent, so that it can report as well."""
        place = progress.place_of(self.place, number)
        return {"task_id": task_id(self.event_id, place), "headers": {EVENT: self.event_id, PLACE: place}}


def report(headers: dict[str, Any]) -> Report:
    """Return the empty report of a message that names its event."""
    return Report(event_id=headers[EVENT], place=headers.get(PLACE, progress.DISPATCHER))
