"""What did one side do on one message, boundary by boundary? One journal a message and side; adapters write into it."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from tasksplit.capture.outcomes import is_time_limit, is_uncompiled, led_to
from tasksplit.errors import TasksplitError
from tasksplit.model.message import Side
from tasksplit.model.migration import Handler
from tasksplit.model.observation import Observation, OutcomeKind
from tasksplit.wire.canonical import as_bytes, canonical, plain, tree_of
from tasksplit.worlds.answers import Exchange
from tasksplit.worlds.sink import Alarm, Missed, Refused

CHILD_SECONDS = 1.0  #: virtual seconds between a parent and its child, at the least


@dataclass(slots=True)
class Frame:
    """What happens inside one boundary? Changed only while it is open."""

    number: int
    handler: str
    attempt: int
    parent: Frame | None
    base: float
    """Virtual seconds since the epoch at which it began."""
    label: str = ""
    instance: str = ""
    inputs: bytes | None = None
    value: Any = None  # what the implementation returned: the user's
    calls: list[bytes | Sent] = field(default_factory=list)
    started: list[Frame] = field(default_factory=list)
    chained: list[Frame] = field(default_factory=list)
    """Boundaries after whose end Celery itself sent it, in a chain, a link, a chord; or that had ended in the same
    delivery of a task before it was called there."""
    outcome: bytes = b""
    ended: str = ""
    """The kind of its outcome, and whether what it returned says that it failed."""
    began: float = 0.0
    duration: float = 0.0
    failed_child: tuple[str, Exception] | None = None
    """The last handler inside this one that raised, and what: it ended this one only if that came out of here too."""
    interrupted: str | None = None
    undecided: str | None = None
    calls_before_miss: int | None = None
    acted: bool = False
    """The implementation ended normally; its value is what counts when the task also returns."""
    entered: bool = False
    tables: frozenset[str] = frozenset()
    """Which tables it read."""
    inside: bool = False
    """It is called inside another's task: where that one is tried again because of it, its next run is its retry."""
    waited: float = 0.0
    """Virtual seconds that retries waited before it."""
    stands: tuple[bytes, str] | None = None
    """How an earlier one of the tasks that it goes on in ended, where that one did not return: so it ended."""

    @property
    def now(self) -> float:
        """Return which time it is in it: virtual seconds since the epoch."""
        return self.base + 0.001 * len(self.started)


@dataclass(slots=True)
class Sent:
    """Which task was sent? Its arguments are filled in after they crossed the wire."""

    id: str
    entry: dict[str, Any]
    arrived: bool = False


class Divert(Protocol):
    """Does this run of a handler belong to the split?"""

    def __call__(self, handler: Handler, inputs: Mapping[str, Any] | None, instance: str) -> bool:
        """Return True where its split task was sent: legacy must not run it. False: run it here.

        ``inputs``: what the view gave, before anything is written down; None where the view failed.
        """


class Time(Protocol):
    """What time is it in a boundary? In a replay it is ours; on a worker it is what it is."""

    began: float
    """Seconds since the epoch at which the message started."""

    def enter(self, frame: str, at: float) -> None:
        """A boundary is entered, or entered again after a child ended, at ``at`` seconds since the epoch."""


class Observed(Protocol):
    """What must be known of a message, so that it can be told what was done on it?"""

    @property
    def message(self) -> str:
        """Return its id."""

    @property
    def side(self) -> Side:
        """Return who worked on it."""

    @property
    def frames(self) -> Sequence[Frame]:
        """Return its boundaries in the order in which they were opened; what they hold is in canonical form."""


class Journal:
    """What did one side do on one message? Implements ``worlds.sink.Sink``."""

    def __init__(  # noqa: PLR0913  # two that say what is listened to, one clock, three ways in which
        self,
        message: str,
        side: Side,
        clock: Time,
        *,
        failure: Callable[[Any], bool] | None = None,
        write: Callable[[Any], bytes] = canonical,
        strict: bool = False,
    ) -> None:
        """``write``: how values become bytes that stay as they are now; a worker has a faster way, see ``freeze``."""
        self._failure = failure
        self.write = write
        self.message = message
        self.side = side
        self.viewing = False
        self.exchanges: list[Exchange] | None = None
        self.divert: Divert | None = None
        """Set for a message whose route may name the split."""
        self.diverted = False
        """Whether a handler did not run here: then this is not all that legacy does."""
        self.frames: list[Frame] = []
        self.since = 0
        """The number of the first boundary that the delivery at work may open."""
        self.stack: list[Frame] = []
        self.awaited: list[tuple[object, int]] = []
        """Boundaries that are open while an event loop may run something else, and the thread of that loop."""
        self.alarms: list[Alarm] = []
        self.harness_errors: list[str] = []
        self._clock = clock
        self._strict = strict

    # --- the sink ---------------------------------------------------------------------------------------------

    def frame(self) -> int:
        """Return the number of the innermost open boundary; between tasks dispatch owns what a thread still does."""
        if self.stack:
            return self.stack[-1].number
        return 0 if self.frames else -1

    def call(self, entry: dict[str, Any]) -> None:
        """Note an effect other than a row, in order, as it is now."""
        number = self.frame()
        if number < 0:
            return
        try:
            self.frames[number].calls.append(self.write(entry))
        except TasksplitError as error:
            self.failed(f"writing down the call {entry.get('call')}", error)

    def reads(self, tables: frozenset[str]) -> None:
        """Note which tables the innermost boundary asked; a view may ask none."""
        if self.viewing:
            raise Refused(f"a view may only look, and it reads {', '.join(sorted(tables))} from the database")
        if self.stack:
            self.stack[-1].tables |= tables

    def alarm(self, alarm: Alarm) -> None:
        """Note what was refused: an effect that nobody declared, in the boundary where it was tried."""
        self.alarms.append(alarm)
        if not self.viewing:
            self.call({"call": "undeclared", "event": alarm.event, "target": alarm.target, "site": alarm.site})

    def miss(self, what: str) -> NoReturn:
        """Note a read that the recording cannot answer; what comes after it in this boundary is undecided."""
        if self.stack and self.stack[-1].undecided is None:
            self.stack[-1].undecided = f"not in the recording: {what}"
            self.stack[-1].calls_before_miss = len(self.stack[-1].calls)
        raise Missed(what)

    def failed(self, step: str, error: BaseException) -> None:
        """Note our own failure: what is open is undecided, and the user's code goes on.

        A time limit of Celery is no failure of ours, wherever it strikes: it goes on to the user.
        """
        if self._strict or is_time_limit(error):
            raise error
        text = f"{step}: {type(error).__name__}: {error}"
        self.harness_errors.append(text)
        frame = self.stack[-1] if self.stack else self.frames[0] if self.frames else None
        if frame is not None and frame.undecided is None:  # between tasks: dispatch, and with it all that it started
            frame.undecided = f"tasksplit failed: {text}"

    # --- boundaries -------------------------------------------------------------------------------------------

    def open(self, handler: str, *, parent: Frame | None, attempt: int = 0, inside: bool = False) -> Frame:
        """Open a boundary; its time and its draws follow once ``enter`` names it."""
        base = self._clock_base() if parent is None else parent.base + CHILD_SECONDS
        frame = Frame(
            number=len(self.frames), handler=handler, attempt=attempt, parent=parent, base=base,
            began=time.perf_counter(), inside=inside,
        )  # fmt: skip
        self.frames.append(frame)
        self.stack.append(frame)
        self._name(frame, f"{handler}:{attempt}")
        return frame

    def enter(self, frame: Frame, inputs: bytes | None, instance: str) -> None:
        """The inputs are known: from here on time and draws depend on handler, instance and attempt alone."""
        frame.inputs = inputs
        frame.instance = instance
        frame.entered = True
        if frame.inside:
            frame.attempt = sum(
                f.handler == frame.handler and f.instance == instance and f.ended == OutcomeKind.RETRIED
                for f in self.frames
            )
        same = sum(
            f.handler == frame.handler and f.instance == instance and f.attempt == frame.attempt and f.entered
            for f in self.frames
        )
        if frame.parent is not None:
            frame.base += (zlib.crc32(f"{frame.handler}/{instance}".encode()) % 1000) / 1000
        self._name(frame, f"{maker(frame)}:{same - 1}")

    def close(self, frame: Frame, outcome: Mapping[str, Any], error: BaseException | None = None) -> None:
        """Close a boundary with its outcome, and the error that it ended with; go back to the time around it."""
        if error is not None and is_uncompiled(error):
            self.failed("SQL that the scratch database has no words for", error)
        if frame.failed_child is not None and error is not None and led_to(frame.failed_child[1], error):
            frame.interrupted = frame.failed_child[0]
            self._retried(frame.interrupted, outcome)
        frame.duration = time.perf_counter() - frame.began
        frame.ended = self._ended(outcome)
        try:
            frame.outcome = self.write(outcome)
        except TasksplitError as unwritable:
            frame.outcome = self.write({"kind": outcome["kind"]})
            self.failed(f"writing down what {frame.handler} returned", unwritable)
        if frame.stands is not None:
            frame.outcome, frame.ended = frame.stands
        while self.stack and self.stack[-1] is not frame:
            self.stack.pop()
        if self.stack:
            self.stack.pop()
        if self.stack:
            self._name(self.stack[-1], self.stack[-1].label)

    def _retried(self, child: str, outcome: Mapping[str, Any]) -> None:
        """Where the task around a handler is tried again because of it, that is how it ended: in Celery's terms."""
        if outcome["kind"] == OutcomeKind.RETRIED:
            frame = next(f for f in reversed(self.frames) if f.handler == child)
            frame.outcome, frame.ended = self.write(outcome), str(outcome["kind"])

    def further(self, frame: Frame) -> Frame:
        """Open a boundary in the next task that it goes on in: what returns there makes no error of an earlier good."""
        tried_again = frame.ended == OutcomeKind.RETRIED and frame.interrupted is not None
        if frame.outcome and not frame.ended.startswith(OutcomeKind.RETURNED) and not tried_again:
            frame.stands = frame.stands or (frame.outcome, frame.ended)
        self.resume(frame)
        frame.began -= frame.duration  # how long the tasks before it took is part of how long it takes
        return frame

    def again(self, frame: Frame, waited: float) -> Frame:
        """Open a boundary once more, ``waited`` seconds after it ended: the same one goes on."""
        frame.base += waited
        frame.outcome, frame.ended, frame.interrupted, frame.failed_child = b"", "", None, None
        self.resume(frame)
        frame.began -= frame.duration
        return frame

    def _ended(self, outcome: Mapping[str, Any]) -> str:
        kind = str(outcome["kind"])
        if self._failure is None or kind != OutcomeKind.RETURNED:
            return kind
        try:
            return f"{kind}:failure" if self._failure(outcome["value"]) else kind
        except Exception as error:  # noqa: BLE001  # the user's function
            self.failed("Migration.failure", error)
            return kind

    def started(self, parent: Frame, child: Frame) -> None:
        """Note that ``parent`` started ``child``: by calling it, or by sending its task."""
        parent.started.append(child)
        if self.stack and self.stack[-1] is parent:
            self._name(parent, parent.label)

    def reserve(self, handler: str, parent: Frame) -> Frame:
        """Note that the task of a handler was sent: its boundary opens when the task runs."""
        frame = Frame(
            number=len(self.frames), handler=handler, attempt=0, parent=parent, base=parent.base + CHILD_SECONDS
        )
        self.frames.append(frame)
        self.started(parent, frame)
        return frame

    def resume(self, frame: Frame) -> Frame:
        """Open the boundary that was reserved."""
        frame.began = time.perf_counter()
        self.stack.append(frame)
        self._name(frame, f"{frame.handler}:{frame.attempt}")
        return frame

    def back(self) -> None:
        """Go back to the time of the innermost open boundary: another worker was at work meanwhile."""
        if self.stack:
            self._name(self.stack[-1], self.stack[-1].label)

    def _name(self, frame: Frame, label: str) -> None:
        frame.label = label
        self._clock.enter(label, frame.now)

    def _clock_base(self) -> float:
        return self._clock.began


def observed(
    journal: Observed, rows: Mapping[int, list[dict[str, Any]]], names: Callable[[bytes], bytes]
) -> tuple[Observation, ...]:
    """Return one observation for each boundary; ``names`` replaces ids made in this run by what they stand for."""
    found: list[Observation] = []
    count: dict[tuple[str, str, int], int] = {}
    for frame in journal.frames:
        identity = (frame.handler, frame.instance, frame.attempt)
        ordinal = count.get(identity, 0)
        count[identity] = ordinal + 1
        found.append(
            Observation(
                message=journal.message,
                handler=frame.handler,
                instance=names(frame.instance.encode()).decode(),
                attempt=frame.attempt,
                ordinal=ordinal,
                side=journal.side,
                content=names(_content(frame, rows.get(frame.number, []))),
                duration=frame.duration,
                ended=frame.ended,
                parent=frame.parent.handler if frame.parent else None,
                interrupted=frame.interrupted,
                undecided=frame.undecided,
                calls_before_miss=frame.calls_before_miss,
            )
        )
    return tuple(found)


def maker(frame: Frame) -> str:
    """Return a boundary's name as it stands in ids that it made: the instance short, the same on both sides."""
    instance = frame.instance
    if len(instance) > 40:
        instance = f"{zlib.crc32(instance.encode()):08x}"
    return f"{frame.handler}/{instance}:{frame.attempt}" if instance or frame.attempt else frame.handler


def _content(frame: Frame, rows: list[dict[str, Any]]) -> bytes:
    calls = [c if isinstance(c, bytes) else canonical(c.entry) for c in frame.calls if _happened(c)]
    tables: dict[str, list[Any]] = {}
    for row in rows:
        tables.setdefault(row["table"], []).append({k: row[k] for k in ("op", "key", "columns")})
    started = [{"handler": f.handler, "instance": f.instance} for f in frame.started if f.attempt == 0]
    return as_bytes(
        {
            "effects": {"calls": [plain(c) for c in calls], "rows": tree_of(tables), "started": tree_of(started)},
            "inputs": None if frame.inputs is None else plain(frame.inputs),
            "outcome": plain(frame.outcome) if frame.outcome else None,
        }
    )


def _happened(call: bytes | Sent) -> bool:
    return isinstance(call, bytes) or call.arrived
