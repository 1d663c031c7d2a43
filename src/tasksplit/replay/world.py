"""In which world does a replay run? Scratch rows, answered services and calls, a clock of its own; nothing gets out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tasksplit.capture.journal import Journal
from tasksplit.capture.naming import Made, Rows, names, rows_of
from tasksplit.model.message import Message, Origin
from tasksplit.model.migration import Migration
from tasksplit.wire.redaction import Redactor
from tasksplit.worlds import guard
from tasksplit.worlds.answers import Answers, Exchange
from tasksplit.worlds.calls import Calls
from tasksplit.worlds.clock import START, Clock
from tasksplit.worlds.recording import Recording
from tasksplit.worlds.references import resolve
from tasksplit.worlds.rows_answers import RowAnswers
from tasksplit.worlds.rows_recorder import RowRecorder
from tasksplit.worlds.rows_steps import listen
from tasksplit.worlds.scratch import FIRST_ID, Change, Scratch, refuse_other_engines
from tasksplit.worlds.sink import ACTIVE, Current, Undo


class World:
    """In which world does one side run one message after the other?"""

    def __init__(
        self,
        migration: Migration,
        *,
        from_recordings: bool = False,
        record: bool = False,
        redactor: Redactor | None = None,
    ) -> None:
        declared = migration.world
        self._from_recordings = from_recordings
        self._record = record
        self._harmless = bool(declared.harmless)
        self._fixture: Callable[[Any], None] | None = None
        if declared.fixture:
            self._fixture = resolve(declared.fixture).value
        self.clock = Clock()
        self.databases = [Scratch(d, strict=not from_recordings) for d in declared.databases]
        self._recorders = [RowRecorder(d.engine, d.metadata, Current()) for d in self.databases] if record else []
        self._rows = [RowAnswers(d.engine, d.metadata, Current(), own_ids_from=FIRST_ID) for d in self.databases]
        self.calls = Calls(declared.calls)
        self.services = _services(migration, redactor)
        self._undo: list[Undo] = []

    def install(self) -> None:
        """Take over this process: from here on it acts in no real world."""
        refuse_other_engines()
        for database in self.databases:
            database.install()
        for listener in (*self._recorders, *(self._rows if self._from_recordings else ())):
            listener.install()
        self.calls.install()
        if self.services is not None:
            self.services.install()
        self.clock.install()
        guard.arm()

    def uninstall(self) -> None:
        """Give the process back."""
        guard.disarm()
        for undo in self._undo:
            undo()
        self._undo = []
        self.clock.uninstall()
        if self.services is not None:
            self.services.uninstall()
        self.calls.uninstall()
        for listener in (*self._recorders, *(self._rows if self._from_recordings else ())):
            listener.uninstall()
        for database in reversed(self.databases):
            database.uninstall()

    def begin(self, message: Message, recording: Recording | None = None) -> None:
        """Build the world of one message: from its recording, or by the fixture."""
        ACTIVE.sink = None
        self.clock.begin(message.id, START if recording is None else recording.at)
        for database in self.databases:
            database.empty()
        offline = message.origin is Origin.TEST  # what a worker recorded has no fixture: its world was the real one
        if self._fixture is not None and offline and (self._harmless or not self._from_recordings):
            self._fixture(message.payload)
        if self.services is not None:
            self.services.fixture_answers = offline
        if recording is not None:
            for database in self.databases:
                database.empty()  # the fixture is there for harmless reads of its stand-ins only
            self._fill(recording)
        for database in self.databases:
            database.ready()
        self._message = message.id
        if self._record:
            self._listen()

    def uncommitted(self) -> bool:
        """Return whether some session has changes that it did not commit."""
        return any(database.uncommitted() for database in self.databases)

    def net(self) -> tuple[list[Change], Made]:
        """Return how the rows are other than before the message, whoever changed them; each id made -> boundary."""
        ACTIVE.sink = None
        changes: list[Change] = []
        made: Made = {}
        for database in self.databases:
            changed, keys = database.changes(whole=True)
            changes += changed
            made.update({(table, key): frame for key, (table, frame) in keys.items()})
        return changes, made

    def listen(self) -> None:
        """Make the commits of all scratch databases steps of a task; once."""
        if not self._undo:
            self._undo = [listen(database.engine) for database in self.databases]

    def end(self, journal: Journal) -> tuple[Rows, Callable[[bytes], bytes], Recording | None]:
        """Return the row changes of each boundary, what replaces ids made in this run, and the recording if any."""
        ACTIVE.sink = None
        if self._record:
            return self._recorded(journal)
        rows: Rows = {}
        made: Made = {}
        for database in self.databases:
            changes, keys = database.changes()
            made.update({(table, key): frame for key, (table, frame) in keys.items()})
            for change in changes:
                rows.setdefault(change.frame, []).append(
                    {"table": change.table, "op": change.op, "key": change.key, "columns": change.columns}
                )
        return rows, names(journal.frames, made, self.clock.made), None

    # --- recordings -------------------------------------------------------------------------------------------

    def _fill(self, recording: Recording) -> None:
        """Build the world from a recording: the rows as they were, and the answers that were given."""
        answers = Answers(recording.exchanges)
        self.calls.answers = answers
        if self.services is not None:
            self.services.answers = answers
        for database, filler, rows in zip(self.databases, self._rows, recording.rows, strict=True):
            with database.engine.begin() as connection:
                filler.fill(connection, rows)

    def _listen(self) -> None:
        """Record this message."""
        self._exchanges: list[Exchange] = []
        self.calls.exchanges = self._exchanges
        if self.services is not None:
            self.services.exchanges = self._exchanges
        for recorder in self._recorders:
            recorder.begin()

    def _recorded(self, journal: Journal) -> tuple[Rows, Callable[[bytes], bytes], Recording]:
        """Return what was recorded; here nothing asks the database what changed, as nothing does in production."""
        recorded = tuple(recorder.end() for recorder in self._recorders)
        rows, made = rows_of(recorded, journal.frames)
        recording = Recording(message=self._message, at=START, exchanges=tuple(self._exchanges), rows=recorded)
        return rows, names(journal.frames, made, self.clock.made), recording


def _services(migration: Migration, redactor: Redactor | None) -> Any:
    """Return the HTTP adapter; None where httpx, an extra, is not installed and no HTTP is declared."""
    try:
        from tasksplit.worlds.http import Services
    except ModuleNotFoundError:
        if migration.world.services:
            raise
        return None
    return Services(migration.world.services, migration.world.harmless, redactor)
