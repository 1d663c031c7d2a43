"""What does a store look like that keeps nothing after the process?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from threading import Lock


class MemoryStore:
    """Where do items stay for the length of one process? The double for tests, safe between threads."""

    def __init__(self) -> None:
        self._items: dict[str, tuple[bytes, ...]] = {}
        self._lock = Lock()

    def append(self, stream: str, items: Iterable[bytes]) -> None:
        """Add the items at the end of the stream: all of them or none."""
        added = tuple(map(bytes, items))
        with self._lock:
            if added:
                self._items[stream] = (*self._items.get(stream, ()), *added)

    def read(self, stream: str) -> Iterator[bytes]:
        """Yield the items of the stream as they were when the reading began."""
        yield from self._items.get(stream, ())

    def streams(self, prefix: str = "") -> tuple[str, ...]:
        """Return the names of the streams that start so, sorted."""
        with self._lock:
            return tuple(sorted(name for name in self._items if name.startswith(prefix)))

    def forget(self, stream: str) -> None:
        """Remove the stream and its items."""
        with self._lock:
            self._items.pop(stream, None)

    def close(self) -> None:
        """Do nothing: the items go with the store."""
