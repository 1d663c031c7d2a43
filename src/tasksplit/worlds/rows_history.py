"""What were the rows before the message, and what was committed?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import MetaData

from tasksplit.worlds.rows_changes import RowName
from tasksplit.worlds.rows_recorded import Effect
from tasksplit.worlds.rows_values import same

Row = dict[str, Any]


@dataclass(slots=True)
class Written:
    """One row changed once: before and after; None where it was not there."""

    order: int
    frame: int
    name: RowName
    before: Row | None
    after: Row | None


@dataclass(slots=True)
class Level:
    """What was changed since a transaction or a savepoint began?"""

    savepoint: str
    written: list[Written] = field(default_factory=list)


class History:
    """Rows as they were first seen, and changes that count once they are committed."""

    def __init__(self) -> None:
        self._first: dict[RowName, Row] = {}
        self._now: dict[RowName, Row] = {}
        self._own: set[RowName] = set()
        """Rows that the side inserted itself: they are no part of what was before."""
        self._levels: dict[int, list[Level]] = {}
        self._committed: list[Written] = []
        self._count = 0

    def seen(self, name: RowName, row: Row) -> None:
        """A row was read: what was not known of it was so before."""
        if name not in self._own:
            first = self._first.setdefault(name, {})
            for column, value in row.items():
                first.setdefault(column, value)
        self._now.setdefault(name, {}).update(row)

    def now(self, name: RowName) -> Row:
        """Return what is known of a row at this moment."""
        return dict(self._now.get(name, {}))

    def wrote(self, connection: int, frame: int, name: RowName, *, before: Row | None, after: Row | None) -> None:
        """A row was changed, uncommitted as yet."""
        self._count += 1
        levels = self._levels.setdefault(connection, [Level("")])
        levels[-1].written.append(Written(self._count, frame, name, before, after))
        if before is None and name not in self._first:
            self._own.add(name)
        if after is None:
            self._now.pop(name, None)
        else:
            self._now[name] = dict(after)

    def step(self, connection: int, what: str, savepoint: str) -> None:
        """A transaction or a savepoint began or ended."""
        levels = self._levels.setdefault(connection, [Level("")])
        if what == "savepoint":
            levels.append(Level(savepoint))
        elif what == "release_savepoint":
            self._release(levels, savepoint)
        elif what == "rollback_savepoint":
            self._undo(self._above(levels, savepoint))
        elif what == "commit":
            self._committed.extend(w for level in levels for w in level.written)
            del self._levels[connection]
        else:
            self._undo([w for level in levels for w in level.written])
            del self._levels[connection]

    def _release(self, levels: list[Level], savepoint: str) -> None:
        released = self._above(levels, savepoint)
        levels[-1].written.extend(released)

    def _above(self, levels: list[Level], savepoint: str) -> list[Written]:
        index = next(
            (i for i, level in enumerate(levels) if i and level.savepoint == savepoint), max(1, len(levels) - 1)
        )
        written = [w for level in levels[index:] for w in level.written]
        del levels[index:]
        return written

    def _undo(self, written: list[Written]) -> None:
        for change in reversed(written):
            if change.before is None:
                self._now.pop(change.name, None)
                self._own.discard(change.name)
            else:
                self._now[change.name] = dict(change.before)

    def before(self) -> dict[str, tuple[Row, ...]]:
        """Return per table the rows as they were."""
        tables: dict[str, list[Row]] = {}
        for (table, _), row in self._first.items():
            tables.setdefault(table, []).append(dict(row))
        return {table: tuple(rows) for table, rows in tables.items()}

    def effects(self, metadata: MetaData) -> tuple[Effect, ...]:
        """Return what was committed, net per frame and row, in the order of the first change."""
        groups: dict[tuple[int, RowName], list[Written]] = {}
        for change in sorted(self._committed, key=lambda w: w.order):
            groups.setdefault((change.frame, change.name), []).append(change)
        found = []
        for (frame, (table, key)), changes in groups.items():
            names = [c.name for c in metadata.tables[table].primary_key.columns]
            net = _net(changes)
            if net is not None:
                found.append((frame, table, net[0], dict(zip(names, key, strict=True)), net[1]))
        return tuple(found)


def _net(changes: Iterable[Written]) -> tuple[str, Row] | None:
    was: Row | None = None
    row: Row | None = None
    begun = False
    for change in changes:
        if not begun:
            was, begun = (None if change.before is None else dict(change.before)), True
        elif was is not None and change.before is not None:
            for column, value in change.before.items():
                was.setdefault(column, value)
        row = None if change.after is None else dict(change.after)
    if row is None:
        return None if was is None else ("delete", {})
    if was is None:
        return "insert", row
    changed = {c: v for c, v in row.items() if c not in was or not same(was[c], v)}
    return ("update", changed) if changed else None
