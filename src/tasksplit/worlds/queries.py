"""Which tables, columns and conditions does a compiled SELECT speak of, and how is it written the same everywhere?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import MetaData, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.compiler import _CompileLabel
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ColumnClause,
    Grouping,
    Label,
    Null,
    TextClause,
    True_,
)
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Alias, GenerativeSelect, Select, SelectBase
from sqlalchemy.types import TypeEngine

_NORMAL = sqlite.dialect(paramstyle="named")

Bound = BindParameter[Any]


@dataclass(slots=True)
class Where:
    """Which rows of one table are asked for?"""

    understood: list[tuple[Any, list[Bound | None]]] = field(default_factory=list)
    """Column and what it may equal; None stands for NULL."""
    rest: list[Any] = field(default_factory=list)
    """Conditions that only the database can decide."""

    @property
    def local(self) -> bool:
        """Return whether the rest asks nothing but the row itself."""
        alien = (SelectBase, FunctionElement, TextClause)
        return not any(isinstance(e, alien) for c in self.rest for e in visitors.iterate(c))

    def columns(self) -> set[str]:
        """Return the names of the columns that the conditions name."""
        return {c.name for c, _ in self.understood} | {c.name for r in self.rest for c in columns_in(r)}


@dataclass(slots=True)
class Source:
    """At which places of a result row does one table's row stand?"""

    table: Table
    places: dict[str, int]


class Shape:
    """What does a compiled SELECT ask, whatever its parameters?"""

    def __init__(self, compiled: Any, metadata: MetaData) -> None:
        self.compiled = compiled
        self.statement = core_statement(compiled)
        self.types: list[TypeEngine[Any]] = [c.type for c in getattr(compiled, "_result_columns", ())]
        self.sources = _sources(compiled, metadata)
        self.opaque = not isinstance(self.statement, SelectBase)
        self.tables = tuple(sorted(metadata.tables if self.opaque else _tables_in(self.statement, metadata)))
        self.table = None if self.opaque else _single(self.statement, metadata)
        criteria = getattr(self.statement, "_where_criteria", ())
        self.where = where_of(criteria) if self.table is not None else Where()
        self._normal: tuple[str, list[tuple[str, Any]]] | None = None

    @property
    def conditional(self) -> bool:
        """Return whether this asks for rows of one table by conditions on those rows."""
        return self.table is not None and self.where.local

    def columns(self) -> set[str] | None:
        """Return the names of the columns asked for when all are the one table's own, else None."""
        if self.table is None or len(self.sources) != 1 or len(self.sources[0].places) != len(self.types):
            return None
        return set(self.sources[0].places)

    def limited(self, parameters: Mapping[str, Any], rows: int) -> bool:
        """Return whether a limit may have held rows back."""
        statement = self.statement
        if not isinstance(statement, GenerativeSelect) or statement._fetch_clause is not None:
            return True
        if statement._offset_clause is not None and _number(self, statement._offset_clause, parameters) != 0:
            return True
        if statement._limit_clause is None:
            return False
        limit = _number(self, statement._limit_clause, parameters)
        return limit is None or rows >= limit

    def normal(self, parameters: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, Any], ...]]:
        """Return the statement and its parameters, written the same for every dialect."""
        if self._normal is None:
            self._normal = self._written()
        sql, names = self._normal
        if not names:
            return sql, tuple(sorted(parameters.items()))
        return sql, tuple((name, value_of(self.compiled, bound, parameters)) for name, bound in names)

    def _written(self) -> tuple[str, list[tuple[str, Any]]]:
        if isinstance(self.statement, TextClause):
            return " ".join(self.statement.text.split()), []
        if self.opaque:
            return " ".join(self.compiled.string.split()), []
        try:
            normal: Any = self.statement.compile(dialect=_NORMAL)
        except (SQLAlchemyError, NotImplementedError):  # another dialect's own syntax
            return " ".join(self.compiled.string.split()), []
        names = [(name, bound) for bound, name in normal.bind_names.items() if bound in self.compiled.bind_names]
        return " ".join(normal.string.split()), sorted(names, key=lambda pair: pair[0])


def core_statement(compiled: Any) -> Any:
    """Return the Core statement that was compiled: of an ORM statement, what the ORM made of it."""
    state = getattr(compiled, "compile_state", None)
    inner = getattr(state, "statement", None)
    if isinstance(compiled.statement, SelectBase) and isinstance(inner, SelectBase):
        return inner
    return inner if inner is not None and hasattr(inner, "_where_criteria") else compiled.statement


def value_of(compiled: Any, bound: Bound, parameters: Mapping[str, Any]) -> Any:
    """Return the value of one parameter; of an expanded IN, the list of its values."""
    name = compiled.bind_names.get(bound, bound.key)
    if name in parameters:
        return parameters[name]
    if not bound.expanding:
        return bound.effective_value
    values: list[Any] = []
    while (item := f"{name}_{len(values) + 1}") in parameters:
        values.append(parameters[item])
    return values


def where_of(criteria: Iterable[Any]) -> Where:
    """Return what the conditions, all of which must hold, say."""
    where = Where()
    for clause in _flat(criteria):
        understood = _equality(clause)
        if understood is not None:
            where.understood.append(understood)
        elif not isinstance(clause, True_):
            where.rest.append(clause)
    return where


def _flat(criteria: Iterable[Any]) -> Iterator[Any]:
    for given in criteria:
        clause = given
        while isinstance(clause, Grouping):
            clause = clause.element
        if isinstance(clause, BooleanClauseList) and clause.operator is operators.and_:
            yield from _flat(clause.clauses)
        else:
            yield clause


def _equality(clause: Any) -> tuple[Any, list[Bound | None]] | None:
    if not isinstance(clause, BinaryExpression):
        return None
    left, right = clause.left, clause.right
    if clause.operator is operators.eq and isinstance(left, BindParameter):
        left, right = right, left
    if not isinstance(left, ColumnClause) or left.table is None:
        return None
    if clause.operator in (operators.eq, operators.in_op) and isinstance(right, BindParameter):
        return left, [right]
    if clause.operator is operators.is_ and isinstance(right, Null):
        return left, [None]
    return None


def _single(statement: Any, metadata: MetaData) -> Table | None:
    if not isinstance(statement, Select) or statement._group_by_clauses or statement._having_criteria:
        return None
    froms = statement.get_final_froms()
    return _table(froms[0], metadata) if len(froms) == 1 else None


def _table(selectable: Any, metadata: MetaData) -> Table | None:
    while isinstance(selectable, Alias):
        selectable = selectable.element
    return metadata.tables.get(selectable.key) if isinstance(selectable, Table) else None


def columns_in(clause: Any) -> Iterator[Any]:
    """Return the columns that a clause names."""
    return (e for e in visitors.iterate(clause) if isinstance(e, ColumnClause) and e.table is not None)


def _tables_in(statement: Any, metadata: MetaData) -> set[str]:
    found = set()
    for element in visitors.iterate(statement):
        owner = element.table if isinstance(element, ColumnClause) else element
        table = _table(owner, metadata)
        if table is not None:
            found.add(table.key)
    return found | {t.key for f in _froms(statement) for t in [_table(f, metadata)] if t is not None}


def _froms(statement: Any) -> Iterator[Any]:
    for element in visitors.iterate(statement):
        if isinstance(element, Select):
            for selectable in element.get_final_froms():
                yield from visitors.iterate(selectable)


def _sources(compiled: Any, metadata: MetaData) -> list[Source]:
    found: dict[Any, Source] = {}
    for place, entry in enumerate(getattr(compiled, "_result_columns", ())):
        column = next((c for c in map(_bare, entry.objects) if isinstance(c, ColumnClause)), None)
        table = None if column is None else _table(column.table, metadata)
        if column is None or table is None or column.name not in table.columns:
            continue
        owner: Any = column.table
        name = owner.key if isinstance(owner, Table) else owner.name
        found.setdefault(name, Source(table, {})).places.setdefault(column.name, place)
    return list(found.values())


def _bare(item: Any) -> Any:
    while isinstance(item, Label | _CompileLabel):
        item = item.element
    return item


def _number(shape: Shape, clause: Any, parameters: Mapping[str, Any]) -> int | None:
    value = value_of(shape.compiled, clause, parameters) if isinstance(clause, BindParameter) else None
    return value if isinstance(value, int) else None
