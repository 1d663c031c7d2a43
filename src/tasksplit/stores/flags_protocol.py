"""Where do flags stay? Read as one, changed by compare-and-set, all or nothing, and every change is kept.

Whoever writes such a store runs ``tasksplit.testing.flag_store_contract`` over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tasksplit.errors import FlagConflict, StoreError, sentence
from tasksplit.model.rollout import Change, Flags


@runtime_checkable
class FlagStore(Protocol):
    """Where do the flags of one migration stay?

    Every failure is a ``StoreError`` after which nothing is half done. Making one touches neither network nor file, so
    that a worker starts while its store is away; it can be used in threads, and in a process forked meanwhile.
    """

    def read(self) -> Flags:
        """Return all flags of one moment; none, of revision 0, where nobody ever set any."""

    def apply(self, changes: Sequence[Change], expected: int) -> None:
        """Apply the changes of one plan if the revision is still ``expected``, the one it was made for.

        Raises ``FlagConflict`` where somebody changed any flag meanwhile: also one that this plan leaves alone,
        since it may have counted on it.
        """

    def history(self, handler: str | None = None, limit: int = 20) -> tuple[Change, ...]:
        """Return the latest changes, newest first: of one handler, or of all."""

    def problems(self) -> tuple[str, ...]:
        """Return why flags and claims are not safe with this store, in sentences; none where they are."""

    def close(self) -> None:
        """Let go of files and connections; a second time changes nothing."""


def open_flag_store(url: str, migration: str) -> FlagStore:
    """Return the flags of a migration behind a URL: ``redis://host/0``, ``memory:``, or a database URL of SQLAlchemy.

    Raises ``StoreError`` where the URL cannot be used.
    """
    if url == "memory:":
        from tasksplit.stores.flags_memory import MemoryFlagStore

        return MemoryFlagStore()
    if url.startswith(("redis:", "rediss:", "unix:")):
        from tasksplit.stores.flags_redis import RedisFlagStore  # only who keeps flags in Redis loads its client

        return RedisFlagStore(url, migration)
    from tasksplit.stores.flags_sql import SqlFlagStore

    return SqlFlagStore(url, migration)


def check(changes: Sequence[Change], expected: int) -> None:
    """Raise ``StoreError`` where the changes are not those of one plan for the flags of that revision."""
    if {change.revision for change in changes} != {expected + 1} or len({c.handler for c in changes}) < len(changes):
        raise StoreError(
            sentence(
                found=f"{len(changes)} changes to the revisions {sorted({change.revision for change in changes})}",
                expected=f"those of one plan, each of another handler and to revision {expected + 1}",
                do="apply a plan as it was made, with the revision of the flags that it was made for",
            )
        )


def conflict(expected: int, found: int, latest: Sequence[Change]) -> FlagConflict:
    """Return the error that says who came between."""
    last = latest[0] if latest else None
    by = f"changed by {last.who} at {last.when:%Y-%m-%d %H:%M:%S %Z}" if last else "without a history"
    return FlagConflict(
        f"flags of revision {found} instead of {expected}, {by}",
        who=last.who if last else "",
        when=last.when if last else None,
    )
