"""A sink that keeps what it is told, for tests of the adapters."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from tasksplit.worlds.sink import ACTIVE, Alarm, Missed, Refused


class Kept:
    """What was the sink told? Implements ``worlds.sink.Sink``."""

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self.viewing = False
        self.calls: list[dict[str, Any]] = []
        self.tables: set[str] = set()
        self.alarms: list[Alarm] = []
        self.misses: list[str] = []
        self.failures: list[tuple[str, BaseException]] = []

    def frame(self) -> int:
        return self.number

    def call(self, entry: dict[str, Any]) -> None:
        self.calls.append(entry)

    def reads(self, tables: frozenset[str]) -> None:
        if self.viewing:
            raise Refused("a view may only look")
        self.tables |= tables

    def alarm(self, alarm: Alarm) -> None:
        self.alarms.append(alarm)

    def miss(self, what: str) -> NoReturn:
        self.misses.append(what)
        raise Missed(what)

    def failed(self, step: str, error: BaseException) -> None:
        self.failures.append((step, error))


@contextmanager
def listening(number: int = 0) -> Iterator[Kept]:
    """Listen until the end of the block."""
    kept = Kept(number)
    before, ACTIVE.sink = ACTIVE.sink, kept
    try:
        yield kept
    finally:
        ACTIVE.sink = before
