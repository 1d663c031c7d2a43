"""What does a store of flags look like that keeps nothing after the process?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Lock

from tasksplit.errors import sentence
from tasksplit.model.rollout import Change, Flag, Flags, Source
from tasksplit.stores.flags_protocol import check, conflict


class MemoryFlagStore:
    """Where do flags stay for the length of one process? The double for tests, safe between threads."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._flags: dict[str, Flag] = {}
        self._changes: tuple[Change, ...] = ()  # newest first
        self._revision = 0
        self._lock = Lock()

    def read(self) -> Flags:
        """Return all flags of one moment."""
        at = self._now()
        with self._lock:
            return Flags(flags=dict(self._flags), revision=self._revision, source=Source.STORE, read_at=at)

    def apply(self, changes: Sequence[Change], expected: int) -> None:
        """Apply the changes of one plan if the revision is still the expected one."""
        if not changes:
            return
        check(changes, expected)
        with self._lock:
            if self._revision != expected:
                raise conflict(expected, self._revision, self._changes)
            self._flags.update({change.handler: change.after for change in changes})
            self._changes = (*reversed(changes), *self._changes)
            self._revision = expected + 1

    def history(self, handler: str | None = None, limit: int = 20) -> tuple[Change, ...]:
        """Return the latest changes, newest first."""
        return tuple(c for c in self._changes if handler in (None, c.handler))[:limit]

    def problems(self) -> tuple[str, ...]:
        """Return that no other process sees these flags."""
        return (
            sentence(
                found="flags in the memory of one process",
                expected="a store that every worker reads",
                do="name a Redis or a database, for example redis://localhost/1",
            ),
        )

    def close(self) -> None:
        """Do nothing: the flags go with the store."""
