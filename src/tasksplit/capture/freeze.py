"""How is a value frozen before the user's code can change it?

On the message's path a value becomes bytes in one call, at the speed of C, and nothing that the garbage collector
has to follow. What the bytes mean is worked out later, elsewhere: by the shadow worker, which gets them sealed. They
are never kept; what is kept is the canonical form.
"""

from __future__ import annotations

import marshal
from collections import deque
from threading import Lock
from typing import Any, Generic, NewType, TypeVar
from zlib import crc32

from tasksplit.wire.canonical import CanonicalError, canonical

Frozen = NewType("Frozen", bytes)
"""A snapshot: plain bytes, so no user code can change it and the garbage collector does not track it."""

_T = TypeVar("_T")

# Version 4 writes an object that is met again as a reference, so values that hold themselves end; version 2 would
# write them again and again. Every Python from 3.4 reads it. It refuses what is not exactly a built-in type (but calls
# any buffer bytes).
_VERSION = 4
_CANONICAL = b"\x00"
_REFUSED = b"\x01"


def freeze(value: Any) -> Frozen:
    """Return a snapshot of ``value``; never raises for what it holds: ``thawed`` tells what could not be frozen."""
    try:
        return Frozen(marshal.dumps(value, _VERSION))
    except (ValueError, TypeError):
        return _slowly(value)


def _slowly(value: Any) -> Frozen:
    try:
        return Frozen(_CANONICAL + canonical(value))
    except CanonicalError as error:
        return Frozen(_REFUSED + f"{error.path}\n{error.type_name}\n{error}".encode(errors="backslashreplace"))


def thawed(frozen: Frozen) -> bytes:
    """Return the canonical bytes of a snapshot, off the message's path; raise CanonicalError where it has none."""
    mark = frozen[:1]
    if mark == _CANONICAL:
        return frozen[1:]
    if mark == _REFUSED:
        path, type_name, message = frozen[1:].decode().split("\n", 2)
        raise CanonicalError(message, path=path, type_name=type_name)
    return canonical(marshal.loads(frozen))  # noqa: S302 - made above, in this process


def sampled_out(message_id: str, share: float) -> bool:
    """Return whether a message is left out when only ``share`` (0-1) of them is kept; the same in every process."""
    try:
        return crc32(message_id.encode()) >= share * 0x1_0000_0000
    except UnicodeEncodeError:  # a lone surrogate in the id
        return crc32(message_id.encode(errors="surrogatepass")) >= share * 0x1_0000_0000


class Buffer(Generic[_T]):
    """What waits to be written? Bounded in bytes, for many threads; each step is O(1).

    When it is full the newest is not taken: the message's path never waits, and memory never grows.
    """

    __slots__ = ("_held", "_items", "_lock", "_max_bytes")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._items: deque[tuple[int, _T]] = deque()
        self._lock = Lock()
        self._held = 0

    def put(self, item: _T, size: int) -> bool:
        """Hand over one item that counts as ``size`` bytes; return whether it was kept."""
        with self._lock:
            if self._held + size > self._max_bytes:
                return False
            # in this order: a time limit of Celery may be raised after a call, and then both are done
            self._held += size
            self._items.append((size, item))
            return True

    def take(self) -> _T | None:
        """Return the oldest item, or None when there is none."""
        with self._lock:
            if not self._items:
                return None
            size, item = self._items.popleft()
            self._held -= size
            return item

    def __len__(self) -> int:
        return len(self._items)

    @property
    def held(self) -> int:
        """Return the bytes that wait."""
        return self._held
