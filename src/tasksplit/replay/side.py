"""What did one side do on these messages? Runs inside a process of its own."""

from __future__ import annotations

import importlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from tasksplit.capture.boundaries import Boundaries
from tasksplit.capture.journal import Frame, Journal, observed
from tasksplit.capture.trace import Tracer
from tasksplit.errors import DeclarationError, TasksplitError, sentence
from tasksplit.model.delivered import Trip as Tasks
from tasksplit.model.message import Message, Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import Observation
from tasksplit.replay.broker import Broker, Published
from tasksplit.replay.circumstances import Circumstance, Course, How
from tasksplit.replay.deliveries import Deliveries
from tasksplit.replay.done import Done
from tasksplit.replay.done import done as done_of
from tasksplit.replay.entries import entry_task
from tasksplit.replay.forgetting import Forgetting, around, packages_of
from tasksplit.replay.payloads import Building, Payload, Posting
from tasksplit.replay.redacted import hidden
from tasksplit.replay.rehearsal import Without
from tasksplit.replay.touched import Touched, Touching, standins
from tasksplit.replay.trip import Trip, Worker
from tasksplit.replay.world import World
from tasksplit.wire.redaction import Redactor
from tasksplit.worlds import guard
from tasksplit.worlds.recording import Recording
from tasksplit.worlds.sink import ACTIVE, Alarm
from tasksplit.worlds.steps import STEPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Which tables did one boundary read and change? Dependencies are learnt from it."""

    handler: str
    instance: str
    before: tuple[int, ...]
    """Positions in ``Replayed.runs`` of the boundaries that it was started in, or chained to: they come before it."""
    ended: str
    """``returned``, ``returned:failure``, ``raised`` ...; empty when it never came to run."""
    reads: frozenset[str]
    rows: frozenset[tuple[str, str]]
    """(table, key) of the rows that it changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What did one side do on one message?"""

    message: str
    observations: tuple[Observation, ...]
    harness_errors: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    """(handler, attribute) that legacy read and the view does not carry; only where inputs are traced."""
    untraced: tuple[str, ...] = ()
    """Handlers whose inputs could not be traced."""
    left: tuple[str, ...] = ()
    """What tasks left in modules and classes of the project: here it is taken away, on a worker it stays."""
    uncommitted: tuple[str, ...] = ()
    ways: Mapping[tuple[str, str, str, str], int] = field(default_factory=dict)
    """Sender, task, queue and the handler that it runs -> how often it was sent."""
    seconds: float = 0.0
    runs: tuple[Run, ...] = ()
    recording: Recording | None = None
    """Where this side was recorded."""
    seen: Mapping[str, int] = field(default_factory=dict)
    """How often each declared service and call was seen in this message."""
    payloads: Mapping[int, Payload] = field(default_factory=dict)
    """Position in ``observations`` -> what a route would send (legacy), or what was sent (split)."""
    without: frozenset[str] = frozenset()
    """Handlers that legacy was replayed without."""
    touched: Touched = field(default_factory=dict)
    """Which lines it took, where coverage is measured."""
    circumstance: Circumstance | None = None
    """What befell the tasks, where something was to."""
    done: Done | None = None
    """What was other in the world in the end, under a circumstance."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """What was found to be secret in it, as it was: for the other side, and kept nowhere."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """What could not be looked into for secrets, by kind."""
    deliveries: Tasks = ()
    """What happened in each task, where designs are measured."""


class Circumstances(Protocol):
    """Which side runs, and under which circumstances?"""

    @property
    def migration(self) -> str: ...
    @property
    def side(self) -> Side: ...
    @property
    def trace(self) -> bool: ...
    @property
    def record(self) -> bool: ...
    @property
    def from_recordings(self) -> bool: ...
    @property
    def backwards(self) -> bool: ...
    @property
    def payloads(self) -> bool: ...
    @property
    def coverage(self) -> bool: ...
    @property
    def deliveries(self) -> bool: ...
    @property
    def token_key(self) -> bytes: ...


class SideRunner:
    """What does one side do on one message after the other, each in a scratch world of its own?"""

    def __init__(self, migration: Migration, job: Circumstances, *, strict: bool = False) -> None:
        side = job.side
        self._migration = migration
        self._side = side
        self._job = job
        self._strict = strict
        self._redactor = Redactor(migration.redact, job.token_key or secrets.token_bytes(32))
        self.world = World(migration, from_recordings=job.from_recordings, record=job.record, redactor=self._redactor)
        self._tracer = Tracer(project_prefixes=_prefixes(migration)) if job.trace else None
        self._boundaries = Boundaries(migration, side, self._tracer)
        app = entry_task(migration, migration.entries[0].name, side).app
        self._trip: Trip | None = None
        self.broker = Broker(app, self._published)
        self._forgetting = Forgetting(packages_of(_code(migration)), spared=around(standins(migration)))
        self._payloads: dict[int, Payload] = {}
        self._building = Building(migration, self._payloads) if job.payloads and side is Side.LEGACY else None
        self._posting = Posting(app, self._payloads) if job.payloads and side is Side.SPLIT else None
        self._touching = Touching(migration, job.migration, side) if job.coverage else None

    def _published(self, published: Published) -> None:
        if self._trip is not None:
            self._trip.published(published)

    def install(self) -> None:
        """Take over this process; raise DeclarationError when a declared task is not there."""
        self.broker.install()
        self._check_tasks()
        self.world.install()
        self._boundaries.install()
        self._forgetting.look()
        if self._touching is not None:
            self._touching.start()

    def _untraced(self, journal: Journal) -> None:
        """Where tracing failed, an input that was read may be missing: that is no clean A/A."""
        if self._tracer is not None and self._tracer.errors:
            journal.failed("tracing the inputs", TasksplitError("; ".join(self._tracer.errors[:3])))
            self._tracer.errors.clear()

    def _check_tasks(self) -> None:
        wanted = [(h.split, f"handler {h.name!r}") for h in self._migration.handlers if h.split]
        wanted += [(task, "dispatch, which goes on in it") for task in self._migration.dispatch.goes_on]
        for task, whose in wanted if self._side is Side.SPLIT else ():
            if not self.broker.knows(task):
                names = sorted(n for n in self.broker.app.tasks if not n.startswith("celery."))
                raise DeclarationError(
                    sentence(
                        found=f"the split task {task!r} of {whose}, which no worker knows",
                        expected="one of " + ", ".join(names),
                        do="correct the name, or import the module that defines it in the Celery app",
                    )
                )

    def _newly_seen(self) -> dict[str, int]:
        """Return how often each declared service and call was seen since the last message."""
        counts = [self.world.calls.seen]
        if self.world.services is not None:
            counts.append(self.world.services.seen)
        seen: dict[str, int] = {}
        for count in counts:
            seen.update(count)
            count.update(dict.fromkeys(count, 0))
        return seen

    def uninstall(self) -> None:
        """Give the process back."""
        if self._touching is not None:
            self._touching.stop()
        self._forgetting.drop()
        self._boundaries.uninstall()
        self.world.uninstall()
        self.broker.uninstall()

    def run(
        self,
        message: Message,
        recording: Recording | None = None,
        *,
        without: frozenset[str] = frozenset(),
        circumstance: Circumstance | None = None,
    ) -> Replayed:
        """Run one message, legacy perhaps ``without`` some handlers; what the user's code does is an observation.

        ``circumstance``: what befalls the tasks, and ``Replayed.done`` says what is other in the world afterwards.
        """
        return hidden(self._run(message, recording, without, circumstance), self._redactor, message.payload)

    def _run(
        self,
        message: Message,
        recording: Recording | None,
        without: frozenset[str],
        circumstance: Circumstance | None,
    ) -> Replayed:
        began = time.perf_counter()
        journal = Journal(
            message.id, self._side, self.world.clock, failure=self._migration.failure, strict=self._strict
        )
        deliveries = Deliveries(journal) if self._job.deliveries else None
        self._trip = Trip(self._migration, self._side, self.broker, journal, worker=self._worker(deliveries))
        self._boundaries.divert = Without(without) if without else self._building
        self._boundaries.unread.clear()
        self._boundaries.untraced.clear()
        self._forgetting.left.clear()
        self._payloads.clear()
        self.world.begin(message, recording)
        if self._touching is not None:
            journal.stack = self._touching.stack()
        ACTIVE.sink = journal
        course = None if circumstance is None else self._listen(circumstance, message)
        done = None
        try:
            self._trip.run(message, backwards=self._job.backwards, course=course)
            self._untraced(journal)
            done = None if course is None else done_of(journal, self.world, course)
        finally:
            STEPS.steps = None
            touched = self._touched(journal)
            rows, names, recorded = self.world.end(journal)
        return Replayed(
            message=message.id,
            observations=observed(journal, rows, names),
            harness_errors=tuple(journal.harness_errors),
            alarms=tuple(journal.alarms),
            unread=tuple((h, a) for h, names_ in self._boundaries.unread.items() for a in sorted(names_)),
            untraced=tuple(sorted(self._boundaries.untraced)),
            left=tuple(sorted(self._forgetting.left)),
            uncommitted=tuple(self._trip.uncommitted),
            ways=dict(self._trip.ways),
            runs=tuple(_run(frame, rows.get(frame.number, [])) for frame in journal.frames),
            seen=self._newly_seen(),
            recording=recorded,
            seconds=time.perf_counter() - began,
            payloads={n: replace(p, content=names(p.content)) for n, p in self._payloads.items()},
            without=without,
            touched=touched,
            circumstance=circumstance,
            done=done,
            deliveries=() if deliveries is None else deliveries.told(rows),
        )

    def said(self, message: Message, text: str) -> str:
        """Return a text about a message without its secrets."""
        return self._redactor.message(message.payload).text(text)

    def _listen(self, circumstance: Circumstance, message: Message) -> Course:
        """Make every effect of this message a step, at which something may befall it."""
        self.world.listen()
        self.broker.listen()
        if circumstance.how is How.OTHER_DRAWS:
            self.world.clock.begin(f"{message.id} again", self.world.clock.began)
        course = Course(circumstance)
        STEPS.steps = course
        return course

    def _touched(self, journal: Journal) -> Touched:
        """Return which lines this message took, where that is measured; a failure of ours is one of the message."""
        if self._touching is None:
            return {}
        touched = self._touching.take()
        journal.harness_errors += self._touching.errors
        return {} if self._touching.errors else touched

    def _worker(self, deliveries: Deliveries | None) -> Worker:
        known: dict[str, Any] = {
            "uncommitted": self.world.uncommitted, "forget": self._forgetting.forget, "deliveries": deliveries,
        }  # fmt: skip
        return Worker(**known) if self._posting is None else Worker(**known, arrived=self._posting)


def _run(frame: Frame, rows: list[dict[str, Any]]) -> Run:
    before = [earlier.number for earlier in frame.chained]
    parent = frame.parent
    while parent is not None:
        before.append(parent.number)
        parent = parent.parent
    return Run(
        handler=frame.handler, instance=frame.instance, before=tuple(before), ended=frame.ended,
        reads=frame.tables,
        rows=frozenset((row["table"], repr(row["key"])) for row in rows),
    )  # fmt: skip


def _code(migration: Migration) -> list[str]:
    """Return the dotted paths of the code of both sides."""
    entries = [path for e in migration.entries for path in (e.legacy, e.split)]
    return entries + [path for h in migration.handlers for path in (h.legacy, h.implementation)]


def _prefixes(migration: Migration) -> tuple[str, ...]:
    return tuple({h.legacy.split(".", 1)[0].split(":", 1)[0] for h in migration.handlers})


def warm() -> None:
    """Import what would otherwise be imported, and perhaps start a process, after the guard is armed."""
    for name in ("celery.app.trace", "kombu.transport.memory", "sqlalchemy.orm", "uuid", "platform"):
        importlib.import_module(name)
    guard.arm()
