"""What happened while a route was acted on? Counted always, and said aloud where a person should know."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from threading import Lock

from tasksplit.wire.redaction import Redactor

logger = logging.getLogger("tasksplit.live")
_REDACTOR = Redactor()


class Noted(StrEnum):
    """What can happen?"""

    PINNED = "route pinned"
    SETTLING = "legacy's: a flag has just opened, and not every worker may know"
    EARLY_ACK = "legacy's: the task acknowledges early"
    COMPOSED = "legacy's: it has links or is part of a chain, group or chord"
    NO_KEY = "no key: legacy's until live"
    NO_MESSAGE = "legacy's: it can be no message of the migration"
    HEADER = "header not honoured"
    HANDED_OVER = "handed over to the split"
    SENT_BEFORE = "handed over by an earlier delivery"
    VIEW_FAILED = "routed to the split, and there is no payload"
    GIVEN_BACK = "given back to legacy"
    AWAY = "waited: the store is away"
    LATER = "put back in its queue"
    ACTED = "acted on by the split"
    ALREADY_DONE = "not acted on: done before"
    OTHER_SIDE = "not acted on: it is the other side's"
    STOPPED = "not acted on: it began before, and nobody knows how it ended"
    UNPINNED = "acted on without a claim: no route is pinned"
    OWN = "acted on without a route: somebody else's task"
    TAKEN_OVER = "ended after another of its side had taken it over"
    LEASE_LOST = "a lease was lost while its run went on"
    END_UNKNOWN = "how a run ended could not be told to the store"
    NOT_CARRIED = "a route could not be written for a child task"
    PARKED = "parked: no worker here knows the task"
    NOT_PARKED = "lost: an unknown task that could not be parked"
    UNPARKED = "sent back from the parking queue"


LOUD = frozenset(
    {
        Noted.HEADER,
        Noted.VIEW_FAILED,
        Noted.LATER,
        Noted.OTHER_SIDE,
        Noted.STOPPED,
        Noted.UNPINNED,
        Noted.LEASE_LOST,
        Noted.END_UNKNOWN,
        Noted.NOT_CARRIED,
        Noted.PARKED,
        Noted.NOT_PARKED,
    }
)
"""What is logged as a warning too, with what it was about."""

Note = Callable[[Noted, str], None]
"""Takes what happened, and about what: a text for the log, never a payload. It never waits and never raises."""


class Tally:
    """How often did what happen in this process? The default ``Note``."""

    def __init__(self) -> None:
        self._counted: Counter[Noted] = Counter()
        self._lock = Lock()

    def __call__(self, what: Noted, about: str = "") -> None:
        """Count it, and log it where it is loud."""
        with self._lock:
            self._counted[what] += 1
        if what in LOUD:
            logger.warning("%s: %s", what.value, _REDACTOR.text(about))

    @property
    def counts(self) -> Mapping[Noted, int]:
        """Return the counts as they are now."""
        with self._lock:
            return dict(self._counted)
