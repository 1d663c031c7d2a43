"""How do items stay in a database? SQLite in a file by default, PostgreSQL by its URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from tasksplit.errors import StoreError, sentence

VERSION = 1  #: of the tables below; another one is refused, never converted in passing
_PAGE = 256  # items read or written at once

_metadata = MetaData()
_versions = Table(
    "tasksplit_version",
    _metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)
_items = Table(
    "tasksplit_item",
    _metadata,
    # SQLite counts rows by itself only in a column of type INTEGER
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("stream", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
_by_stream = Index("tasksplit_item_by_stream", _items.c.stream, _items.c.id)


class SqlStore:
    """Where do items stay in a database? Each ``append`` is one transaction."""

    def __init__(self, url: str, *, busy_timeout: float = 5.0) -> None:
        """Open or create the store at ``url``; wait ``busy_timeout`` seconds for a file that another one writes."""
        self._engine = open_engine(url, busy_timeout)
        self._name = self._engine.url.render_as_string(hide_password=True)
        try:
            with in_words("open", self._name):
                self._prepare()
        except BaseException:
            self.close()
            raise

    def append(self, stream: str, items: Iterable[bytes]) -> None:
        """Add the items at the end of the stream: all of them, durably, or none."""
        rest = iter(items)
        page = list(islice(rest, _PAGE))
        if not page:
            return
        with in_words("write", self._name), self._engine.begin() as connection:
            while page:
                connection.execute(insert(_items), [{"stream": stream, "body": body} for body in page])
                page = list(islice(rest, _PAGE))

    def read(self, stream: str) -> Iterator[bytes]:
        """Yield the items of the stream in the order of their arrival; no connection is held between two pages."""
        last = -1
        while True:
            page = self._page(stream, last)
            for _, body in page:
                yield bytes(body)
            if len(page) < _PAGE:
                return
            last = page[-1][0]

    def streams(self, prefix: str = "") -> tuple[str, ...]:
        """Return the names of the streams that hold something and start so, sorted by code point."""
        # LIKE would fold case in SQLite, and the order of text is the server's in PostgreSQL
        starts = func.substr(_items.c.stream, 1, len(prefix)) == prefix
        with in_words("read", self._name), self._engine.connect() as connection:
            return tuple(sorted(connection.scalars(select(_items.c.stream).where(starts).distinct())))

    def forget(self, stream: str) -> None:
        """Remove the stream and its items."""
        with in_words("write", self._name), self._engine.begin() as connection:
            connection.execute(delete(_items).where(_items.c.stream == stream))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _page(self, stream: str, last: int) -> list[Any]:
        following = (
            select(_items.c.id, _items.c.body)
            .where(_items.c.stream == stream, _items.c.id > last)
            .order_by(_items.c.id)
            .limit(_PAGE)
        )
        with in_words("read", self._name), self._engine.connect() as connection:
            return list(connection.execute(following))

    def _prepare(self) -> None:
        found = self._version()
        if found is None:
            try:
                self._create()
            except SQLAlchemyError:
                # two processes made the tables at once: what counts is that they are there now
                if self._version() is None:
                    raise
            found = self._version()
        if found != VERSION:
            raise StoreError(
                sentence(
                    found=f"the store {self._name} of version {found}",
                    expected=f"version {VERSION}",
                    do="use the tasksplit that wrote it, or another file; it was left as it is",
                )
            )

    def _version(self) -> int | None:
        with self._engine.connect() as connection:
            if not self._engine.dialect.has_table(connection, _versions.name):
                return None
            return connection.scalar(select(_versions.c.version).where(_versions.c.id == 1))

    def _create(self) -> None:
        with self._engine.begin() as connection:
            for table in (_items, _versions):
                connection.execute(CreateTable(table, if_not_exists=True))
            connection.execute(CreateIndex(_by_stream, if_not_exists=True))
            absent = ~select(_versions.c.id).exists()
            row = select(literal(1), literal(VERSION)).where(absent)
            connection.execute(insert(_versions).from_select(["id", "version"], row))


def open_engine(url: str, busy_timeout: float = 5.0) -> Engine:
    """Return the engine of a URL; wait ``busy_timeout`` seconds for a file of SQLite that another one writes."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return create_engine(parsed, pool_pre_ping=True)
        engine = create_engine(parsed, connect_args={"timeout": busy_timeout})
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise StoreError(
            sentence(
                found=f"a store URL that cannot be used ({str(error).splitlines()[0]})",
                expected="memory:, sqlite:///path, postgresql+psycopg://user@host/database or redis://host/0",
                do="correct the URL, or install the driver that it names",
            )
        ) from error
    event.listen(engine, "connect", _write_ahead)
    return engine


def _write_ahead(connection: Any, _record: object) -> None:
    """Let readers and one writer work at once; a file that may not be written keeps the mode that it has."""
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        if "readonly" not in str(error):
            raise


@contextmanager
def in_words(act: str, name: str) -> Iterator[None]:
    """Turn what the database of that name says into one sentence; the transaction was rolled back by then."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(_sentence(act, name, error)) from error


_CAUSES = (
    ("locked", "locked by another process", "a file that is free", "end the other process or wait, then run again"),
    ("readonly", "read-only", "one that may be written", "change its permissions, or name another file"),
    ("permission denied", "closed to this user", "one that may be written", "grant the right, or name another one"),
    ("not a database", "no SQLite database", "a file that tasksplit wrote", "name another file; it was left as it is"),
    ("malformed", "damaged", "a whole SQLite file", "restore a copy, or take what 'sqlite3 FILE .recover' saves"),
    (
        "unable to open",
        "in a folder that cannot be used",
        "an existing folder",
        "create the folder or correct the path",
    ),
    ("no such", "without the tables that its version promises", "a file that tasksplit wrote", "name another file"),
    ("full", "on a full disk", "room to write", "make room, then run again"),
)


def _sentence(act: str, name: str, error: Exception) -> str:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    for sign, found, expected, do in _CAUSES:
        if sign in said.lower():
            return sentence(found=f"the store {name} {found} ({said})", expected=f"{expected} to {act} it", do=do)
    clash = "in use" if isinstance(error, IntegrityError) else "away"
    return sentence(
        found=f"the store {name} {clash} ({said})",
        expected=f"a database that answers, to {act} it",
        do="start it or correct the URL, then run again; what was stored before is untouched",
    )
