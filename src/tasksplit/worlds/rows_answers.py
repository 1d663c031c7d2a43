"""Can the recording answer this query?

The scratch tables hold the rows as they were; the replayed side's own writes stand in them too. A query runs there
when the recording covers it, gets the recorded answer when it is the same statement, and is a miss otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, MetaData, Table, and_, event, insert, literal, null, select, type_coerce
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import SelectBase
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import NullType, TypeEngine

from tasksplit.worlds.queries import Shape, Where, columns_in, core_statement, where_of
from tasksplit.worlds.rows_changes import OWN, UncoverableError, plan_of
from tasksplit.worlds.rows_coverage import Coverage, Point
from tasksplit.worlds.rows_notes import conditions_of, plain_parameter
from tasksplit.worlds.rows_recorded import Answer, Conditions, RecordedRows
from tasksplit.worlds.rows_values import STORED, Values, hashable
from tasksplit.worlds.sink import Sink

_QUIET = re.compile(
    r"\s*(begin|commit|rollback|savepoint|release|set|show|pragma|explain|create|drop)\b", re.IGNORECASE
)
_PURE = frozenset({"count", "max", "min", "sum", "avg", "coalesce", "lower", "upper"})
_ANSWER = "_tasksplit_answer"


class RowAnswers:
    """Which SELECTs of a replay can be answered? Each is checked before it reaches the scratch database."""

    def __init__(self, engine: Engine, metadata: MetaData, sink: Sink, *, own_ids_from: int = 10**9) -> None:
        self.engine = engine
        self.metadata = metadata
        self.sink = sink
        self._own_ids_from = own_ids_from
        self._listeners: list[tuple[Any, str, Callable[..., Any], bool]] = []
        self._shapes: WeakKeyDictionary[Any, Shape] = WeakKeyDictionary()
        self._forget(RecordedRows())

    def _forget(self, recorded: RecordedRows) -> None:
        self._values = Values(self.engine.dialect)
        self._recorded = recorded
        self._coverage = Coverage(self.metadata, recorded, own_ids_from=self._own_ids_from)
        self._answers: dict[Any, Answer] = {(a[0], hashable(a[1])): a for a in recorded.answers}
        self._written: set[str] = set()
        self._learned = False

    def fill(self, connection: Connection, recorded: RecordedRows) -> None:
        """Put the rows as they were into the empty scratch tables, and answer from this recording from now on."""
        self._forget(recorded)
        for table in self.metadata.sorted_tables:
            for row in recorded.rows.get(table.key, ()):
                given = {c.key: self._given(c.type, row[c.name]) for c in table.columns if c.name in row}
                missing = {c.key: null() for c in table.columns if c.name not in row}
                connection.execute(insert(table).values(given | missing), execution_options={OWN: True})

    def install(self) -> None:
        """Begin to check."""
        if self._listeners:
            return
        self._listeners = [
            (self.engine, "before_cursor_execute", self._before, True),
            (self.engine, "after_cursor_execute", self._after, False),
            (self.engine, "rollback", self._rolled_back, False),
            (self.engine, "rollback_savepoint", self._rolled_back, False),
            (Mapper, "load", self._loaded, False),
            (Mapper, "refresh", self._refreshed, False),
        ]
        for target, name, listener, replaces in self._listeners:
            event.listen(target, name, listener, **({"retval": True} if replaces else {}))

    def uninstall(self) -> None:
        """Stop checking; nothing of ours stays."""
        for target, name, listener, _ in self._listeners:
            event.remove(target, name, listener)
        self._listeners = []

    @staticmethod
    def _given(type_: TypeEngine[Any], value: Any) -> Any:
        if value is None:
            return null()
        if type(value) is dict and STORED in value:
            return type_coerce(literal(value[STORED], NullType()), NullType())
        if getattr(type_, "native_enum", None) is not None:
            return type_coerce(literal(value, NullType()), NullType())
        return value

    # -- statements

    def _before(
        self, connection: Connection, _cursor: Any, sql: str, given: Any, context: Any, _many: bool
    ) -> tuple[str, Any]:
        if context is None or context.execution_options.get(OWN):
            return sql, given
        compiled = context.compiled
        if compiled is None or not hasattr(compiled, "compile_state"):
            self._unread(sql)
            return sql, given
        statement = core_statement(compiled)
        if isinstance(statement, Insert | Update | Delete):
            self._change(connection, context, statement)
            return sql, given
        if not isinstance(statement, SelectBase) and _QUIET.match(sql):
            return sql, given
        answer = self._answer(connection, context)
        if answer is None:
            return sql, given
        setattr(context, _ANSWER, answer)
        width = max(1, len(getattr(compiled, "_result_columns", ())), len(answer[3][0]) if answer[3] else 0)
        return "SELECT " + ", ".join("NULL" for _ in range(width)), ()

    def _unread(self, sql: str) -> None:
        if not _QUIET.match(sql):
            self.sink.miss(f"rows: {_short(sql)}")

    def _after(self, _connection: Connection, cursor: Any, _sql: str, _given: Any, context: Any, _many: bool) -> None:
        answer = getattr(context, _ANSWER, None)
        if answer is None:
            return
        delattr(context, _ANSWER)
        types = [c.type for c in getattr(context.compiled, "_result_columns", ())]
        rows = [
            tuple(self._values.stored(types[i], v) if i < len(types) else v for i, v in enumerate(r)) for r in answer[3]
        ]
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
            cursor, alternate_description=cursor.description, initial_buffer=rows
        )

    def _answer(self, connection: Connection, context: Any) -> Answer | None:
        """Return the recorded answer, or None when the scratch tables can tell; else it is a miss."""
        shape = self._shape(context.compiled)
        parameters = context.compiled_parameters[0]
        if not shape.tables and not shape.opaque:
            return None
        reason = ""
        if shape.conditional and shape.table is not None and _functions(shape) <= _PURE:
            conditions = conditions_of(shape.compiled, shape.where, parameters, self._values)
            if self._covers(connection, shape.table, conditions):
                column = self._unsure(shape.table, conditions, self._columns(shape, context))
                if column is None:
                    return None
                reason = f" (column {column} was not loaded)"
        sql, given = shape.normal(parameters)
        given = tuple((name, plain_parameter(value)) for name, value in given)
        answer = self._answers.get((sql, hashable(given)))
        if answer is not None and self._written.isdisjoint(answer[2]):
            return answer
        return self.sink.miss(f"rows: {_short(str(context.statement))}{reason}")

    def _covers(self, connection: Connection, table: Table, conditions: Conditions) -> bool:
        def found(target: Table, point: Point) -> bool:
            return self._found(connection, target, point)

        return self._coverage.covers(table, conditions, found)

    def _unsure(self, table: Table, conditions: Conditions, columns: set[str]) -> str | None:
        return self._coverage.unsure(table, conditions, columns, written=table.key in self._written)

    def _found(self, connection: Connection, table: Table, point: Point) -> bool:
        criteria = [table.columns[c] == _literal(table.columns[c].type, v) for c, v in point.items()]
        wanted = select(literal(1)).select_from(table).where(and_(True, *criteria)).limit(1)
        return connection.execute(wanted, execution_options={OWN: True}).first() is not None

    def _columns(self, shape: Shape, context: Any) -> set[str]:
        """Return the columns that have to be known. What an object only carries is asked for when it is used."""
        statement: Any = shape.statement
        names = shape.where.columns() | {c.name for o in statement._order_by_clauses for c in columns_in(o)}
        options = context.execution_options.get("_sa_orm_load_options")
        refreshed = getattr(options, "_refresh_state", None) is not None
        if refreshed or not _entities(shape.compiled):
            names |= {c.name for e in statement.selected_columns for c in columns_in(e)}
        return names

    def _shape(self, compiled: Any) -> Shape:
        shape = self._shapes.get(compiled)
        if shape is None:
            shape = self._shapes[compiled] = Shape(compiled, self.metadata)
        return shape

    # -- the side's own writes

    def _change(self, connection: Connection, context: Any, statement: Any) -> None:
        if not isinstance(statement.table, Table):
            self._unread(str(context.statement))
            return
        self._written.add(statement.table.key)
        if isinstance(statement, Insert):
            if statement.select is not None:
                self.sink.miss(f"rows: {_short(str(context.statement))}")
            return
        table = self.metadata.tables.get(statement.table.key)
        if table is None:
            return
        where = where_of(statement._where_criteria)
        for parameters in context.compiled_parameters:
            self._changed_rows(connection, context, table, where, parameters)
        self._learn(context, table)

    def _changed_rows(
        self, connection: Connection, context: Any, table: Table, where: Where, parameters: dict[str, Any]
    ) -> None:
        conditions = conditions_of(context.compiled, where, parameters, self._values)
        if where.local and self._covers(connection, table, conditions):
            names = where.columns() | _read_by(core_statement(context.compiled))
            if self._unsure(table, conditions, names) is None:
                return
        self.sink.miss(f"rows: {_short(str(context.statement))}")

    def _learn(self, context: Any, table: Table) -> None:
        if not context.isupdate or table.key not in self._coverage.unknown:
            return
        try:
            plan = plan_of(context.compiled, self.metadata)
        except UncoverableError:
            return
        if plan.fast:
            for parameters in context.compiled_parameters:
                key = dict(zip((k.name for k in plan.keys), plan.key_of(parameters, self._values), strict=True))
                self._coverage.learn(table, key, plan.assigned(parameters))
                self._learned = True

    def _rolled_back(self, *_args: Any) -> None:
        """What was learnt from a write may be undone: what was not loaded is unknown again."""
        if self._learned:
            self._coverage = Coverage(self.metadata, self._recorded, own_ids_from=self._own_ids_from)
            self._learned = False

    # -- objects with columns that were not loaded

    def _loaded(self, target: Any, _context: Any) -> None:
        state: Any = instance_state(target)
        names = self._unknown_of(state.mapper, state.dict)
        if names:
            state._expire_attributes(state.dict, names)

    def _refreshed(self, target: Any, context: Any, names: Any) -> None:
        if names is None:
            self._loaded(target, context)

    def _unknown_of(self, mapper: Any, loaded: Mapping[str, Any]) -> set[str]:
        names: set[str] = set()
        for table in mapper.tables:
            for row, unknown in self._coverage.unknown.get(getattr(table, "key", ""), ()):
                keys = [(c, mapper._columntoproperty[c].key) for c in table.primary_key.columns]
                if all(self._values.given(c.type, loaded.get(k)) == row.get(c.name) for c, k in keys):
                    columns = [table.columns[u] for u in unknown]
                    names |= {mapper._columntoproperty[c].key for c in columns if c in mapper._columntoproperty}
        return names & loaded.keys()


def _literal(type_: TypeEngine[Any], value: Any) -> Any:
    if (type(value) is dict and STORED in value) or getattr(type_, "native_enum", None) is not None:
        return type_coerce(literal(value[STORED] if type(value) is dict else value, NullType()), NullType())
    return value


def _entities(compiled: Any) -> bool:
    """Return whether the result is whole objects, whose columns can be asked for later."""
    entities: Any = getattr(getattr(compiled, "compile_state", None), "_entities", None) or ()
    return bool(entities) and all(type(e).__name__ == "_MapperEntity" for e in entities)


def _functions(shape: Shape) -> set[str]:
    columns = getattr(shape.statement, "_raw_columns", ())
    return {getattr(e, "name", "?") for c in columns for e in iterate(c) if isinstance(e, FunctionElement)}


def _read_by(statement: Any) -> set[str]:
    values = getattr(statement, "_values", None) or {}
    return {c.name for v in values.values() if hasattr(v, "get_children") for c in columns_in(v)}


def _short(sql: str) -> str:
    return " ".join(sql.split())[:300]
