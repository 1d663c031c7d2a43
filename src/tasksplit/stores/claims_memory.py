"""What does a store of claims look like that keeps nothing after the process?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Lock

from tasksplit.stores.claims_protocol import Record, in_one_process


class MemoryClaimRecords:
    """Where do records stay for the length of one process? The double for tests, safe between threads."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._kept: dict[str, tuple[Record, datetime]] = {}
        self._lock = Lock()

    def read(self, key: str) -> tuple[str | None, datetime]:
        """Return the body of a record and the time."""
        found = self._kept.get(key)
        return (found[0].body if found else None), self._now()

    def write(self, key: str, record: Record, *, before: str | None) -> bool:
        """Write a record if the body there is still that one."""
        with self._lock:
            found = self._kept.get(key)
            same = (found[0].body if found else None) == before
            if same:
                self._kept[key] = (record, self._now())
            return same

    def unfinished(self) -> Iterator[str]:
        """Yield the bodies of unfinished records."""
        with self._lock:
            records = [record for record, _ in self._kept.values()]
        yield from (record.body for record in records if record.unfinished)

    def done(self) -> int:
        """Return how many claims of the kept records have ended."""
        with self._lock:
            return sum(record.done for record, _ in self._kept.values())

    def forget(self, after: timedelta, limit: int) -> int:
        """Remove finished records written longer ago than that."""
        last = self._now() - after
        with self._lock:
            old = [key for key, (record, at) in self._kept.items() if at <= last and not record.unfinished][:limit]
            for key in old:
                del self._kept[key]
        return len(old)

    def problems(self) -> tuple[str, ...]:
        """Return that no other process sees these claims."""
        return (in_one_process(),)

    def close(self) -> None:
        """Do nothing: the records go with the store."""
