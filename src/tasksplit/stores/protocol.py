"""What must a store be able to do? It speaks bytes and five verbs; all meaning is above it.

Whoever writes one runs ``tasksplit.testing.store_contract`` over it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

_log = logging.getLogger(__name__)


@runtime_checkable
class Store(Protocol):
    """Where do items stay? Every failure is a ``StoreError``, and nothing that was appended is lost by it."""

    def append(self, stream: str, items: Iterable[bytes]) -> None:
        """Add the items at the end of the stream: all of them, durably, or none."""

    def read(self, stream: str) -> Iterator[bytes]:
        """Yield the items of the stream in the order in which they were added; none where there is no stream."""

    def streams(self, prefix: str = "") -> tuple[str, ...]:
        """Return the names of the streams that hold something and start so, sorted by code point."""

    def forget(self, stream: str) -> None:
        """Remove the stream and its items; nothing happens where there is none."""

    def close(self) -> None:
        """Let go of files and connections; a second time changes nothing."""


def open_store(url: str) -> Store:
    """Return the store behind a URL: ``memory:``, ``sqlite:///path``, ``redis://host/0``, or one of PostgreSQL.

    Raises ``StoreError`` where it is locked, read-only, damaged, away or of another version. A Redis that is set up to
    lose what it is given is opened all the same, with a warning for each cause.
    """
    if url == "memory:":
        from tasksplit.stores.memory import MemoryStore

        return MemoryStore()
    if url.startswith(("redis:", "rediss:", "unix:")):
        return _redis(url)
    from tasksplit.stores.sql import SqlStore  # only who keeps something in a database loads SQLAlchemy

    return SqlStore(url)


def _redis(url: str) -> Store:
    from tasksplit.stores.redis_store import RedisStore  # only who keeps evidence in Redis loads its client

    store = RedisStore(url)
    for problem in store.problems():
        _log.warning("tasksplit: store: %s", problem)
    return store
