"""What does legacy do on its own worker? Recorded while it runs, and handed on for a replay elsewhere.

The order of things on the message's path: the payload is frozen, boundaries and adapters take notes in memory, and
what was noted is handed over as it is. What it means is worked out by the writer's thread. No I/O of ours happens here
but one kind: rows that a statement is about to change and that nobody has read yet are read before, on the same
connection. Nothing here may change legacy: each of our steps is caught, named and counted.
"""

from __future__ import annotations

import functools
import inspect
import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from celery import signals
from kombu.utils import json as wire_json

from tasksplit.capture.boundaries import Boundaries
from tasksplit.capture.freeze import freeze
from tasksplit.capture.heard import Heard
from tasksplit.capture.journal import Divert, Journal
from tasksplit.capture.outcomes import is_time_limit, raised, returned
from tasksplit.errors import MessageError
from tasksplit.live.clock import RealTime
from tasksplit.live.counters import Count
from tasksplit.model.message import Side
from tasksplit.model.migration import Entry, Migration
from tasksplit.model.observation import DISPATCH
from tasksplit.wire.moments import seconds_until
from tasksplit.wire.redaction import Redactor
from tasksplit.worlds.arguments import Named, by_name
from tasksplit.worlds.calls_heard import CallsHeard
from tasksplit.worlds.rows_anew import kept_under_both
from tasksplit.worlds.rows_notes import Notes
from tasksplit.worlds.rows_recorder import RowRecorder
from tasksplit.worlds.scratch import engine_of
from tasksplit.worlds.sink import ACTIVE, Current

_ONE = "the one"
PER_ROW = 200  #: bytes that a row is taken for, where what waits is bounded: an estimate, made without looking at it


class HandOver(Protocol):
    """Who takes what was recorded? It never waits and never raises."""

    def __call__(self, size: int, make: Callable[[], bytes]) -> bool:
        """Take ``size`` bytes (about), made by ``make`` on another thread; return whether there was room."""


class Counting(Protocol):
    """Who counts, so that the counts outlive this process?"""

    def add(self, count: Count, number: int = 1) -> None:
        """Count ``number`` more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What did a worker receive for an entry, and who answers at its boundaries?"""

    entry: Entry
    id: str
    """Of the message, which is that of its task."""
    payload: Any  # any JSON value: the user's
    divert: Divert | None = None
    """Answers whether the split task was sent instead; None: legacy runs everything."""
    record: bool = True
    """Whether it is to be recorded; boundaries are there in any case."""


@dataclass(slots=True)
class _Taken:
    """What is noted of the message that is at work?"""

    received: Received
    payload: bytes
    journal: Journal
    recorded: bool
    """Whether rows and answers are kept too: one message of a process at a time."""


class Recorder:
    """How is legacy listened to, from the arrival of a message to its end?"""

    def __init__(
        self, migration: Migration, *, hand_over: HandOver, counting: Counting, token_key: bytes, strict: bool = False
    ) -> None:
        """``strict``: our own failures are raised, as in tests; on a worker they are counted."""
        self._migration = migration
        self._hand_over = hand_over
        self._counting = counting
        self._strict = strict
        self._boundaries = Boundaries(migration, Side.LEGACY)
        self._calls = CallsHeard(migration.world.calls, write=freeze)
        self._services = _services(migration, token_key)
        self._rows = [RowRecorder(*engine_of(d), Current(), here=self._is_heard) for d in migration.world.databases]
        # Who is recorded: one message of this process at a time. Set and let go of in one step of C each, since a time
        # limit may strike between any two; whose it is says the value itself.
        self._at_work: dict[str, Received] = {}
        self._journal: Journal | None = None

    def install(self) -> None:
        """Stand before every boundary and adapter of this process; before a fork, so that children inherit it."""
        ACTIVE.by_context()
        for part in (*self._rows, self._calls, *self._services):
            part.install()
        self._boundaries.install()
        signals.before_task_publish.connect(self._sent, weak=False, dispatch_uid=f"tasksplit-live-{id(self)}")

    def uninstall(self) -> None:
        """Give the process back."""
        signals.before_task_publish.disconnect(dispatch_uid=f"tasksplit-live-{id(self)}")
        self._boundaries.uninstall()
        for part in (*self._services, self._calls, *self._rows):
            part.uninstall()
        ACTIVE.by_process()

    def run(self, received: Received, call: Callable[[], Any]) -> Any:
        """Run legacy's task as ``call`` does, recorded; what it returns or raises is untouched."""
        try:
            try:
                return self._run(received, call)
            finally:
                self._leave(received)
        finally:
            self._leave(received)  # a time limit, of which there is one a message, may strike in the first

    def _run(self, received: Received, call: Callable[[], Any]) -> Any:
        taken = self._begin(received)
        if taken is None:
            return call()
        try:
            value = call()
        except BaseException as error:
            self._end(taken, raised, error)
            raise
        self._end(taken, lambda _none: self._outcome(taken.journal, value), None)
        return value

    # --- on the message's path: whatever fails here is ours, and legacy goes on -------------------------------------

    def _begin(self, received: Received) -> _Taken | None:
        divert = received.divert
        recorded = received.record and self._at_work.setdefault(_ONE, received) is received
        if received.record and not recorded:
            self._counting.add(Count.NOT_RECORDED)
        if not recorded and divert is None:
            return None
        try:
            frozen = pickle.dumps(received.payload, protocol=5)  # as it came: legacy may change it
            journal = Journal(
                received.id, Side.LEGACY, RealTime(), failure=self._migration.failure, write=freeze, strict=self._strict
            )
            journal.divert = divert
            if recorded:
                journal.exchanges = []
                self._journal = journal
                for rows in self._rows:
                    rows.begin()
            journal.enter(journal.open(DISPATCH, parent=None), None, "")
            ACTIVE.sink = journal
        except Exception as error:  # nothing runs yet that could be half done
            ACTIVE.sink = None
            if not recorded:  # else it is counted where it is cleared up
                self._counting.add(Count.FAILED)
            self._leave(received)
            if self._strict or divert is not None or is_time_limit(error):  # on a route nothing acts on a guess
                raise
            return None
        return _Taken(received, frozen, journal, recorded)

    def _end(self, taken: _Taken, outcome: Callable[[Any], Mapping[str, Any]], error: BaseException | None) -> None:
        try:
            ACTIVE.sink = taken.journal  # a handler may have left another context
            taken.journal.close(taken.journal.frames[0], outcome(error), error)
            ACTIVE.sink = None
            if not taken.recorded:
                return
            notes = [rows.finish() for rows in self._rows]
            diverted = taken.journal.diverted
        except Exception as ours:
            if not taken.recorded:
                self._counting.add(Count.FAILED)
            self._leave(taken.received)
            if self._strict or is_time_limit(ours):
                raise
            return
        self._journal = None
        self._at_work.pop(_ONE, None)
        if diverted:  # the split did a part of it: neither side's replay can be held against that
            self._counting.add(Count.SAMPLED_OUT)
            return
        self._hand_over(_size(taken, notes), _Making(taken, notes, time.time()))

    def _leave(self, received: Received) -> None:
        """Clear up behind a message that did not come to its end here; again, or after its end: nothing happens."""
        sink = ACTIVE.get()
        if isinstance(sink, Journal) and sink.message == received.id:
            ACTIVE.sink = None
        if self._at_work.get(_ONE) is received:
            self._journal = None
            for rows in self._rows:
                rows.finish()
            self._at_work.pop(_ONE, None)
            self._counting.add(Count.FAILED)

    def _is_heard(self) -> bool:
        """Return whether what happens here belongs to the message that is recorded.

        Not to one beside it, nor to an earlier one whose context something still runs in.
        """
        return self._journal is not None and ACTIVE.get() is self._journal

    def _outcome(self, journal: Journal, value: Any) -> Mapping[str, Any]:
        view = self._migration.dispatch.outcome
        try:
            return returned(value if view is None else view(value))
        except Exception as error:  # noqa: BLE001  # the user's function may raise anything: ours to say
            journal.failed("Dispatch.outcome", error)
            return returned(None)

    def _sent(self, sender: str, *, body: Any, headers: Mapping[str, Any], **rest: Any) -> None:
        """Note a task that legacy sends, in the boundary that sends it; a retry of the message itself is none."""
        journal = ACTIVE.sink
        if not isinstance(journal, Journal) or not journal.stack or str(headers.get("id")) == journal.message:
            return
        try:
            args, kwargs, _embed = wire_json.loads(wire_json.dumps(body))  # type: ignore[no-untyped-call]  # of kombu
            properties, now = rest.get("properties") or {}, datetime.now(UTC)
            journal.call(
                {
                    "call": "task", "task": sender, "queue": rest.get("routing_key"), "args": args, "kwargs": kwargs,
                    "countdown": _until(headers.get("eta"), now), "expires": _until(headers.get("expires"), now),
                    "priority": properties.get("priority"),
                }
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001  # ours: the task is sent all the same
            journal.failed(f"writing down that {sender} was sent", error)


@dataclass(frozen=True, slots=True)
class _Making:
    """How do notes become what is replayed? On the writer's thread."""

    taken: _Taken
    notes: Sequence[Notes]
    ended_at: float

    def __call__(self) -> bytes:
        """Return what was heard, as bytes for our own processes: what it means is worked out by the shadow worker."""
        taken, journal = self.taken, self.taken.journal
        for frame in journal.frames:
            frame.value = frame.failed_child = None  # objects of the user's: nobody asks for them any more
        return pickle.dumps(
            Heard(
                entry=taken.received.entry.name,
                message=taken.received.id,
                payload=taken.payload,
                frames=tuple(journal.frames),
                exchanges=tuple(journal.exchanges or ()),
                rows=tuple(kept_under_both(one.analyse(), one.metadata) for one in self.notes),
                began_at=journal.frames[0].base,
                ended_at=self.ended_at,
                harness_errors=tuple(journal.harness_errors),
            ),
            protocol=5,
        )


def payload_of(entry: Entry, run: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the payload that the arguments of an entry were made of: the inverse of ``Entry.arguments``.

    Raises MessageError where no argument gives them back: then the entry is to declare its ``payload``.
    """
    given = _named(run)(tuple(args), dict(kwargs))
    try:
        if entry.payload is not None:
            return entry.payload(given)
    except Exception as error:
        if is_time_limit(error):
            raise
        raise MessageError(f"the entry's payload() raised {type(error).__name__}", str(error)) from error
    for value in given.values():
        if _gives(entry, value, given):
            return value
    raise MessageError("its payload is not among its arguments", "declare Entry(payload=...)")


@functools.lru_cache(maxsize=64)  # one for each task that is an entry
def _named(run: Callable[..., Any]) -> Named:
    return by_name(inspect.signature(run), without=("self",))


def _gives(entry: Entry, value: Any, given: Mapping[str, Any]) -> bool:
    try:
        again = dict(entry.arguments(value))
        return bool(again == {name: given[name] for name in again})
    except Exception as error:  # the user's function, given something else than a payload
        if is_time_limit(error):
            raise
        return False


def _until(when: Any, now: datetime) -> float | None:
    """Return the seconds until an eta, without the moment that publishing took."""
    seconds = seconds_until(when, now)
    return None if seconds is None else round(seconds, 1)


def _size(taken: _Taken, notes: Sequence[Notes]) -> int:
    """Return about how many bytes wait: what is large is payload, answers and rows."""
    answers = sum(len(e.asked) + sum(_length(part) for part in e.answer) for e in taken.journal.exchanges or ())
    return len(taken.payload) + answers + PER_ROW * sum(len(one) for one in notes)


def _length(part: Any) -> int:
    return len(part) if isinstance(part, bytes | str) else PER_ROW


def _services(migration: Migration, token_key: bytes) -> list[Any]:
    """Return the HTTP adapter; nothing where httpx, an extra, is not installed and no HTTP is declared."""
    try:
        from tasksplit.worlds.http_heard import Heard as HttpHeard
    except ModuleNotFoundError:
        if migration.world.services:
            raise
        return []
    return [HttpHeard(migration.world.services, Redactor(migration.redact, token_key), write=freeze)]
