"""How is a side asked, and what if its process hangs or dies?"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from tasksplit import errors
from tasksplit.errors import ReplayError
from tasksplit.model.message import Message, Side
from tasksplit.replay.recording import Recording
from tasksplit.replay.side import Replayed
from tasksplit.worlds.scratch import sweep

BATCH = 16  #: messages under way in one process
SECONDS_PER_MESSAGE = 60.0  #: after which a process counts as hanging


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Which side runs, under which circumstances?"""

    name: str
    migration: str
    side: Side
    trace: bool = False
    hash_seed: int = 0
    record: bool = False
    """Whether the side is recorded while it runs in a full copy of a fixture world."""
    from_recordings: bool = False
    """Whether its worlds are built from recordings."""
    backwards: bool = False
    token_key: bytes = b""
    """Secret of this run: equal secrets get equal tokens in every process of it."""
    """Whether, of tasks due at the same time, the last sent runs first."""


Item = tuple[Message, Recording | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Which message did a process not come back from, and why?"""

    message: str
    reason: str


class SideProcess:
    """How is one side asked? A process that dies or hangs costs the message that it was at, and is started again."""

    def __init__(self, job: Job, messages: Iterable[Message], *, seconds: float = SECONDS_PER_MESSAGE) -> None:
        self.job = job
        self._waiting: deque[Item] = deque((message, None) for message in messages)
        self._under_way: deque[Item] = deque()
        self._open = False
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self.pipe: Connection | None = None
        self._last = time.monotonic()
        self._ready = False

    @property
    def finished(self) -> bool:
        """Return whether every message came back, or is lost, and no more will be added."""
        return not self._waiting and not self._under_way and not self._open

    def keep_open(self) -> None:
        """Expect more messages until ``close``."""
        self._open = True

    def add(self, message: Message, recording: Recording | None) -> None:
        """Hand on one more message, with the recording that its world is built from."""
        self._waiting.append((message, recording))
        if self._ready:
            self._feed()

    def close(self) -> None:
        """Say that no more will be added."""
        self._open = False

    def start(self) -> None:
        """Start the process; it imports the user's code after its guard is armed."""
        ours, theirs = Pipe()
        environment = {**os.environ, "PYTHONHASHSEED": str(self.job.hash_seed), "PYTHONPATH": _path()}
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-m", "tasksplit.replay.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        self.pipe = ours
        self._ready = False
        self._last = time.monotonic()
        ours.send(self.job)

    def receive(self) -> Iterator[Replayed | Lost]:
        """Take what has come; yield results, and what is lost."""
        assert self.pipe is not None
        try:
            while self.pipe.poll():
                kind, what, text = self.pipe.recv()
                self._last = time.monotonic()
                if kind == "refused":
                    raise getattr(errors, what, ReplayError)(text)
                yield from self._take(kind, what, text)
        except (EOFError, ConnectionError):
            yield from self._died("its process died")

    def _take(self, kind: str, what: Any, text: str) -> Iterator[Replayed | Lost]:
        if kind == "ready":
            self._ready = True
        else:
            self._under_way.popleft()
            yield what if kind == "done" else Lost(message=what, reason=text)
        self._feed()

    def _feed(self) -> None:
        assert self.pipe is not None
        if len(self._under_way) > BATCH // 2 or not self._waiting:
            return
        if not self._under_way:
            self._last = time.monotonic()  # it was idle, which is no hanging
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        self._under_way.extend(batch)
        with contextlib.suppress(ConnectionError):  # it died: receive() sees the end of the pipe
            self.pipe.send(batch)

    def overdue(self) -> Iterator[Lost]:
        """Yield the message that a hanging process is at; the others go to a new one."""
        busy = bool(self._under_way) or not self._ready
        if busy and time.monotonic() - self._last > self._seconds and self._process is not None:
            self._process.kill()
            yield from self._died(f"it did not end within {self._seconds:g} seconds")

    def _died(self, why: str) -> Iterator[Lost]:
        was_ready = self._ready
        if self._process is not None:
            self._process.kill()  # it may have closed its pipe and live on
        self.stop()
        if not was_ready:
            raise ReplayError(
                f"The process of {self.job.name} ended before its first message ({why}). Expected it to load "
                f"{self.job.migration}. To mend it: import that module in a Python shell and see what it says."
            )
        if self._under_way:
            message, _recording = self._under_way.popleft()
            yield Lost(message=message.id, reason=f"{self.job.name}: {why}")
            self._waiting.extendleft(reversed(self._under_way))
            self._under_way.clear()
        if not self.finished:
            self.start()

    def stop(self) -> None:
        """End the process; nothing is left behind."""
        if self.pipe is not None:
            self.pipe.close()
        if self._process is not None:
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            sweep(self._process.pid)
        self.pipe = self._process = None


def together(sides: Sequence[SideProcess], *, at_once: int) -> Iterator[tuple[SideProcess, Replayed | Lost]]:
    """Run the processes, ``at_once`` at a time, and yield what comes back as it comes."""
    queue = deque(s for s in sides if not s.finished)
    running: list[SideProcess] = []
    try:
        while queue or running:
            while queue and len(running) < at_once:
                side = queue.popleft()
                side.start()
                running.append(side)
            ready = wait([s.pipe for s in running if s.pipe is not None], timeout=1.0)
            for side in list(running):
                results = side.receive() if side.pipe in ready else side.overdue()
                for result in results:
                    yield side, result
                if side.finished:
                    side.stop()
                    running.remove(side)
    finally:
        for side in running:
            side.stop()


def _path() -> str:
    return os.pathsep.join([os.getcwd(), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))])
