"""Does the recording know every row that meets these conditions?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from sqlalchemy import Index, MetaData, Table, UniqueConstraint

from tasksplit.worlds.rows_recorded import Conditions, RecordedRows
from tasksplit.worlds.rows_values import hashable, same

MOST_POINTS = 2000
"""Combinations of values, each of which has to be covered: more are a miss, not a wait."""

Point = Mapping[str, Any]
"""Column -> the one value that it must have."""
Found = Callable[[Table, Point], bool]
"""Is there such a row in the scratch tables now?"""


class Coverage:
    """Which rows does one recording know, and of which does it know that they are not there?"""

    def __init__(self, metadata: MetaData, recorded: RecordedRows, *, own_ids_from: int) -> None:
        self._metadata = metadata
        self._own_ids_from = own_ids_from
        self._complete: dict[str, list[dict[str, set[Any]]]] = {}
        for table, conditions, complete in recorded.queries:
            if complete:
                asked = {c: {hashable(v) for v in values} for c, values in conditions}
                self._complete.setdefault(table, []).append(asked)
        self._rows = recorded.rows
        self._unique = {t.key: list(_unique(t)) for t in metadata.tables.values()}
        self._named = {
            (key, columns, tuple(hashable(row[c]) for c in columns))
            for key, rows in recorded.rows.items()
            for columns in self._unique.get(key, ())
            for row in rows
            if all(row.get(c) is not None for c in columns)
        }
        self.unknown: dict[str, list[tuple[dict[str, Any], frozenset[str]]]] = {}
        """Per table the rows of which some columns were not loaded, and which."""
        for key, rows in recorded.rows.items():
            columns = frozenset(c.name for c in metadata.tables[key].columns)
            partly = [(row, columns - row.keys()) for row in rows if columns - row.keys()]
            if partly:
                self.unknown[key] = partly

    def covers(self, table: Table, conditions: Conditions, found: Found) -> bool:
        """Return whether all rows that meet the conditions are known, those that are not there included."""
        whole = {c: {hashable(v) for v in values} for c, values in conditions}
        if any(_within(asked, whole) for asked in self._complete.get(table.key, ())):
            return True
        if not conditions or prod(len(values) for _, values in conditions) > MOST_POINTS:
            return False
        return all(self._point(table, point, found) for point in _points(conditions))

    def _point(self, table: Table, point: Point, found: Found) -> bool:
        asked = {c: {hashable(v)} for c, v in point.items()}
        if any(_within(recorded, asked) for recorded in self._complete.get(table.key, ())):
            return True
        for columns in self._unique[table.key]:
            if any(point.get(c) is None for c in columns):
                continue
            name = {c: point[c] for c in columns}
            if (table.key, columns, tuple(hashable(v) for v in name.values())) in self._named or found(table, name):
                return True
        return any(self._own(table, column, value, found) for column, value in point.items())

    def _own(self, table: Table, column: str, value: Any, found: Found) -> bool:
        """Return whether only a row that this side wrote can have the value: the id of a row that it made."""
        if type(value) is not int or value < self._own_ids_from:
            return False
        targets = [k.column.table for k in table.columns[column].foreign_keys] or self._metadata.tables.values()
        for target in targets:
            keys = list(target.primary_key.columns)
            if len(keys) != 1 or (target.key, (keys[0].name,), (value,)) in self._named:
                continue
            if found(target, {keys[0].name: value}):
                return True
        return False

    def unsure(self, table: Table, conditions: Conditions, columns: set[str], *, written: bool) -> str | None:
        """Return a column of which it matters that it was not loaded, if there is one.

        In a table that the side has written, only the key still tells which rows meet the conditions.
        """
        asked = dict(conditions)
        if written:
            asked = {c: v for c, v in asked.items() if c in self._unique[table.key][0]}
        for row, unknown in self.unknown.get(table.key, ()):
            wanted = unknown & columns
            if not wanted or any(c in row and not _among(row[c], values) for c, values in asked.items()):
                continue
            if written or not self._elsewhere(table, asked, unknown):
                return min(wanted)
        return None

    def _elsewhere(self, table: Table, asked: Mapping[str, tuple[Any, ...]], unknown: frozenset[str]) -> bool:
        """Return whether a recorded query would have told the column, had the row met the conditions."""
        whole = {c: {hashable(v) for v in values} for c, values in asked.items()}
        for recorded in self._complete.get(table.key, ()):
            if _within(recorded, whole) and any(
                c in unknown and len(values) == 1 and None not in asked[c] for c, values in recorded.items()
            ):
                return True
        return False

    def learn(self, table: Table, key: Point, columns: Iterable[str]) -> None:
        """A row's columns were written: they are known from now on."""
        rows = self.unknown.get(table.key)
        if rows is None:
            return
        written = frozenset(columns)
        self.unknown[table.key] = [
            (row, unknown - written if all(same(row.get(c), v) for c, v in key.items()) else unknown)
            for row, unknown in rows
        ]


def _within(recorded: Mapping[str, set[Any]], asked: Mapping[str, set[Any]]) -> bool:
    return all(c in asked and asked[c] <= values for c, values in recorded.items())


def _among(value: Any, values: tuple[Any, ...]) -> bool:
    return any(same(value, v) for v in values)


def _points(conditions: Conditions) -> Iterator[Point]:
    names = [c for c, _ in conditions]
    for combination in product(*(values for _, values in conditions)):
        yield dict(zip(names, combination, strict=True))


def _unique(table: Table) -> Iterator[tuple[str, ...]]:
    """Yield the columns of the primary key and of every unique constraint or index."""
    yield tuple(c.name for c in table.primary_key.columns)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield tuple(c.name for c in constraint.columns)
    for index in table.indexes:
        partial = any(d.get("where") is not None for d in map(dict, index.dialect_options.values()))
        if isinstance(index, Index) and index.unique and not partial and len(index.columns) == len(index.expressions):
            yield tuple(c.name for c in index.columns)
