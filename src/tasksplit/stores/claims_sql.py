"""How do claims stay in SQLite or PostgreSQL? One row per message; each change is one statement that compares."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    cast,
    delete,
    event,
    extract,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from tasksplit.errors import StoreError, sentence
from tasksplit.stores.claims_protocol import Record
from tasksplit.stores.sql import open_engine
from tasksplit.stores.sql_tables import Tables

VERSION = 1  #: of the tables below; another one is refused, never converted in passing
_PAGE = 200  # records read at once

_metadata = MetaData()
_versions = Table(
    "tasksplit_claim_version",
    _metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)
_records = Table(
    "tasksplit_claim",
    _metadata,
    Column("migration", String(255), primary_key=True),
    Column("message", String(255), primary_key=True),  # or its digest
    Column("body", Text, nullable=False),
    Column("unfinished", Boolean, nullable=False),
    Column("done", Integer, nullable=False),
    Column("written_at", Double, nullable=False),  # seconds since 1970, by the server's clock
)
Index("tasksplit_claim_by_age", _records.c.migration, _records.c.unfinished, _records.c.written_at)

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class SqlClaimRecords:
    """Where do the claims of a migration stay in a database? The tables are made by the first claim."""

    def __init__(self, url: str, migration: str, *, timeout: float = 5.0) -> None:
        """Name the database; a question that takes longer than ``timeout`` seconds is a ``StoreError``."""
        engine = open_engine(url, timeout)
        self._dialect = engine.dialect.name
        if self._dialect not in _INSERTS:
            raise StoreError(
                sentence(
                    found=f"claims in a database of {self._dialect}",
                    expected="one of which the clock and the locks are known: " + ", ".join(_INSERTS),
                    do="name one of these, or a Redis",
                )
            )
        if self._dialect == "postgresql":
            _bound(engine, timeout)
        self._tables = Tables(
            # one statement is one transaction: it is durable when it returns, and no lock outlives it
            engine.execution_options(isolation_level="AUTOCOMMIT"),
            _metadata,
            versions=_versions,
            version=VERSION,
            what="claims",
        )
        self._migration = migration

    def read(self, key: str) -> tuple[str | None, datetime]:
        """Return the body of a record, and the server's time."""
        body = select(_records.c.body).where(self._is(key)).scalar_subquery()
        with self._tables.connected("read") as connection:
            if self._tables.prepared(connection):
                found, now = connection.execute(select(body, self._now())).one()
            else:
                found, now = None, connection.execute(select(self._now())).scalar_one()
        return found, datetime.fromtimestamp(now, UTC)

    def write(self, key: str, record: Record, *, before: str | None) -> bool:
        """Write a record if the body there is still that one."""
        self._tables.create()
        values = {
            "body": record.body,
            "unfinished": record.unfinished,
            "done": record.done,
            "written_at": self._now(),
        }
        if before is None:
            added = _INSERTS[self._dialect](_records).values(migration=self._migration, message=key, **values)
            written: Any = added.on_conflict_do_nothing()
        else:
            written = update(_records).where(self._is(key), _records.c.body == before).values(**values)
        with self._tables.connected("write") as connection:
            # without the option SQLAlchemy forgets how many rows an INSERT made
            return connection.execute(written, execution_options={"preserve_rowcount": True}).rowcount == 1

    def unfinished(self) -> Iterator[str]:
        """Yield the bodies of unfinished records; no connection is held between two pages."""
        last = ""
        while True:
            page = (
                select(_records.c.message, _records.c.body)
                .where(self._ours(), _records.c.unfinished, _records.c.message > last)
                .order_by(_records.c.message)
                .limit(_PAGE)
            )
            with self._tables.connected("read") as connection:
                rows = connection.execute(page).all() if self._tables.prepared(connection) else []
            yield from (body for _, body in rows)
            if len(rows) < _PAGE:
                return
            last = rows[-1][0]

    def done(self) -> int:
        """Return how many claims of the kept records have ended."""
        total = select(func.sum(_records.c.done)).where(self._ours())
        with self._tables.connected("read") as connection:
            return int(connection.scalar(total) or 0) if self._tables.prepared(connection) else 0

    def forget(self, after: timedelta, limit: int) -> int:
        """Remove finished records written longer ago than that, by the server's time."""
        with self._tables.connected("read") as connection:
            if not self._tables.prepared(connection):
                return 0
            last = connection.execute(select(self._now())).scalar_one() - after.total_seconds()
        old = and_(self._ours(), ~_records.c.unfinished, _records.c.written_at <= last)
        keys = select(_records.c.message).where(old).order_by(_records.c.written_at).limit(limit)
        with self._tables.connected("write") as connection:
            # the age is asked again: others may have changed a record since it was listed
            return connection.execute(delete(_records).where(old, _records.c.message.in_(keys))).rowcount

    def problems(self) -> tuple[str, ...]:
        """Return nothing: what a database has committed stays."""
        return ()

    def close(self) -> None:
        """Close every connection."""
        self._tables.close()

    def _ours(self) -> Any:
        return _records.c.migration == self._migration

    def _is(self, key: str) -> Any:
        return and_(self._ours(), _records.c.message == key)

    def _now(self) -> Any:
        if self._dialect == "sqlite":
            return literal(time.time(), Double)  # a file: whoever uses it is on this machine
        # not now(): that is when the transaction began, and it may have waited since
        return cast(extract("epoch", func.clock_timestamp()), Double)


def _bound(engine: Engine, seconds: float) -> None:
    """Let no question to PostgreSQL take longer: not to connect, not to wait for a lock, not to hear from the dead."""

    @event.listens_for(engine, "do_connect")
    def _connecting(_dialect: object, _record: object, _arguments: object, told: dict[str, Any]) -> None:
        whole = max(2, round(seconds))  # what libpq takes for least
        bounds = {"connect_timeout": whole, "tcp_user_timeout": int(seconds * 1000)}
        alive = {"keepalives_idle": whole, "keepalives_interval": 1, "keepalives_count": 3}
        for name, value in {**bounds, **alive}.items():
            told.setdefault(name, value)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {int(seconds * 1000)}")
        connection.commit()
