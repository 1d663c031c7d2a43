"""In which world does a replay run? Scratch rows, answered services and calls, a clock of its own; nothing gets out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from tasksplit.capture.journal import Journal, maker
from tasksplit.model.message import Message
from tasksplit.model.migration import Migration
from tasksplit.worlds import guard
from tasksplit.worlds.calls import Calls
from tasksplit.worlds.clock import START, Clock
from tasksplit.worlds.references import resolve
from tasksplit.worlds.scratch import Scratch, refuse_other_engines
from tasksplit.worlds.sink import ACTIVE

_BARE = re.compile(rb",?(?:\n|\Z)")  # a string would close before its line ends: one member per line, see wire.canonical


class World:
    """In which world does one side run one message after the other?"""

    def __init__(
        self, migration: Migration, *, from_recordings: bool = False, record: bool = False, token_key: bytes = b""
    ) -> None:
        declared = migration.world
        self._from_recordings = from_recordings
        self._record = record
        self._fixture: Callable[[Any], None] | None = None
        if declared.fixture:
            self._fixture = resolve(declared.fixture).value
        self.clock = Clock()
        self.databases = [Scratch(d, strict=not from_recordings) for d in declared.databases]
        self.calls = Calls(declared.calls)
        self.services = _services(migration, token_key)

    def install(self) -> None:
        """Take over this process: from here on it acts in no real world."""
        refuse_other_engines()
        for database in self.databases:
            database.install()
        self.calls.install()
        if self.services is not None:
            self.services.install()
        self.clock.install()
        guard.arm()

    def uninstall(self) -> None:
        """Give the process back."""
        guard.disarm()
        self.clock.uninstall()
        if self.services is not None:
            self.services.uninstall()
        self.calls.uninstall()
        for database in reversed(self.databases):
            database.uninstall()

    def begin(self, message: Message, recording: Recording | None = None) -> None:
        """Build the world of one message: from its recording, or by the fixture."""
        ACTIVE.sink = None
        self.clock.begin(message.id, START if recording is None else recording.at)
        for database in self.databases:
            database.empty()
        if self._fixture is not None and not self._from_recordings:
            self._fixture(message.payload)
        elif recording is not None:
            self._fill(recording)
        for database in self.databases:
            database.ready()
        self._message = message.id
        if self._record:
            self._listen()

    def uncommitted(self) -> bool:
        """Return whether some session has changes that it did not commit."""
        return any(database.uncommitted() for database in self.databases)

    def end(
        self, journal: Journal
    ) -> tuple[dict[int, list[dict[str, Any]]], Callable[[bytes], bytes], Recording | None]:
        """Return the row changes of each boundary, what replaces ids made in this run, and the recording if any."""
        ACTIVE.sink = None
        recording = self._recorded() if self._record else None
        rows: dict[int, list[dict[str, Any]]] = {}
        made: dict[int, tuple[str, int]] = {}
        for database in self.databases:
            changes, keys = database.changes()
            made.update(keys)
            for change in changes:
                rows.setdefault(change.frame, []).append(
                    {"table": change.table, "op": change.op, "key": change.key, "columns": change.columns}
                )
        return rows, self._names(journal, made), recording

    # --- recordings -------------------------------------------------------------------------------------------

    def _fill(self, recording: Recording) -> None:
        """Build the world from a recording: the rows as they were, and the answers that were given."""
        answers = Answers(recording.exchanges)
        self.calls.answers = answers
        if self.services is not None:
            self.services.answers = answers
        for path, filler in self._fillers.items():
            filler.fill(recording.rows[path])

    def _listen(self) -> None:
        """Record this message."""
        self._exchanges: list[Exchange] = []
        self.calls.exchanges = self._exchanges
        if self.services is not None:
            self.services.exchanges = self._exchanges
        for recorder in self._recorders.values():
            recorder.begin()

    def _recorded(self) -> Recording:
        rows = {path: recorder.end() for path, recorder in self._recorders.items()}
        return Recording(message=self._message, at=START, exchanges=tuple(self._exchanges), rows=rows)

    def _names(self, journal: Journal, made: dict[int, tuple[str, int]]) -> Callable[[bytes], bytes]:
        """Ids made in this run stand for who made them: table, boundary and the how-manieth there."""
        names: dict[bytes, bytes] = {}
        count: dict[tuple[str, str], int] = {}
        for key in sorted(made):
            table, number = made[key]
            by = maker(journal.frames[number])
            count[(table, by)] = count.get((table, by), 0) + 1
            names[str(key).encode()] = _text(f"new {table} {by}#{count[(table, by)]}")
        for value, by in self.clock.made.items():
            names[value.encode()] = _text(f"new id {by}")

        return lambda content: _replaced(content, names)


def _replaced(content: bytes, names: Mapping[bytes, bytes]) -> bytes:
    for value, name in names.items():
        if value in content:
            content = re.sub(
                rb"(?<![0-9.])" + value + rb"(?![0-9.])",
                lambda found, name=name: _named(found, name),  # type: ignore[misc]  # bound at once
                content,
            )
    return content


def _named(found: re.Match[bytes], name: bytes) -> bytes:
    """A number stays told from the text with the same digits."""
    return b'"' + name + b' (number)"' if _BARE.match(found.string, found.end()) else name


def _text(name: str) -> bytes:
    return orjson.dumps(name)[1:-1]


def _services(migration: Migration, token_key: bytes) -> Any:
    """Return the HTTP adapter, or None where no HTTP is declared; httpx is an extra, and every client is refused then."""
    try:
        from tasksplit.worlds.http import Services
    except ModuleNotFoundError:
        if migration.world.services:
            raise
        return None
    return Services(migration.world.services, migration.world.harmless, token_key)
