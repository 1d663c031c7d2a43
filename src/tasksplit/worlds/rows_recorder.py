"""What did a side read from and change in its real database?

Everything is seen where a Connection meets its cursor, so that ORM and Core statements are one case. On the message's
path rows are only taken down; what they mean is found out by ``Notes.analyse``, wherever that runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tasksplit.worlds.queries import Shape
from tasksplit.worlds.rows_changes import (
    OWN,
    Change,
    Looker,
    Plan,
    UncoverableError,
    defaults_known,
    plan_of,
    simple,
)
from tasksplit.worlds.rows_notes import Notes, Select, Step, Uncovered, Write
from tasksplit.worlds.rows_recorded import RecordedRows
from tasksplit.worlds.rows_sessions import Users, rows_in_sessions
from tasksplit.worlds.rows_values import Values, frozen, is_mutable
from tasksplit.worlds.sink import Sink

_READS = re.compile(r"\s*(select|with|values|table)\b", re.IGNORECASE)
_QUIET = re.compile(r"\s*(begin|commit|rollback|savepoint|release|set|show|pragma|explain)\b", re.IGNORECASE)
_CHANGES = re.compile(r"\b(insert|update|delete|merge|nextval|setval|into)\b", re.IGNORECASE)
_CAPTURE = "_tasksplit_change"


class RowRecorder:
    """What does a side read and change, through one Engine, during a message?"""

    def __init__(
        self, engine: Engine, metadata: MetaData, sink: Sink, *, here: Callable[[], bool] | None = None
    ) -> None:
        """``here``: whether what happens now belongs to the message that is recorded, and not to one beside it; None:
        there is none beside it, and threads of the user's are the message's own."""
        self._here = here or (lambda: True)
        self._users = Users() if here else None
        self.engine = engine
        self.metadata = metadata
        self.sink = sink
        self._values = Values(engine.dialect)
        self._looker = Looker(metadata, self._values)
        self._noting: Notes | None = None
        self._plans: WeakKeyDictionary[Any, Plan | str] = WeakKeyDictionary()
        self._shapes: WeakKeyDictionary[Any, Shape] = WeakKeyDictionary()
        self._mutable: WeakKeyDictionary[Any, list[int]] = WeakKeyDictionary()
        self._listeners: list[tuple[Any, str, Callable[..., Any]]] = []
        self._borrowed = 0
        self._writing: dict[int, int] = {}
        """Connection -> frame of the latest change in its open transaction."""

    def install(self) -> None:
        """Begin to listen."""
        if self._listeners:
            return
        self._listeners = [
            (self.engine, "before_cursor_execute", self._before),
            (self.engine, "after_cursor_execute", self._after_cursor),
            (self.engine, "after_execute", self._after),
            (self.engine, "engine_connect", self._connected),
            (self.engine, "checkout", self._checkout),
            *((self.engine, name, self._step(name)) for name in ("begin", "commit", "rollback")),
            *((self.engine, name, self._step(name)) for name in ("savepoint", "rollback_savepoint")),
            (self.engine, "release_savepoint", self._step("release_savepoint")),
            *((self.engine, name, self._two_phase) for name in ("prepare_twophase",)),
        ]
        if self._users is not None:
            self._listeners.append((Session, "after_begin", self._users.began))
        for target, name, listener in self._listeners:
            event.listen(target, name, listener)

    def uninstall(self) -> None:
        """Stop listening; nothing of ours stays."""
        for target, name, listener in self._listeners:
            event.remove(target, name, listener)
        self._listeners = []

    def begin(self) -> None:
        """A message starts: forget the last one, note what sessions still hold."""
        self._values = Values(self.engine.dialect)
        self._looker = Looker(self.metadata, self._values)
        self._borrowed = 0
        self._writing = {}  # what an earlier message left open is its own
        self._noting = notes = Notes(self.metadata, self._values, self._shape)
        try:
            elsewhere = self._users.elsewhere if self._users is not None else lambda _session: False
            for name, row in rows_in_sessions(self.engine, self.metadata, self._values, but=elsewhere):
                notes.held(name, row)
        except Exception as error:  # noqa: BLE001  # ours: never the message's
            self._failed("rows: sessions from before", error)

    def finish(self) -> Notes:
        """The message ended: hand over what was noted, for ``analyse`` elsewhere."""
        notes, self._noting = self._noting, None
        if notes is None:
            return Notes(self.metadata, self._values, self._shape)
        if self._borrowed > 0:
            notes.add(Uncovered(-1, "rows: a raw connection was taken from the pool"))
        for frame in self._writing.values():
            notes.add(Uncovered(frame, "rows: a transaction with changes was open when the message ended"))
        return notes

    def end(self) -> RecordedRows:
        """The message ended: return what it read and changed."""
        return self.finish().analyse()

    @property
    def _notes(self) -> Notes | None:
        return self._noting if self._noting is not None and self._here() else None

    def _failed(self, step: str, error: BaseException) -> None:
        if self._notes is not None:
            self._notes.add(Uncovered(self.sink.frame(), f"{step}: {type(error).__name__}", True))
        self.sink.failed(step, error)

    def _shape(self, compiled: Any) -> Shape:
        shape = self._shapes.get(compiled)
        if shape is None:
            shape = self._shapes[compiled] = Shape(compiled, self.metadata)
        return shape

    # -- transactions

    def _step(self, name: str) -> Callable[..., None]:
        def on_step(connection: Connection, savepoint: str | None = None, *_rest: Any) -> None:
            what = "commit" if name == "rollback" and connection._is_autocommit_isolation() else name
            notes = self._notes
            if what in ("begin", "commit", "rollback"):
                self._writing.pop(id(connection), None)
            if notes is not None:
                notes.add(Step(id(connection), what, savepoint or _next_savepoint(connection)))

        return on_step

    def _two_phase(self, *_args: Any) -> None:
        if self._notes is not None:
            self._notes.add(Uncovered(self.sink.frame(), "rows: a two-phase transaction"))

    def _connected(self, connection: Connection) -> None:
        if self._here() and not _initial(connection):
            self._borrowed -= 1

    def _checkout(self, *_args: Any) -> None:
        self._borrowed += self._here()

    # -- statements

    def _before(self, connection: Connection, _cursor: Any, _sql: str, _given: Any, context: Any, _many: bool) -> None:
        notes = self._notes
        if notes is None or context is None or not (context.isupdate or context.isdelete or context.isinsert):
            return
        if context.compiled is None or hasattr(context, _CAPTURE) or not hasattr(context.compiled, "compile_state"):
            return
        setattr(context, _CAPTURE, None)
        try:
            setattr(context, _CAPTURE, self._foreseen(connection, context, notes))
        except UncoverableError as reason:
            setattr(context, _CAPTURE, str(reason))
        except SQLAlchemyError as error:
            setattr(context, _CAPTURE, f"rows that could not be read before ({type(error).__name__})")
        except Exception as error:  # noqa: BLE001  # ours: never the message's
            self._failed("rows: before a change", error)

    def _foreseen(self, connection: Connection, context: Any, notes: Notes) -> Change:
        plan = self._plan(context.compiled)
        sets = [dict(p) for p in context.compiled_parameters]
        change = Change(plan, "insert" if context.isinsert else "update" if context.isupdate else "delete", sets)
        if context.isinsert:
            keyed = all(k.key in p for p in sets for k in plan.keys)
            if len(sets) > 1 and not keyed and not context.compiled.implicit_returning:
                change.before = self._looker.alike(connection, plan, sets)
            return change
        if context.isupdate and any(
            k.key in plan.assigned(p) for p in sets for k in plan.keys if not _is_where(plan, k)
        ):
            raise UncoverableError(f"an UPDATE of the primary key of {plan.table.key}")
        if plan.fast:
            change.names = [(plan.table.key, plan.key_of(p, self._values)) for p in sets]
            if all(self._known(notes, change, i) for i in range(len(sets))):
                for parameters in sets:
                    _freeze(plan, parameters)
                return change
        change.before = self._looker.affected(connection, plan, sets)
        change.after = {}
        return change

    def _known(self, notes: Notes, change: Change, index: int) -> bool:
        known = notes.known(change.names[index])
        if change.op == "delete" or known is None:
            return known is not None
        parameters = change.parameters[index]
        return known.issuperset(change.plan.assigned(parameters)) and simple(change.plan, parameters, self._values)

    def _plan(self, compiled: Any) -> Plan:
        plan = self._plans.get(compiled)
        if plan is None:
            try:
                plan = plan_of(compiled, self.metadata)
            except UncoverableError as reason:
                plan = str(reason)
            self._plans[compiled] = plan
        if isinstance(plan, str):
            raise UncoverableError(plan)
        return plan

    def _after_cursor(
        self, connection: Connection, cursor: Any, sql: str, _given: Any, context: Any, _many: bool
    ) -> None:
        notes = self._notes
        if notes is None or context is None or context.isinsert or context.isupdate or context.isdelete:
            return
        if context.execution_options.get(OWN) or _initial(connection):
            return
        try:
            self._noted(notes, cursor, sql, context)
        except Exception as error:  # noqa: BLE001  # ours: never the message's
            self._failed("rows: a query", error)

    def _noted(self, notes: Notes, cursor: Any, sql: str, context: Any) -> None:
        compiled = context.compiled
        if compiled is None or context.isddl or cursor.description is None:
            self._unfollowed(notes, sql)
            return
        if context._is_server_side:
            notes.add(Uncovered(self.sink.frame(), f"rows: a streaming result: {_short(sql)}"))
            return
        if not _READS.match(sql) or (context.is_text and _CHANGES.search(sql)):
            self._unfollowed(notes, sql)
            return
        rows = cursor.fetchall()
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
            cursor, alternate_description=cursor.description, initial_buffer=rows
        )
        notes.add(Select(compiled, context.compiled_parameters[0], self._copied(compiled, rows)))

    def _unfollowed(self, notes: Notes, sql: str) -> None:
        if not _QUIET.match(sql):
            changes = not _READS.match(sql) or _CHANGES.search(sql) is not None
            notes.add(Uncovered(self.sink.frame(), f"rows: not followed: {_short(sql)}", changes))

    def _copied(self, compiled: Any, rows: list[Any]) -> list[Any]:
        places = self._mutable.get(compiled)
        if places is None:
            types = [c.type for c in getattr(compiled, "_result_columns", ())]
            places = [] if self.engine.dialect.name == "sqlite" else [i for i, t in enumerate(types) if is_mutable(t)]
            self._mutable[compiled] = places
        if not places:
            return rows
        return [
            tuple(frozen(compiled._result_columns[i].type, v) if i in places else v for i, v in enumerate(r))
            for r in rows
        ]

    def _after(self, connection: Connection, _clause: Any, _m: Any, _p: Any, _options: Any, result: Any) -> None:
        context = result.context
        if self._notes is None or not (context.isinsert or context.isupdate or context.isdelete):
            return
        try:
            self._done(self._notes, connection, context)
        except SQLAlchemyError as error:
            self._notes.add(
                Uncovered(self.sink.frame(), f"rows that could not be read after ({type(error).__name__})", True)
            )
        except Exception as error:  # noqa: BLE001  # ours: never the message's
            self._failed("rows: after a change", error)

    def _done(self, notes: Notes, connection: Connection, context: Any) -> None:
        frame = self.sink.frame()
        self._writing[id(connection)] = frame
        change = getattr(context, _CAPTURE, None)
        if not isinstance(change, Change):
            notes.add(Uncovered(frame, f"rows: {change or 'not followed: ' + _short(str(context.statement))}", True))
            return
        if change.op == "insert":
            self._inserted(connection, change, context)
        elif change.after is not None:
            change.after = self._looker.named(connection, list(change.before))
        elif context._rowcount is not None and 0 <= context._rowcount < len(change.names):
            if len(change.names) == 1:
                return  # nobody there to change
            notes.add(Uncovered(frame, f"rows: some rows of {change.plan.table.key} were not there to change", True))
        notes.add(Write(id(connection), frame, change))

    def _inserted(self, connection: Connection, change: Change, context: Any) -> None:
        plan, sets = change.plan, change.parameters
        keys = context.inserted_primary_key_rows or []
        if len(keys) == len(sets) and all(v is not None for key in keys for v in key):
            change.names = [
                (plan.table.key, tuple(self._values.given(c.type, v) for c, v in zip(plan.keys, key, strict=True)))
                for key in keys
            ]
        elif all(k.key in p for p in sets for k in plan.keys):
            change.names = [
                (plan.table.key, tuple(self._values.given(k.type, p[k.key]) for k in plan.keys)) for p in sets
            ]
        else:
            found = self._looker.alike(connection, plan, sets)
            change.after = {name: row for name, row in found.items() if name not in change.before}
            change.before = {}
            if len(change.after) != len(sets):
                raise ValueError(f"{len(change.after)} rows found of {len(sets)} inserted")
            change.names = list(change.after)
            return
        if plan.fast and all(simple(plan, p, self._values) and defaults_known(plan, p) for p in sets):
            for parameters in sets:
                _freeze(plan, parameters)
        else:
            change.after = self._looker.named(connection, change.names)


def _is_where(plan: Plan, key: Any) -> bool:
    """Return whether the parameter of a key column's name belongs to the conditions."""
    names = {plan.compiled.bind_names.get(b) for _, bounds in plan.where.understood for b in bounds if b is not None}
    return key.key in names


def _freeze(plan: Plan, parameters: dict[str, Any]) -> None:
    for column in plan.table.columns:
        if column.key in parameters and is_mutable(column.type):
            parameters[column.key] = frozen(column.type, parameters[column.key])


def _next_savepoint(connection: Connection) -> str:
    """Return the name that the savepoint is about to get: the event comes before it has one."""
    return f"sa_savepoint_{getattr(connection, '_Connection__savepoint_seq', 0) + 1}"


def _initial(connection: Connection) -> bool:
    """Return whether the dialect is only getting to know the database."""
    return getattr(connection, "_allow_autobegin", True) is False


def _short(sql: str) -> str:
    return " ".join(sql.split())[:120]
