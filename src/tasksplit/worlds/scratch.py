"""Where do the rows of a replay live? In a throw-away SQLite database under the user's own Engine.

Triggers log every change with the boundary in which it happened. They see ORM flushes, bulk and Core statements and
plain SQL alike, and a rollback, also to a savepoint, takes its log with it: what is left was committed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, ForeignKeyConstraint, MetaData, Table, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import Dialect, ExceptionContext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import Integer

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.migration import Database
from tasksplit.worlds.guard import allowed, is_armed, refuse
from tasksplit.worlds.references import resolve
from tasksplit.worlds.rows_values import Values
from tasksplit.worlds.sessions import close_sessions, unflushed
from tasksplit.worlds.sink import ACTIVE
from tasksplit.worlds.statements import on_statement
from tasksplit.worlds.steps import CommitSeveredError

FIRST_ID = 1_900_000_000  #: ids made in a replay start here: they fit 32 bits and are no time of our days
IDS_PER_TABLE = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Which row did which boundary change, net?"""

    frame: int
    table: str
    op: str
    """``insert`` with all columns, ``update`` with those changed and their values after, ``delete`` with none."""
    key: dict[str, Any]
    columns: dict[str, Any]


def engine_of(database: Database) -> tuple[Engine, MetaData]:
    """Return the declared engine and its metadata; raise DeclarationError when they are not what was declared."""
    target = resolve(database.engine)
    if not isinstance(target.value, Engine):
        raise DeclarationError(
            sentence(
                found=f"{database.engine!r}, which is {type(target.value).__name__}",
                expected="a SQLAlchemy Engine",
                do="name the object that create_engine() returned",
            )
        )
    where = database.metadata or database.engine.split(":")[0] + ":Base"
    value = resolve(where).value
    metadata = value if isinstance(value, MetaData) else getattr(value, "metadata", None)
    if not isinstance(metadata, MetaData):
        raise DeclarationError(
            sentence(
                found=f"{where!r}, which is {type(value).__name__}",
                expected="a MetaData or a declarative base",
                do="give Database(engine, metadata='module:Base')",
            )
        )
    return target.value, metadata


def refuse_other_engines() -> None:
    """Refuse, while the guard is armed, every connection that an Engine opens, but those of scratch databases."""
    if not event.contains(Engine, "do_connect", _on_connect):
        event.listen(Engine, "do_connect", _on_connect)


def _on_connect(dialect: Dialect, *_rest: Any) -> None:
    if is_armed():
        raise refuse("database", f"a connection by {dialect.name} that is not declared")


def sweep(pid: int) -> None:
    """Remove the scratch databases and temporary files of a process that ended without doing so."""
    for folder in {_folder(), tempfile.gettempdir()}:
        for path in Path(folder).glob(f"{_prefix(pid)}*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _prefix(pid: int) -> str:
    return f"tasksplit-{pid}-"


def _folder() -> str:
    memory = "/dev/shm"  # noqa: S108  # memory, not disk
    return memory if os.access(memory, os.W_OK) else tempfile.gettempdir()


class Scratch:
    """Where do the rows of one declared database live during replays?"""

    def __init__(self, database: Database, *, strict: bool) -> None:
        self.engine, metadata = engine_of(database)
        self.metadata = metadata
        self._tables = _copied(metadata, strict=strict)
        # a real SQLite enforces foreign keys only where the application asks for it; every other database does
        self._enforces = strict and self.engine.dialect.name != "sqlite"
        self._names = list(self._tables)
        self._touched: set[int] = set()
        self._moved: set[int] | None = None  # tables whose ids do not start at their first; None: all of them
        self._connections: list[sqlite3.Connection] = []
        self._own: sqlite3.Connection | None = None
        self._path = ""
        self._before: tuple[Any, ...] | None = None

    def install(self) -> None:
        """Put the scratch database under the user's Engine: sessions and references made before go on working."""
        with allowed():
            handle, self._path = tempfile.mkstemp(prefix=_prefix(os.getpid()), suffix=".db", dir=_folder())
            os.close(handle)
        scratch = create_engine(f"sqlite:///{self._path}", creator=self._connect, pool_size=5, max_overflow=50)
        close_sessions()
        self._before = (self.engine.pool, self.engine.dialect, self.engine.url, self.engine._compiled_cache)
        self.engine.pool = scratch.pool
        self.engine.dialect = scratch.dialect
        self.engine.url = scratch.url
        self.engine._compiled_cache = scratch._compiled_cache
        event.listen(self.engine, "before_cursor_execute", on_statement)
        event.listen(self.engine, "handle_error", _on_error)
        self._values = Values(self.engine.dialect)
        try:
            with self.engine.begin() as connection:
                self._create(connection)
        except SQLAlchemyError as error:
            raise DeclarationError(
                sentence(
                    found=f"tables that a scratch SQLite database cannot hold ({str(error).splitlines()[0]})",
                    expected="column types that SQLite can compile",
                    do="give the types a SQLite variant (Type().with_variant(...))",
                )
            ) from error

    def uninstall(self) -> None:
        """Give the Engine back what it had."""
        close_sessions()
        event.remove(self.engine, "before_cursor_execute", on_statement)
        event.remove(self.engine, "handle_error", _on_error)
        if self._before is not None:
            self.engine.pool.dispose()
            self.engine.pool, self.engine.dialect, self.engine.url, self.engine._compiled_cache = self._before
        with allowed():
            for connection in self._connections:
                connection.close()
            for suffix in ("", "-wal", "-shm"):
                if os.path.exists(self._path + suffix):
                    os.remove(self._path + suffix)

    def empty(self) -> None:
        """A message starts: take out what the last one left."""
        close_sessions()
        if not self._touched:
            return
        with self._raw() as cursor:
            for index in sorted(self._touched):
                cursor.execute(f'DELETE FROM "{self._names[index]}"')  # noqa: S608  # a name of the metadata
                cursor.execute(f"DELETE FROM tasksplit_log_{index}")  # noqa: S608
        if self._moved is not None:
            self._moved |= self._touched
        self._touched.clear()

    def ready(self) -> None:
        """The rows before the message are in: what is inserted from now on gets ids that tell their table."""
        close_sessions()
        firsts = [(first, name) for name, first in first_ids(self.metadata).items()]
        with self._raw() as cursor:
            if self._moved is None:
                cursor.execute("DELETE FROM sqlite_sequence")
                cursor.executemany("INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)", firsts)
            else:  # most messages touch few tables
                moved = [firsts[index] for index in sorted(self._moved | self._touched)]
                cursor.executemany("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", moved)
        self._moved = set()

    def uncommitted(self) -> bool:
        """Return whether some session has changes that it did not commit, in the database or still to be flushed."""
        return any(_in_transaction(connection) for connection in self._connections) or unflushed()

    def changes(self, *, whole: bool = False) -> tuple[list[Change], dict[int, tuple[str, int]]]:
        """Return what was committed, net per boundary and row, and each id made -> (table, boundary).

        ``whole``: net per row, as of boundary 0."""
        close_sessions()
        changes: list[Change] = []
        made: dict[int, tuple[str, int]] = {}
        if self._touched:
            with self._raw() as cursor:
                for index in sorted(self._touched):
                    rows = cursor.execute(f"SELECT * FROM tasksplit_log_{index} ORDER BY seq").fetchall()  # noqa: S608
                    if rows:
                        found = self._net(index, rows, made)
                        changes.extend(self._net(index, [(r[0], 0, *r[2:]) for r in rows], {}) if whole else found)
        return changes, made

    def _net(self, index: int, rows: list[tuple[Any, ...]], made: dict[int, tuple[str, int]]) -> list[Change]:
        table = self._tables[self._names[index]]
        columns = list(table.columns)
        keys = [i for i, c in enumerate(columns) if c.primary_key]
        if not keys:
            return self._keyless(table, rows)
        first: dict[tuple[int, tuple[Any, ...]], tuple[Any, ...] | None] = {}
        last: dict[tuple[int, tuple[Any, ...]], tuple[Any, ...] | None] = {}
        for _seq, frame, op, *values in rows:
            before = None if op == "insert" else tuple(values[: len(columns)])
            after = None if op == "delete" else tuple(values[len(columns) :])
            row = after if after is not None else before
            assert row is not None
            name = (frame, tuple(row[i] for i in keys))
            was = name if before is None else (frame, tuple(before[i] for i in keys))
            if was != name:  # its key was changed: the old row is gone, and there is a new one
                first.setdefault(was, before)
                last[was] = before = None
            first.setdefault(name, before)
            last[name] = after
            if op == "insert" and len(keys) == 1 and isinstance(row[keys[0]], int):
                made.setdefault(row[keys[0]], (table.name, frame))
        return [c for name in first if (c := self._change(table, name, first[name], last[name])) is not None]

    def _keyless(self, table: Table, rows: list[tuple[Any, ...]]) -> list[Change]:
        """A table without a key, as those of many-to-many often are: rows are told by all they hold, and counted."""
        columns = list(table.columns)
        counts: Counter[tuple[int, tuple[Any, ...]]] = Counter()
        for _seq, frame, op, *values in rows:
            if op != "insert":
                counts[frame, tuple(values[: len(columns)])] -= 1
            if op != "delete":
                counts[frame, tuple(values[len(columns) :])] += 1
        found: list[Change] = []
        for (frame, row), count in counts.items():
            held = {c.name: self._values.read(c.type, v) for c, v in zip(columns, row, strict=True)}
            change = (
                Change(frame=frame, table=table.name, op="insert", key={}, columns=held)
                if count > 0
                else Change(frame=frame, table=table.name, op="delete", key=held, columns={})
            )
            found.extend([change] * abs(count))
        return found

    def _change(
        self,
        table: Table,
        name: tuple[int, tuple[Any, ...]],
        before: tuple[Any, ...] | None,
        after: tuple[Any, ...] | None,
    ) -> Change | None:
        frame, key_values = name
        columns = list(table.columns)
        keys = [c for c in columns if c.primary_key]
        key = {c.name: self._values.read(c.type, v) for c, v in zip(keys, key_values, strict=True)}
        if before == after:
            return None
        if after is None:
            return Change(frame=frame, table=table.name, op="delete", key=key, columns={})
        changed = {
            c.name: self._values.read(c.type, new)
            for i, (c, new) in enumerate(zip(columns, after, strict=True))
            if before is None or before[i] != new or type(before[i]) is not type(new)
        }
        op = "insert" if before is None else "update"
        return Change(frame=frame, table=table.name, op=op, key=key, columns=changed)

    def _connect(self, *, ours: bool = False) -> sqlite3.Connection:
        with allowed():
            connection = sqlite3.connect(self._path, check_same_thread=False, timeout=0.2)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA recursive_triggers=ON")  # else INSERT OR REPLACE deletes unseen
            connection.execute(f"PRAGMA foreign_keys={'ON' if self._enforces and not ours else 'OFF'}")
        connection.create_function("tasksplit_frame", 1, self._frame)
        self._connections.append(connection)
        return connection

    def _frame(self, index: int) -> int:
        self._touched.add(index)
        sink = ACTIVE.sink
        return -1 if sink is None else sink.frame()

    def _raw(self) -> _Cursor:
        if self._own is None:
            self._own = self._connect(ours=True)  # the pool may close any of its own
        return _Cursor(self._own)

    def _create(self, connection: Connection) -> None:
        next(iter(self._tables.values())).metadata.create_all(connection)
        for index, (name, table) in enumerate(self._tables.items()):
            width = len(table.columns)
            before = ", ".join(f"o{i}" for i in range(width))
            after = ", ".join(f"n{i}" for i in range(width))
            log = f"tasksplit_log_{index}"
            connection.exec_driver_sql(
                f"CREATE TABLE {log} (seq INTEGER PRIMARY KEY, frame INTEGER, op TEXT, {before}, {after})"
            )
            old = ", ".join(f'OLD."{c.name}"' for c in table.columns)
            new = ", ".join(f'NEW."{c.name}"' for c in table.columns)
            for op, into, values in (
                ("insert", after, new),
                ("update", f"{before}, {after}", f"{old}, {new}"),
                ("delete", before, old),
            ):
                frame = f"tasksplit_frame({index})"
                note = f"INSERT INTO {log} (frame, op, {into}) VALUES ({frame}, '{op}', {values})"  # noqa: S608
                connection.exec_driver_sql(
                    f'CREATE TRIGGER {log}_{op} AFTER {op.upper()} ON "{name}" WHEN {frame} >= 0 BEGIN {note}; END'
                )


def _in_transaction(connection: sqlite3.Connection) -> bool:
    try:
        return connection.in_transaction
    except sqlite3.ProgrammingError:  # the pool had more than it keeps, and closed it
        return False


_UNABLE = (sqlite3.OperationalError, sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.NotSupportedError)


def _on_error(context: ExceptionContext) -> None:
    """A statement that SQLite cannot run, or a lock that the real database has not: both sides would fail alike."""
    error = context.original_exception
    if ACTIVE.sink is None or not isinstance(error, _UNABLE) or isinstance(error, CommitSeveredError):
        return
    if "is locked" in str(error):
        ACTIVE.sink.failed("two transactions wrote at once, which a scratch database cannot hold", error)
    else:
        ACTIVE.sink.failed(f"a statement that the scratch database cannot run ({context.statement})", error)


class _Cursor:
    """One transaction of ours on a connection of the scratch database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Cursor:
        return self._connection.cursor()

    def __exit__(self, *error: object) -> None:
        self._connection.commit()


def first_ids(metadata: MetaData) -> dict[str, int]:
    """Return table -> the id before the first one that a row made in a replay gets."""
    return {table.name: FIRST_ID + place * IDS_PER_TABLE for place, table in enumerate(metadata.sorted_tables)}


def _copied(metadata: MetaData, *, strict: bool) -> dict[str, Table]:
    copy = MetaData()
    for table in metadata.sorted_tables:
        if table.schema:
            raise DeclarationError(
                sentence(
                    found=f"table {table.fullname!r} in a schema of its own",
                    expected="tables without a schema, since a scratch SQLite database has none",
                    do="leave the schema to the connection's search path",
                )
            )
        new = table.to_metadata(copy)
        key = [c for c in new.columns if c.primary_key]
        if len(key) == 1 and isinstance(key[0].type, Integer):
            new.dialect_options["sqlite"]["autoincrement"] = True
        if not strict:
            for constraint in [c for c in new.constraints if isinstance(c, ForeignKeyConstraint)]:
                new.constraints.remove(constraint)
            for column in new.columns:
                column.nullable = column.nullable or not column.primary_key
    return {t.name: t for t in copy.sorted_tables}
