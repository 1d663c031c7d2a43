"""What must a store of claims be able to do? It keeps a text per message and changes it by compare-and-set.

All meaning is above it, in ``claims_store`` and ``rollout.claims``: no two stores can differ about who may begin.
Whoever writes one runs ``tasksplit.testing.claim_store_contract`` over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol, runtime_checkable

from tasksplit.errors import StoreError, sentence

_LONGEST = 200  # characters of an id that is a key as it is; some databases want a length
_DIGEST = "sha256:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is kept of one message?"""

    body: str
    unfinished: bool
    """Whether something was begun or handed over and has not ended. It is never forgotten."""
    done: int = 0
    """How many claims have ended."""


@runtime_checkable
class ClaimRecords(Protocol):
    """Where do the records of one migration stay?

    Every failure is a ``StoreError``, within a bounded time. Making one touches neither network nor file; it can be
    used in threads, and in a process forked meanwhile. The time is the store's: workers' clocks differ, and a lease
    that is made by one clock and judged by another runs out early, with two holders, or never.
    """

    def read(self, key: str) -> tuple[str | None, datetime]:
        """Return the body of a record, None where there is none, and what time it is for the store."""

    def write(self, key: str, record: Record, *, before: str | None) -> bool:
        """Write a record if the body there is still ``before`` (None: no record); return whether it was."""

    def unfinished(self) -> Iterator[str]:
        """Yield the bodies of unfinished records."""

    def done(self) -> int:
        """Return how many claims of the kept records have ended."""

    def forget(self, after: timedelta, limit: int) -> int:
        """Remove finished records written longer ago than ``after``, ``limit`` at most; return how many."""

    def problems(self) -> tuple[str, ...]:
        """Return why claims are not safe here, in sentences; none where they are."""

    def close(self) -> None:
        """Let go of files and connections; a second time changes nothing."""


def key_of(message: str) -> str:
    """Return under which key a message is kept: its id, or a digest of one that is empty, long or oddly written."""
    if 0 < len(message) <= _LONGEST and message.isascii() and message.isprintable() and not message.startswith(_DIGEST):
        return message
    return _DIGEST + sha256(message.encode("utf-8", "surrogatepass")).hexdigest()


def open_claim_records(url: str, migration: str) -> ClaimRecords:
    """Return where claims are kept behind a URL: ``redis://host/0``, ``memory:``, or one of SQLite or PostgreSQL.

    Raises ``StoreError`` where the URL cannot be used.
    """
    if url == "memory:":
        from tasksplit.stores.claims_memory import MemoryClaimRecords

        return MemoryClaimRecords()
    if url.startswith(("redis:", "rediss:", "unix:")):
        from tasksplit.stores.claims_redis import RedisClaimRecords  # only who keeps claims in Redis loads its client

        return RedisClaimRecords(url, migration)
    from tasksplit.stores.claims_sql import SqlClaimRecords

    return SqlClaimRecords(url, migration)


def in_one_process() -> str:
    """Return what is wrong with claims that no other process sees."""
    return sentence(
        found="claims in the memory of one process",
        expected="a store that every worker asks: else both sides may act",
        do="name a Redis or a database, for example redis://localhost/1",
    )


def crowded(message: str, seconds: float) -> StoreError:
    """Return the error of who never got a turn."""
    return StoreError(
        sentence(
            found=f"the record of the message {message!r} changed by others each time for {seconds:g} s",
            expected="a turn within that time; nothing was changed by this process",
            do="ask again; if it stays so, see who claims without end",
        )
    )
