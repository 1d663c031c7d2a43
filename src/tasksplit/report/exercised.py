"""What was exercised? One row for each handler and kind of event, one column for each way to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tasksplit.model.review import Review
from tasksplit.model.strata import WAYS
from tasksplit.report.words import count

NEVER = "never"  #: the declaration says that it can happen, and no message showed it
NOWHERE = "–"  #: neither declared nor seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How did one handler end on one kind of event?"""

    handler: str
    event: str
    cells: tuple[str, ...]
    """One for each of ``columns``."""


def columns(review: Review) -> tuple[str, ...]:
    """Return the ways that some handler declares or has shown."""
    told = {way for handler in review.handlers for ways in (handler.exercised or {}).values() for way in ways}
    return tuple(way for way in WAYS if way in told)


def height(review: Review) -> int:
    """Return how many rows there are."""
    return sum(len(handler.exercised or {}) for handler in review.handlers)


def rows(review: Review) -> Iterator[Row]:
    """Yield the rows, grouped by handler; none where the migration names no kinds of events."""
    ways = columns(review)
    for handler in review.handlers:
        for event, counts in (handler.exercised or {}).items():
            cells = tuple((count(counts[way]) if counts[way] else NEVER) if way in counts else NOWHERE for way in ways)
            yield Row(handler=handler.name, event=event, cells=cells)


def gaps(review: Review) -> Iterator[tuple[str, str]]:
    """Yield each handler of which a declared way was never seen, and what is missing, on one line."""
    for handler in review.handlers:
        if handler.never_seen:
            yield handler.name, f"has never seen: {'; '.join(handler.never_seen)}"
