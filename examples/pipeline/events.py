"""What does a pipeline know of its event?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from examples.pipeline.database import EventRow

REQUIRED = {"ticket": ("subject", "body", "sender"), "order": ("lines",), "document": ("title", "html")}
"""Kind -> what its data must hold."""


class InvalidEventError(ValueError):
    """The data of an event are not what its kind needs: no worker will ever make anything of it."""


class OrderError(ValueError):
    """An order that nobody can fulfil."""


class UnknownEventError(LookupError):
    """No pipeline takes events of that kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, to whom?"""

    id: int
    kind: str
    customer: str
    data: dict[str, Any]

    @property
    def is_private(self) -> bool:
        """Return whether nothing of it may be found by others."""
        return bool(self.data.get("private"))


def event_of(row: EventRow) -> Event:
    """Make an event of its row; raise InvalidEventError where its data lack something."""
    missing = [name for name in REQUIRED.get(row.kind, ()) if name not in row.data]
    if missing:
        raise InvalidEventError(f"event {row.id} of kind {row.kind} lacks {', '.join(missing)}")
    return Event(id=row.id, kind=row.kind, customer=row.customer, data=dict(row.data))
