"""Which rows does one INSERT, UPDATE or DELETE change, and what were they before?

Most statements of a flush say it themselves: the key and plain values. For the rest the affected rows are read on the
same connection, before and after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, MetaData, Table, and_, select
from sqlalchemy.sql import visitors
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.elements import BindParameter

from tasksplit.worlds.queries import Where, core_statement, value_of, where_of
from tasksplit.worlds.rows_values import Values, is_simple

OWN = "tasksplit_own"  #: execution option of the statements that tasksplit itself runs

RowName = tuple[str, tuple[Any, ...]]
"""Table and key."""
Rows = dict[RowName, dict[str, Any]]


class UncoverableError(Exception):
    """A statement whose effect we cannot tell: its frame does not count."""


@dataclass(slots=True)
class Plan:
    """What does a compiled statement say of the rows that it changes, whatever its parameters?"""

    compiled: Any
    statement: Any
    table: Table
    keys: list[Any]
    where: Where
    fast: bool
    """Whether key and new values stand in the parameters."""
    children: list[tuple[Any, Any]] = field(default_factory=list)
    """Foreign key column and the column it points to, where the database changes rows on its own."""

    def key_of(self, parameters: Mapping[str, Any], values: Values) -> tuple[Any, ...]:
        """Return the key that the conditions name."""
        by_column = {
            c.name: value_of(self.compiled, b, parameters) for c, (b,) in self.where.understood if b is not None
        }
        return tuple(values.given(k.type, by_column[k.name]) for k in self.keys)

    def assigned(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return column name -> value for what is given as a parameter of the column's name."""
        return {c.name: parameters[c.key] for c in self.table.columns if c.key in parameters}


@dataclass(slots=True)
class Change:
    """What was changed, or what will tell?"""

    plan: Plan
    op: str
    parameters: list[dict[str, Any]]
    names: list[RowName] = field(default_factory=list)
    before: Rows = field(default_factory=dict)
    after: Rows | None = None
    """None: the parameters say it."""


def plan_of(compiled: Any, metadata: MetaData) -> Plan:
    """Return the plan of an INSERT, UPDATE or DELETE; raise UncoverableError where there is none."""
    statement = core_statement(compiled)
    if not isinstance(statement, Insert | Update | Delete) or not isinstance(statement.table, Table):
        raise UncoverableError("a change that is no INSERT, UPDATE or DELETE of one table")
    table = metadata.tables.get(statement.table.key)
    if table is None or not table.primary_key.columns:
        raise UncoverableError(f"a change of {statement.table.key}, which has no primary key or is not declared")
    if getattr(statement, "_independent_ctes", ()) or getattr(compiled, "ctes", None):
        raise UncoverableError(f"a change of {table.key} with a common table expression")
    keys = list(table.primary_key.columns)
    where = where_of(getattr(statement, "_where_criteria", ()))
    if isinstance(statement, Insert):
        return Plan(compiled, statement, table, keys, where, _plain_insert(compiled, statement, table))
    by_key = not where.rest and sorted(c.name for c, _ in where.understood) == sorted(k.name for k in keys)
    by_key = by_key and all(b is not None and not b.expanding for _, (b,) in where.understood)
    if isinstance(statement, Delete):
        children = _children(table, metadata)
        return Plan(compiled, statement, table, keys, where, by_key and not children, children)
    fast = by_key and not compiled.postfetch and not compiled.effective_returning and _all_bound(statement)
    return Plan(compiled, statement, table, keys, where, fast)


def _plain_insert(compiled: Any, statement: Insert, table: Table) -> bool:
    if statement.select is not None or statement._multi_values or statement._post_values_clause is not None:
        raise UncoverableError(
            f"an INSERT into {table.key} from a SELECT, of several VALUES, or with a conflict clause"
        )
    return not compiled.postfetch and _all_bound(statement)


def _all_bound(statement: Any) -> bool:
    values = statement._values or {}
    return all(isinstance(v, BindParameter) or not hasattr(v, "__visit_name__") for v in values.values())


def _children(table: Table, metadata: MetaData) -> list[tuple[Any, Any]]:
    return [
        (key.parent, key.column)
        for other in metadata.tables.values()
        for key in other.foreign_keys
        if key.ondelete is not None and key.ondelete.upper() in ("CASCADE", "SET NULL", "SET DEFAULT")
        if key.column.table is table
    ]


class Looker:
    """What do the rows that a statement changes look like now, on its own connection?"""

    def __init__(self, metadata: MetaData, values: Values) -> None:
        self.metadata = metadata
        self.values = values

    def affected(self, connection: Connection, plan: Plan, sets: Sequence[Mapping[str, Any]]) -> Rows:
        """Return the rows that an UPDATE or DELETE is about to change, and those that the database will."""
        rows: Rows = {}
        for parameters in sets:
            rows.update(self.read(connection, plan.table, [_filled(plan, c, parameters) for c in _criteria(plan)]))
        for child, parent in plan.children:
            self._add_children(connection, rows, child, parent)
        return rows

    def named(self, connection: Connection, names: Sequence[RowName]) -> Rows:
        """Return the rows of these names that are there."""
        rows: Rows = {}
        for table_name, key in names:
            table = self.metadata.tables[table_name]
            columns = list(table.primary_key.columns)
            rows.update(self.read(connection, table, [c == v for c, v in zip(columns, key, strict=True)]))
        return rows

    def alike(self, connection: Connection, plan: Plan, sets: Sequence[Mapping[str, Any]]) -> Rows:
        """Return the rows that hold these values."""
        rows: Rows = {}
        for parameters in sets:
            assigned = {n: v for n, v in plan.assigned(parameters).items() if not frozen_type(plan.table.columns[n])}
            criteria = [plan.table.columns[n].is_not_distinct_from(v) for n, v in assigned.items()]
            rows.update(self.read(connection, plan.table, criteria))
        return rows

    def read(self, connection: Connection, table: Table, criteria: Sequence[Any]) -> Rows:
        """Return the rows of one table that meet the criteria."""
        columns = list(table.columns)
        wanted = select(*(c.label(f"c{i}") for i, c in enumerate(columns))).where(and_(True, *criteria))
        result = connection.execute(wanted, execution_options={OWN: True})
        rows: Rows = {}
        for raw in raw_rows(result):
            row = {c.name: self.values.read(c.type, v) for c, v in zip(columns, raw, strict=True)}
            rows[table.key, tuple(row[c.name] for c in table.primary_key.columns)] = row
        return rows

    def _add_children(self, connection: Connection, rows: Rows, child: Any, parent: Any) -> None:
        wanted = [row[parent.name] for (table, _), row in list(rows.items()) if table == parent.table.key]
        found = self.read(connection, child.table, [child.in_(wanted)]) if wanted else {}
        new = {name: row for name, row in found.items() if name not in rows}
        if not new:
            return
        rows.update(new)
        for grandchild, middle in _children(child.table, self.metadata):
            self._add_children(connection, rows, grandchild, middle)


def raw_rows(result: Any) -> list[Any]:
    """Return what the driver gave, before any processing."""
    return [tuple(r) for r in result.cursor.fetchall()] if result.cursor is not None else []


def frozen_type(column: Any) -> bool:
    """Return whether a column's values cannot be compared in a condition."""
    return getattr(column.type, "hashable", True) is False or column.type.__class__.__name__ in ("JSON", "JSONB")


def simple(plan: Plan, parameters: Mapping[str, Any], values: Values) -> bool:
    """Return whether every value that is given comes back as it is."""
    types = plan.table.columns
    return all(is_simple(types[name].type, v, values.dialect) for name, v in plan.assigned(parameters).items())


def defaults_known(plan: Plan, parameters: Mapping[str, Any]) -> bool:
    """Return whether every column that an INSERT leaves out is NULL."""
    return all(
        c.key in parameters
        or c.primary_key
        or not (c.server_default is not None or c.default is not None or c.computed)
        for c in plan.table.columns
    )


def _criteria(plan: Plan) -> Sequence[Any]:
    return tuple(getattr(plan.statement, "_where_criteria", ()))


def _filled(plan: Plan, clause: Any, parameters: Mapping[str, Any]) -> Any:
    def fill(element: Any, **_options: Any) -> Any:
        if isinstance(element, BindParameter):
            bound: Any = element
            return bound._with_value(value_of(plan.compiled, element, parameters), required=False)
        return None

    return visitors.replacement_traverse(clause, {}, fill)
