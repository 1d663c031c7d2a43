"""When may a signal end the play? Never between the start of a process and the note that it runs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self


class Signals:
    """Which signal came first? Inside this context it ends the play in order; more of them change nothing."""

    def __init__(self) -> None:
        self.came = 0
        """Its number; 0: none came."""
        self._held = 0
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._interrupt)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # as it was given to us

    @contextmanager
    def held(self) -> Iterator[None]:
        """Do what is inside to its end; a signal that came meanwhile ends the play after it."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        if self.came and not self._held:
            raise KeyboardInterrupt

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        if self.came:
            return
        self.came = number
        if not self._held:
            raise KeyboardInterrupt
