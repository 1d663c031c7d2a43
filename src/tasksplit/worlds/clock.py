"""What time is it, and which ids and random numbers are drawn, so that both sides of a replay get the same?

The clock is moved at the C level (time-machine), the id functions by exchanging their code: both reach every early
binding, column defaults included. Time stands still inside a boundary and moves one millisecond for each child that
it starts, so that both sides read the same time whatever the order in which their tasks run.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import time_machine

from tasksplit.worlds.references import hook
from tasksplit.worlds.sink import Undo

START = 1_592_816_400.0  #: seconds since the epoch: 2020-06-22 09:00 UTC, where fixture worlds begin
ELSEWHERE = "Asia/Kolkata"  #: where replays are when this machine says UTC by default: local time is not UTC, nor near
_LIBRARIES = ("kombu", "celery", "amqp", "billiard")  # their own ids are not the user's
_BETWEEN = ("tasksplit", "uuid")  # the hook and what it stands before


class Clock:
    """What time is it, and which ids are drawn? Controlled in replays and in offline recordings."""

    def __init__(self) -> None:
        self._travel = time_machine.travel(START, tick=False)
        self._coordinates: time_machine.Traveller | None = None
        self._undo: list[Undo] = []
        self._undo_zone: Undo = _nothing
        self._message = ""
        self.began = START
        """Virtual seconds since the epoch at which the message started."""
        self._frame = ""
        self._drawn = 0
        self._ours = 0
        self._left: dict[str, tuple[int, Any]] = {}
        """Boundary -> how much it had drawn and the state of ``random`` when it was left for another."""
        self.made: dict[str, str] = {}
        """Each id drawn in this message -> which boundary drew it, and as which one."""

    def install(self) -> None:
        """Take over clock, ids and random numbers of this process."""
        self._undo_zone = _move()
        self._coordinates = self._travel.start()
        self._undo = [hook("uuid:uuid4", self._uuid), hook("uuid:uuid1", self._uuid)]
        self._undo.append(self._bytes())

    def uninstall(self) -> None:
        """Give them back."""
        for undo in reversed(self._undo):
            undo()
        self._undo = []
        self._travel.stop()
        self._undo_zone()

    def begin(self, message: str, at: float = START) -> None:
        """A message starts ``at`` (seconds since the epoch)."""
        self._message = message
        self.began = at
        self.made = {}
        self._left = {}
        self._ours = 0
        self._resume("", at)

    def enter(self, frame: str, at: float) -> None:
        """A boundary is entered, or entered again after a child ended: what it draws depends on it alone."""
        if frame == self._frame:  # only time went on
            self._move_to(at)
            return
        self._left[self._frame] = (self._drawn, random.getstate())
        self._resume(frame, at)

    def _resume(self, frame: str, at: float) -> None:
        self._frame = frame
        if frame in self._left:
            self._drawn, state = self._left[frame]
            random.setstate(state)
        else:
            self._drawn = 0
            random.seed(f"{self._message}/{frame}")
        self._move_to(at)

    def _move_to(self, at: float) -> None:
        if self._coordinates is not None:
            self._coordinates.move_to(at)

    def _uuid(self, _original: Callable[..., Any], _args: tuple[Any, ...], _kwargs: dict[str, Any]) -> uuid.UUID:
        if _of_library():
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
        """Make ``secrets``, ``random.SystemRandom`` and ``os.urandom`` (where httpx gets its boundaries) repeatable."""
        before = random._urandom  # type: ignore[attr-defined]  # the one door of SystemRandom, see cpython Lib/random.py
        urandom = os.urandom

        def draw(size: int) -> bytes:
            self._drawn += 1
            seed = f"{self._message}/{self._frame}/{self._drawn}".encode()
            return hashlib.shake_128(seed).digest(size)

        def undo() -> None:
            random._urandom = before  # type: ignore[attr-defined]
            os.urandom = urandom

        random._urandom = draw  # type: ignore[attr-defined]
        os.urandom = draw
        return undo


def _move() -> Undo:
    """Leave UTC, unless the environment names a zone: there, who takes local time for UTC is right by accident."""
    if os.environ.get("TZ") or time.timezone or time.daylight or not hasattr(time, "tzset"):
        return _nothing
    try:
        ZoneInfo(ELSEWHERE)
    except ZoneInfoNotFoundError:
        return _nothing
    os.environ["TZ"] = ELSEWHERE
    time.tzset()
    return _back


def _back() -> None:
    os.environ.pop("TZ", None)
    time.tzset()


def _nothing() -> None:
    """There is nothing to take back."""


def _of_library() -> bool:
    """Return whether the function of ``uuid`` was called by a library for itself."""
    frame = sys._getframe(2)
    while frame.f_back is not None:
        module = str(frame.f_globals.get("__name__", "")).split(".", 1)[0]
        if module not in _BETWEEN:
            return module in _LIBRARIES
        frame = frame.f_back
    return False
