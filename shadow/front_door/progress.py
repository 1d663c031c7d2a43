"""How does a task say how far its event is? In the transaction of its effects; what has ended stays as it ended.

Nothing here commits. The dispatcher's place is the empty text; its tasks are 0, 1, ..., those of 1 are 1.0, 1.1, ...
A task that was decided is `stored` until it is known to be sent: whoever died in between is run again, and sends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from legacy.models import utcnow
from shadow.front_door.models import EVENTS, RESULTS, UNFINISHED, Status
from shadow.front_door.telling import told

DISPATCHER = ""


class AlreadyEndedError(Exception):
    """A redelivery: everything was done and sent before."""

    def __init__(self, event_id: str, place: str, *, goes_on: bool) -> None:
        super().__init__(f"Task {place or 'dispatch'} of event {event_id} has ended before.")
        self.goes_on = goes_on
        """Whether nobody has begun with the task that waits for this one."""


def place_of(parent: str, number: int) -> str:
    """Return the place of the task that a task asked for as its first (0), second (1), ..."""
    return f"{parent}.{number}" if parent else str(number)


def taken(session: Session, event_id: str, place: str) -> bool:
    """Note that a worker begins. False: there is no such event here, nothing is to be noted.

    Raises:
        AlreadyEndedError: The place has ended, and all that it asked for was sent.
    """
    table, mine = _row(event_id, place)
    status = session.execute(select(table.c.status).where(mine)).scalar()
    if status is None:
        return False
    children = [row.status for row in _children(session, event_id, place)]
    decided = bool(children) and place == DISPATCHER
    if (decided or status not in UNFINISHED) and Status.STORED not in children:
        raise AlreadyEndedError(
            event_id, place, goes_on=status == Status.DONE and _next_waits(session, event_id, place)
        )
    begins: dict[str, Any] = {"attempts": table.c.attempts + 1, "updated_at": utcnow()}
    if place == DISPATCHER:
        begins["status"] = Status.PROCESSING
    session.execute(update(table).where(mine, table.c.status.in_(UNFINISHED)).values(begins))
    return True


def asked(session: Session, event_id: str, place: str, tasks: Sequence[str]) -> list[int]:
    """Note which tasks a place asks for; the numbers of those that are to be sent now."""
    # of two places that end at once, the second waits here, and then sees that the first has ended
    if not _event(session, event_id):
        return []
    known = {row.place: row.status for row in _children(session, event_id, place)}
    for number, task in enumerate(tasks):
        if place_of(place, number) not in known:
            row = {"event_id": event_id, "place": place_of(place, number), "task": task, "status": Status.STORED}
            session.execute(insert(RESULTS), {**row, "attempts": 0, "updated_at": utcnow()})
    return [n for n in range(len(tasks)) if known.get(place_of(place, n), Status.STORED) == Status.STORED]


def ended(session: Session, event_id: str, place: str, *, result: Any = None, error: Exception | None = None) -> None:
    """Note what came of a place, after what it asked for."""
    if error is not None:
        _fail(session, event_id, place, error)
    elif place != DISPATCHER:
        _end(session, event_id, place, status=Status.DONE, result=result)
    elif _children(session, event_id, place):
        _event(session, event_id, summary=result)
    else:
        _event(session, event_id, summary=result, status=Status.UNROUTABLE if result is None else Status.IGNORED)
    _close(session, event_id)


def sent(session: Session, event_id: str, place: str, numbers: Sequence[int]) -> None:
    """Note that the broker has these tasks of a place."""
    places = [place_of(place, number) for number in numbers]
    mine = (RESULTS.c.event_id == event_id) & RESULTS.c.place.in_(places) & (RESULTS.c.status == Status.STORED)
    session.execute(update(RESULTS).where(mine).values(status=Status.QUEUED, updated_at=utcnow()))


def lost(session: Session, event_id: str, place: str, error: BaseException) -> None:
    """Note that a place failed and nothing of it was kept: what it asked for and did not send is never reached."""
    _event(session, event_id)
    _fail(session, event_id, place, error)
    for child in _children(session, event_id, place):
        if child.status == Status.STORED:
            _end(session, event_id, child.place, status=Status.UNREACHED)
    _close(session, event_id)


def _fail(session: Session, event_id: str, place: str, error: BaseException) -> None:
    if place == DISPATCHER:
        _event(session, event_id, error=told(error))
        return
    _end(session, event_id, place, status=Status.FAILED, error=told(error))
    for brother in _children(session, event_id, _parent(place)):
        if _number(brother.place) > _number(place):  # it waits for this one to end well
            _end(session, event_id, brother.place, status=Status.UNREACHED)


def _event(session: Session, event_id: str, **values: Any) -> bool:
    """Change an event that has not ended, and keep others from doing so until the commit; whether it had not."""
    mine = (EVENTS.c.id == event_id) & EVENTS.c.status.in_(UNFINISHED)
    changed: Any = session.execute(update(EVENTS).where(mine).values(updated_at=utcnow(), **values))
    return bool(changed.rowcount)


def _end(session: Session, event_id: str, place: str, **values: Any) -> None:
    mine = (RESULTS.c.event_id == event_id) & (RESULTS.c.place == place) & RESULTS.c.status.in_(UNFINISHED)
    session.execute(update(RESULTS).where(mine).values(updated_at=utcnow(), **values))


def _close(session: Session, event_id: str) -> None:
    """End the event where none of its tasks is open."""
    statuses = set(session.scalars(select(RESULTS.c.status).where(RESULTS.c.event_id == event_id)))
    if statuses & set(UNFINISHED):
        return
    error = session.execute(select(EVENTS.c.error).where(EVENTS.c.id == event_id)).scalar()
    bad = error is not None or statuses & {Status.FAILED, Status.UNREACHED}
    _event(session, event_id, status=Status.FAILED if bad else Status.DONE)


def _children(session: Session, event_id: str, place: str) -> list[Any]:
    query = select(RESULTS.c.place, RESULTS.c.status).where(RESULTS.c.event_id == event_id)
    return [row for row in session.execute(query) if _parent(row.place) == place]


def _next_waits(session: Session, event_id: str, place: str) -> bool:
    if place == DISPATCHER:
        return False
    _, following = _row(event_id, place_of(_parent(place), _number(place) + 1))
    waits = following & RESULTS.c.status.in_(UNFINISHED) & (RESULTS.c.attempts == 0)
    return session.execute(select(RESULTS.c.place).where(waits)).first() is not None


def _row(event_id: str, place: str) -> tuple[Any, Any]:
    if place == DISPATCHER:
        return EVENTS, EVENTS.c.id == event_id
    return RESULTS, (RESULTS.c.event_id == event_id) & (RESULTS.c.place == place)


def _parent(place: str) -> str:
    return place.rpartition(".")[0]


def _number(place: str) -> int:
    return int(place.rpartition(".")[2])
