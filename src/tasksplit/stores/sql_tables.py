"""Are the tables of one kind there, and of our version? They are made by the first process that writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, Insert, MetaData, Table, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from tasksplit.errors import StoreError, sentence
from tasksplit.stores.sql import in_words


class Tables:
    """How are tables reached, in this process? Making one touches neither network nor file."""

    def __init__(self, engine: Engine, metadata: MetaData, *, versions: Table, version: int, what: str) -> None:
        """Name the tables, the one among them that holds the version, and ``what`` they hold, for sentences."""
        self._engine, self._metadata = engine, metadata
        self._versions, self._version, self._what = versions, version, what
        self.name = engine.url.render_as_string(hide_password=True)
        self._pid = os.getpid()
        self._known = False

    @contextmanager
    def connected(self, act: str) -> Iterator[Connection]:
        """Yield a connection; what the database says against it becomes a sentence."""
        with in_words(act, self.name), self._current().connect() as connection:
            yield connection

    def prepared(self, connection: Connection) -> bool:
        """Return whether the tables are there; raise where they are of another version."""
        if not self._known and self._engine.dialect.has_table(connection, self._versions.name):
            found = connection.scalar(select(self._versions.c.version).where(self._versions.c.id == 1))
            if found not in (None, self._version):
                raise StoreError(
                    sentence(
                        found=f"{self._what} of version {found} in the store {self.name}",
                        expected=f"version {self._version}",
                        do="use the tasksplit that wrote them, or another database; they were left as they are",
                    )
                )
            self._known = found is not None
        return self._known

    def create(self) -> None:
        """Make what is not there yet; another process may do the same at the same time."""
        if self._known:
            return
        with self.connected("read") as connection:
            prepared = self.prepared(connection)
        if not prepared:
            for table in self._metadata.sorted_tables:
                self._unless_there(table)
            self.add(insert(self._versions).values(id=1, version=self._version))

    def add(self, row: Insert) -> None:
        """Insert a row, unless it is there already: that is all that is wanted."""
        with in_words("write", self.name), suppress(IntegrityError), self._current().begin() as connection:
            connection.execute(row)

    def close(self) -> None:
        """Close every connection."""
        self._current().dispose()

    def _unless_there(self, table: Table) -> None:
        with in_words("write", self.name):
            try:
                with self._current().begin() as connection:
                    connection.execute(CreateTable(table, if_not_exists=True))
                    for index in table.indexes:
                        connection.execute(CreateIndex(index, if_not_exists=True))
            except SQLAlchemyError:
                with self._current().connect() as connection:
                    if not self._engine.dialect.has_table(connection, table.name):
                        raise

    def _current(self) -> Engine:
        if self._pid != os.getpid():
            self._engine.dispose(close=False)  # these connections are the parent's: neither used nor closed here
            self._pid = os.getpid()
        return self._engine
