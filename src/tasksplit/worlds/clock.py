"""What time is it, and which ids and random numbers are drawn, so that both sides of a replay get the same?

The clock is moved at the C level (time-machine), the id functions by exchanging their code: both reach every early
binding, column defaults included. Time stands still inside a boundary and moves one millisecond for each child that
it starts, so that both sides read the same time whatever the order in which their tasks run.
"""

from __future__ import annotations

import hashlib
import random
import sys
import uuid
from collections.abc import Callable
from typing import Any

import time_machine

from tasksplit.worlds.references import hook
from tasksplit.worlds.sink import Undo

START = 1_592_816_400.0  #: seconds since the epoch: 2020-06-22 09:00 UTC, where fixture worlds begin
_LIBRARIES = ("kombu", "celery", "amqp", "billiard")  # their own ids are not the user's


class Clock:
    """What time is it, and which ids are drawn? Controlled in replays and in offline recordings."""

    def __init__(self) -> None:
        self._travel = time_machine.travel(START, tick=False)
        self._coordinates: time_machine.Traveller | None = None
        self._undo: list[Undo] = []
        self._message = ""
        self.began = START
        """Virtual seconds since the epoch at which the message started."""
        self._frame = ""
        self._drawn = 0
        self._ours = 0
        self._counts: dict[str, int] = {}
        self.made: dict[str, str] = {}
        """Each id drawn in this message -> which boundary drew it, and as which one."""

    def install(self) -> None:
        """Take over clock, ids and random numbers of this process."""
        self._coordinates = self._travel.start()
        self._undo = [hook("uuid:uuid4", self._uuid), hook("uuid:uuid1", self._uuid)]
        self._undo.append(self._bytes())

    def uninstall(self) -> None:
        """Give them back."""
        for undo in reversed(self._undo):
            undo()
        self._undo = []
        self._travel.stop()

    def begin(self, message: str, at: float = START) -> None:
        """A message starts ``at`` (seconds since the epoch)."""
        self._message = message
        self.began = at
        self.made = {}
        self._counts = {}
        self._ours = 0
        self.enter("", at)

    def enter(self, frame: str, at: float) -> None:
        """A boundary is entered, or entered again after a child ended: what it draws depends on it alone."""
        self._counts[self._frame] = self._drawn
        self._frame = frame
        self._drawn = self._counts.get(frame, 0)
        random.seed(f"{self._message}/{frame}/{self._drawn}")
        if self._coordinates is not None:
            self._coordinates.move_to(at)

    def _uuid(self, _original: Callable[..., Any], _args: tuple[Any, ...], _kwargs: dict[str, Any]) -> uuid.UUID:
        if _of_library(sys._getframe(3).f_globals.get("__name__", "")):
            self._ours += 1
            return self._make(f"library/{self._ours}")
        self._drawn += 1
        made = self._make(f"{self._frame}/{self._drawn}")
        self.made[str(made)] = f"{self._frame}#{self._drawn}"
        return made

    def _make(self, name: str) -> uuid.UUID:
        digest = hashlib.blake2b(f"{self._message}/{name}".encode(), digest_size=16).digest()
        return uuid.UUID(bytes=digest, version=4)

    def _bytes(self) -> Undo:
        """Make ``secrets`` and ``random.SystemRandom`` repeatable: both draw from this one name."""
        before = random._urandom  # type: ignore[attr-defined]  # the one door of SystemRandom, see cpython Lib/random.py

        def draw(size: int) -> bytes:
            self._drawn += 1
            seed = f"{self._message}/{self._frame}/{self._drawn}".encode()
            return hashlib.shake_128(seed).digest(size)

        random._urandom = draw  # type: ignore[attr-defined]
        return lambda: setattr(random, "_urandom", before)


def _of_library(module: str) -> bool:
    return module.split(".", 1)[0] in _LIBRARIES
