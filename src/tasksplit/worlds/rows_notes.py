"""What was noted while a message ran, and what does it mean?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import MetaData

from tasksplit.worlds.queries import Shape, Where, value_of
from tasksplit.worlds.rows_changes import Change, RowName
from tasksplit.worlds.rows_history import History
from tasksplit.worlds.rows_recorded import Answer, Conditions, Query, RecordedRows
from tasksplit.worlds.rows_values import Values, hashable


class Select(NamedTuple):
    """A query and what the driver gave."""

    compiled: Any
    parameters: dict[str, Any]
    rows: list[Any]


class Write(NamedTuple):
    """A change on a connection, in a boundary."""

    connection: int
    frame: int
    change: Change


class Step(NamedTuple):
    """A step of a transaction."""

    connection: int
    what: str
    savepoint: str


class Uncovered(NamedTuple):
    """Something that we could not follow."""

    frame: int
    reason: str
    changes: bool = False
    """Whether rows may have changed: what is read from then on does not tell what was before."""


Note = Select | Write | Step | Uncovered


class Notes:
    """What was noted, in order? Only ``add`` and ``known`` are on the message's path."""

    def __init__(self, metadata: MetaData, values: Values, shape: Callable[[Any], Shape]) -> None:
        self.metadata = metadata
        self._values = values
        self._shape = shape
        self._notes: list[Note] = []
        self._held: list[tuple[RowName, dict[str, Any]]] = []
        self._columns: dict[RowName, set[str]] = {}
        self._indexed = 0

    def __len__(self) -> int:
        return len(self._notes) + len(self._held)

    def add(self, note: Note) -> None:
        """Take it down."""
        self._notes.append(note)

    def held(self, name: RowName, row: dict[str, Any]) -> None:
        """Note a row that a session held when the message started."""
        self._held.append((name, row))
        self._columns.setdefault(name, set()).update(row)

    def known(self, name: RowName) -> set[str] | None:
        """Return the columns of a row that were seen so far; None: the row was never seen."""
        while self._indexed < len(self._notes):
            note = self._notes[self._indexed]
            self._indexed += 1
            if isinstance(note, Select):
                self._index(note)
            elif isinstance(note, Write):
                self._index_write(note.change)
        return self._columns.get(name)

    def _index(self, note: Select) -> None:
        shape = self._shape(note.compiled)
        for source in shape.sources:
            keys = [(source.places.get(k.name), k.type) for k in source.table.primary_key.columns]
            places = [(p, t) for p, t in keys if p is not None]
            if len(places) != len(keys):
                continue
            for row in note.rows:
                key = tuple(self._values.read(t, row[p]) for p, t in places)
                self._columns.setdefault((source.table.key, key), set()).update(source.places)

    def _index_write(self, change: Change) -> None:
        if change.op == "insert":
            every = {c.name for c in change.plan.table.columns}
            for name in change.names:
                self._columns.setdefault(name, set()).update(every)
        for name, row in change.before.items():
            self._columns.setdefault(name, set()).update(row)

    def analyse(self) -> RecordedRows:
        """Return what all of it means."""
        return _Analysis(self.metadata, self._values, self._shape).run(self._held, self._notes)


@dataclass(slots=True)
class _Asked:
    queries: dict[Any, Query]
    answers: dict[Any, Answer]


class _Analysis:
    def __init__(self, metadata: MetaData, values: Values, shape: Callable[[Any], Shape]) -> None:
        self._metadata = metadata
        self._values = values
        self._shape = shape
        self._history = History()
        self._asked = _Asked({}, {})
        self._written: set[str] = set()
        self._uncovered: list[tuple[int, str]] = []
        self._selects = 0
        self._blind = False

    def run(self, held: list[tuple[RowName, dict[str, Any]]], notes: list[Note]) -> RecordedRows:
        for name, row in held:
            self._history.seen(name, row)
        for note in notes:
            self._one(note)
        return RecordedRows(
            rows=self._history.before(),
            effects=self._history.effects(self._metadata),
            queries=tuple(self._asked.queries.values()),
            answers=tuple(self._asked.answers.values()),
            uncovered=tuple(dict.fromkeys(self._uncovered)),
            selects=self._selects,
        )

    def _one(self, note: Note) -> None:
        if isinstance(note, Select):
            self._selects += 1
            self._select(note)
        elif isinstance(note, Write):
            self._write(note)
        elif isinstance(note, Step):
            self._history.step(note.connection, note.what, note.savepoint)
        else:
            self._uncovered.append((note.frame, note.reason))
            self._blind = self._blind or note.changes

    def _select(self, note: Select) -> None:
        if self._blind:
            return
        shape = self._shape(note.compiled)
        conditions = conditions_of(shape.compiled, shape.where, note.parameters, self._values)
        for source in shape.sources:
            keys = [k.name for k in source.table.primary_key.columns]
            implied = {}
            if shape.conditional and not shape.where.rest:
                implied = {c: v[0] for c, v in conditions if len(v) == 1}
            if not all(k in source.places or k in implied for k in keys):
                continue
            types = source.table.columns
            for raw in note.rows:
                row = {c: self._values.read(types[c].type, raw[p]) for c, p in source.places.items()}
                row = implied | row
                key = tuple(row[k] for k in keys)
                if None not in key:
                    self._history.seen((source.table.key, key), row)
        self._remember(shape, note, conditions)

    def _remember(self, shape: Shape, note: Select, conditions: Conditions) -> None:
        whole = shape.conditional and self._keyed(shape, conditions)
        complete = not shape.limited(note.parameters, len(note.rows))
        if shape.conditional and whole and not shape.where.rest and shape.table is not None:
            query: Query = (shape.table.key, conditions, complete)
            self._asked.queries.setdefault(_frozen(query), query)
            if complete and shape.columns() is not None:
                return
        if self._written.isdisjoint(shape.tables):
            sql, given = shape.normal(note.parameters)
            given = tuple((name, plain_parameter(value)) for name, value in given)
            types = shape.types
            rows = tuple(
                tuple(self._values.read(types[i], v) if i < len(types) else v for i, v in enumerate(raw))
                for raw in note.rows
            )
            self._asked.answers.setdefault((sql, hashable(given)), (sql, given, shape.tables, rows))

    def _keyed(self, shape: Shape, conditions: Conditions) -> bool:
        """Return whether every row that was found is known by its key."""
        if shape.table is None or len(shape.sources) != 1:
            return False
        single = {c for c, v in conditions if len(v) == 1}
        return all(k.name in shape.sources[0].places or k.name in single for k in shape.table.primary_key.columns)

    def _write(self, note: Write) -> None:
        change = note.change
        self._written.add(change.plan.table.key)
        self._written.update(table for table, _ in change.before)
        for name, row in change.before.items():
            if not self._blind:
                self._history.seen(name, row)
        if not self._blind and change.op != "insert" and change.after is not None and not change.plan.where.rest:
            self._looked(change)
        for name, before, after in self._rows(change):
            self._history.wrote(note.connection, note.frame, name, before=before, after=after)

    def _looked(self, change: Change) -> None:
        """All rows that the change was about to touch were read: that was a complete query."""
        for parameters in change.parameters:
            plan = change.plan
            query: Query = (
                plan.table.key,
                conditions_of(plan.compiled, plan.where, parameters, self._values),
                True,
            )
            self._asked.queries.setdefault(_frozen(query), query)

    def _rows(self, change: Change) -> list[tuple[RowName, dict[str, Any] | None, dict[str, Any] | None]]:
        plan = change.plan
        if change.after is not None:
            names = dict.fromkeys([*change.before, *change.after])
            return [(n, change.before.get(n), change.after.get(n)) for n in names]
        if change.op == "delete":
            return [(n, self._history.now(n), None) for n in change.names]
        found: list[tuple[RowName, dict[str, Any] | None, dict[str, Any] | None]] = []
        for name, parameters in zip(change.names, change.parameters, strict=True):
            given = plan.assigned(parameters)
            new = {c: self._values.given(plan.table.columns[c].type, v) for c, v in given.items()}
            keys = {k.name: v for k, v in zip(plan.keys, name[1], strict=True)}
            if change.op == "insert":
                found.append((name, None, dict.fromkeys(plan.table.columns.keys()) | new | keys))
            else:
                now = self._history.now(name)
                found.append((name, now, now | new))
        return found


def conditions_of(compiled: Any, where: Where, parameters: dict[str, Any], values: Values) -> Conditions:
    """Return the understood conditions with their values; columns by name, each once."""
    found: dict[str, dict[Any, Any]] = {}
    for column, bounds in where.understood:
        wanted: list[Any] = []
        for bound in bounds:
            if bound is None:
                wanted.append(None)
                continue
            value = value_of(compiled, bound, parameters)
            several = list(value) if bound.expanding else [value]
            wanted += [values.given(column.type, v) for v in several if v is not None]  # = NULL is never true
        named = {hashable(v): v for v in wanted}
        if column.name in found:
            named = {h: v for h, v in named.items() if h in found[column.name]}
        found[column.name] = named
    return tuple((name, tuple(found[name].values())) for name in sorted(found))


def plain_parameter(value: Any) -> Any:
    """Return a parameter as it is compared: an Enum by its name, a list as a tuple."""
    if hasattr(value, "name") and hasattr(value, "value"):
        return value.name
    if isinstance(value, list | tuple):
        return tuple(plain_parameter(v) for v in value)
    return value


def _frozen(query: Query) -> Any:
    table, conditions, complete = query
    return table, tuple((c, tuple(hashable(v) for v in vs)) for c, vs in conditions), complete
