"""How do flags stay in a database? Any that SQLAlchemy speaks to; each change is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    delete,
    insert,
    select,
    update,
)

from tasksplit.model.rollout import Change, Flags, Source
from tasksplit.rollout.written import read_change, read_flag, write_change, write_flag
from tasksplit.stores.flags_protocol import check, conflict
from tasksplit.stores.sql import open_engine
from tasksplit.stores.sql_tables import Tables

VERSION = 1  #: of the tables below; another one is refused, never converted in passing

_NAME = String(255)  # some databases want a length for a key
_metadata = MetaData()
_versions = Table(
    "tasksplit_flag_version",
    _metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)
_revisions = Table(
    "tasksplit_flag_revision",
    _metadata,
    Column("migration", _NAME, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
_flags = Table(
    "tasksplit_flag",
    _metadata,
    Column("migration", _NAME, primary_key=True),
    Column("handler", _NAME, primary_key=True),
    Column("body", Text, nullable=False),
)
_changes = Table(
    "tasksplit_flag_change",
    _metadata,
    Column("migration", _NAME, primary_key=True),
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("handler", _NAME, primary_key=True),
    Column("body", Text, nullable=False),
)


class SqlFlagStore:
    """Where do the flags of a migration stay in a database? The tables are made by the first change."""

    def __init__(self, url: str, migration: str, *, busy_timeout: float = 5.0) -> None:
        """Name the database; wait ``busy_timeout`` seconds for a file of SQLite that another one writes."""
        self._tables = Tables(
            open_engine(url, busy_timeout), _metadata, versions=_versions, version=VERSION, what="flags"
        )
        self._migration = migration

    def read(self) -> Flags:
        """Return all flags of one moment."""
        at = datetime.now(UTC)  # before the question: an age is never said too low
        # one statement: two of them could see two moments
        all_flags = (
            select(_revisions.c.revision, _flags.c.body)
            .join(_flags, _flags.c.migration == _revisions.c.migration, isouter=True)
            .where(_revisions.c.migration == self._migration)
        )
        with self._tables.connected("read") as connection:
            rows = connection.execute(all_flags).all() if self._tables.prepared(connection) else []
        flags = [read_flag(body) for _, body in rows if body is not None]
        return Flags(
            flags={flag.handler: flag for flag in flags},
            revision=rows[0][0] if rows else 0,
            source=Source.STORE,
            read_at=at,
        )

    def apply(self, changes: Sequence[Change], expected: int) -> None:
        """Apply the changes of one plan if the revision is still the expected one, in one transaction."""
        if not changes:
            return
        check(changes, expected)
        self._tables.create()
        if expected == 0:
            self._tables.add(insert(_revisions).values(migration=self._migration, revision=0))
        still = and_(_revisions.c.migration == self._migration, _revisions.c.revision == expected)
        with self._tables.connected("write") as connection, connection.begin():
            # first of all: whoever comes second waits for this row, and then finds another revision
            won = connection.execute(update(_revisions).where(still).values(revision=expected + 1)).rowcount == 1
            if won:
                self._write(connection, changes)
        if not won:
            raise conflict(expected, self.read().revision, self.history(limit=1))

    def history(self, handler: str | None = None, limit: int = 20) -> tuple[Change, ...]:
        """Return the latest changes, newest first."""
        asked = select(_changes.c.body).where(_changes.c.migration == self._migration)
        if handler is not None:
            asked = asked.where(_changes.c.handler == handler)
        asked = asked.order_by(_changes.c.revision.desc(), _changes.c.handler.desc()).limit(limit)
        with self._tables.connected("read") as connection:
            bodies = connection.scalars(asked).all() if self._tables.prepared(connection) else []
        return tuple(read_change(body) for body in bodies)

    def problems(self) -> tuple[str, ...]:
        """Return nothing: what a database has committed stays."""
        return ()

    def close(self) -> None:
        """Close every connection."""
        self._tables.close()

    def _write(self, connection: Connection, changes: Sequence[Change]) -> None:
        for change in changes:
            at = {"migration": self._migration, "handler": change.handler}
            same = and_(_flags.c.migration == self._migration, _flags.c.handler == change.handler)
            connection.execute(delete(_flags).where(same))
            connection.execute(insert(_flags).values(**at, body=write_flag(change.after)))
            written = write_change(change)
            connection.execute(insert(_changes).values(**at, revision=change.revision, body=written))
