"""Who is told what a side did to the world?"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from tasksplit.worlds.answers import Exchange


class Refused(BaseException):
    """Something wanted to leave a replay. Not an Exception: no ``except Exception`` of the user may swallow it."""


class Missed(BaseException):
    """The recording has no answer. Not an Exception, for the same reason; what depends on it is undecided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What wanted to leave a replay, and from where?"""

    event: str
    """For example ``socket.connect``, ``subprocess.Popen``, ``database``, ``http``."""
    target: str
    site: str
    """``path:line in function`` of the innermost frame outside libraries."""


class Sink(Protocol):
    """Who is told, and which boundary does it belong to?"""

    viewing: bool
    """A view is looking: it may cause no effect and no lazy load."""
    exchanges: list[Exchange] | None
    """Where a worker keeps what was asked and answered; None: it does not record this message."""

    def frame(self) -> int:
        """Return the number of the innermost open boundary; -1: none is open, and nothing is attributed."""

    def call(self, entry: dict[str, Any]) -> None:
        """Note an effect other than a row, in order."""

    def reads(self, tables: frozenset[str]) -> None:
        """Note which tables were asked: not compared, but dependencies are learnt from it."""

    def alarm(self, alarm: Alarm) -> None:
        """Note that something undeclared was refused."""

    def miss(self, what: str) -> NoReturn:
        """Note a read that the recording cannot answer, and raise ``Missed``."""

    def failed(self, step: str, error: BaseException) -> None:
        """Note our own failure: named, counted, never a mismatch. In tests it raises."""


class Slot:
    """Which sink is listening now? Adapters ask here.

    In a replay one message at a time is at work in a process, and threads of the user's code share its sink on purpose.
    On a worker several may be: there each context (thread, greenlet, task) has a sink of its own.
    """

    __slots__ = ("_here", "_shared", "get")

    def __init__(self) -> None:
        self._shared: Sink | None = None
        self._here: ContextVar[Sink | None] | None = None
        self.get: Callable[[], Sink | None] = lambda: self._shared
        """Return who listens, as ``sink`` does: the shortest way, for what is asked at every call."""

    @property
    def sink(self) -> Sink | None:
        """Return who listens; None: nobody does."""
        return self._shared if self._here is None else self._here.get()

    @sink.setter
    def sink(self, sink: Sink | None) -> None:
        if self._here is None:
            self._shared = sink
        else:
            self._here.set(sink)

    def by_context(self) -> None:
        """From now on each context has a sink of its own: on a worker, where messages run side by side."""
        if self._here is None:
            self._here = ContextVar("tasksplit", default=None)
            self.get = self._here.get

    def by_process(self) -> None:
        """Again one sink for all of this process, as in a replay; nobody listens yet."""
        self._here = self._shared = None
        self.get = lambda: self._shared


class Current:
    """Who is told by adapters that are made once and outlive the messages? Whoever listens at the moment."""

    viewing = False
    exchanges: list[Exchange] | None = None

    def frame(self) -> int:
        """Return the innermost open boundary of whoever listens; -1: nobody does."""
        return -1 if ACTIVE.sink is None else ACTIVE.sink.frame()

    def call(self, entry: dict[str, Any]) -> None:
        """Hand on an effect."""
        if ACTIVE.sink is not None:
            ACTIVE.sink.call(entry)

    def reads(self, tables: frozenset[str]) -> None:
        """Hand on which tables were asked."""
        if ACTIVE.sink is not None:
            ACTIVE.sink.reads(tables)

    def alarm(self, alarm: Alarm) -> None:
        """Hand on what was refused."""
        if ACTIVE.sink is not None:
            ACTIVE.sink.alarm(alarm)

    def miss(self, what: str) -> NoReturn:
        """Hand on a read that the recording cannot answer."""
        if ACTIVE.sink is not None:
            ACTIVE.sink.miss(what)
        raise Missed(what)

    def failed(self, step: str, error: BaseException) -> None:
        """Hand on our own failure; outside a message it is raised."""
        if ACTIVE.sink is None:
            raise error
        ACTIVE.sink.failed(step, error)


ACTIVE = Slot()  #: the one of this process; threads of the user's code share it on purpose

Undo = Callable[[], None]
