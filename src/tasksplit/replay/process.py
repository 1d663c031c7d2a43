"""How is a side asked, and what if its process hangs or dies?"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler

from tasksplit import errors
from tasksplit.errors import ReplayError
from tasksplit.model.message import Message, Side
from tasksplit.replay.circumstances import Circumstance
from tasksplit.replay.side import Replayed
from tasksplit.wire.redaction import Redactor
from tasksplit.worlds.recording import Recording
from tasksplit.worlds.scratch import sweep

MOST_UNDER_WAY = 16  #: messages in one process
MOST_UNREAD = 64 * 1024  #: bytes sent to a process that is at work: more may not fit the pipe, and both would wait
SECONDS_TO_START = 120.0  #: that a process may take to import the user's code
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
    """Whether, of tasks due at the same time, the last sent runs first."""
    payloads: bool = False
    """Whether what a route would send (legacy), or what was sent (split), is handed back too."""
    coverage: bool = False
    """Whether it is measured which lines each message takes."""
    deliveries: bool = False
    """Whether it is told what happens in each task."""
    megabytes: int = 0
    """Of memory that the process may take: then the user's code gets a MemoryError. 0: no bound."""
    token_key: bytes = b""
    """Secret of this run: equal secrets get equal tokens in every process of it."""
    import_paths: tuple[str, ...] = ()
    """Where else the process looks for modules: what the asking one put on ``sys.path`` itself."""


# the last two: handlers that legacy is replayed without, and what befalls the tasks
Item = tuple[Message, Recording | None, frozenset[str], Circumstance | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Which message did a process not come back from, and why?"""

    message: str
    reason: str
    without: frozenset[str] = frozenset()
    """Handlers that legacy was to be replayed without."""
    circumstance: Circumstance | None = None
    """What was to befall the tasks."""


class SideProcess:
    """How is one side asked? A process that dies or hangs costs the message that it was at, and is started again."""

    def __init__(
        self,
        job: Job,
        messages: Iterable[Message],
        *,
        seconds: float = SECONDS_PER_MESSAGE,
        to_start: float = SECONDS_TO_START,
    ) -> None:
        self._to_start = to_start
        self.job = job
        self._waiting: deque[Item] = deque((message, None, frozenset(), None) for message in messages)
        self._under_way: deque[tuple[Item, int]] = deque()  # with the bytes that each was sent as
        self._next: bytes | None = None  # the first that waits, as it will be sent
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

    def add(
        self,
        message: Message,
        recording: Recording | None,
        *,
        without: frozenset[str] = frozenset(),
        circumstance: Circumstance | None = None,
    ) -> None:
        """Hand on one more message, with the recording that its world is built from; legacy skips ``without``."""
        self._waiting.append((message, recording, without, circumstance))
        if self._ready:
            self._feed()

    def close(self) -> None:
        """Say that no more will be added."""
        self._open = False

    def start(self) -> None:
        """Start the process; it imports the user's code after its guard is armed."""
        ours, theirs = Pipe()
        path = _path(self.job.import_paths)
        environment = {**os.environ, "PYTHONHASHSEED": str(self.job.hash_seed), "PYTHONPATH": path}
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-m", "tasksplit.replay.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        self.pipe = ours
        self._ready = False
        self._last = time.monotonic()
        with contextlib.suppress(ConnectionError):  # it died at once: receive() sees the end of the pipe
            ours.send(self.job)

    def receive(self) -> Iterator[Replayed | Lost]:
        """Take what has come; yield results, and what is lost.

        Raises:
            TasksplitError: the process could not load the migration, or ended before its first message.
        """
        assert self.pipe is not None
        try:
            while self.pipe is not None and self.pipe.poll():
                content = self.pipe.recv_bytes()
                self._last = time.monotonic()
                yield from self._take(content)
        except (EOFError, ConnectionError):
            yield from self._died("its process died")

    def _take(self, content: bytes) -> Iterator[Replayed | Lost]:
        try:
            kind, what, text = pickle.loads(content)  # noqa: S301  # from our own process
        except Exception as error:  # noqa: BLE001  # a value of the user's may refuse to be built again
            kind, what, text = "failed", None, f"what came back cannot be read: {type(error).__name__}: {error}"
        text = Redactor(key=self.job.token_key).text(text) if text else text  # of exceptions, as they came
        if kind == "refused":
            raise getattr(errors, what, ReplayError)(text)
        if kind == "ready":
            self._ready = True
        else:
            item, _size = self._under_way.popleft()
            yield what if kind == "done" else _lost(item, text)
        self._feed()

    def _feed(self) -> None:
        """Send what waits, but to a process that is at work no more than the pipe holds: it would not read it."""
        if not self._under_way:
            self._last = time.monotonic()  # it was idle, which is no hanging
        while self.pipe is not None and self._waiting and len(self._under_way) < MOST_UNDER_WAY:
            self._next = self._next or bytes(ForkingPickler.dumps(self._waiting[0]))
            size = len(self._next)
            if self._under_way and size + sum(sent for _item, sent in self._under_way) > MOST_UNREAD:
                return
            self._under_way.append((self._waiting.popleft(), size))
            content, self._next = self._next, None
            with contextlib.suppress(ConnectionError):  # it died: receive() sees the end of the pipe
                self.pipe.send_bytes(content)

    def overdue(self) -> Iterator[Lost]:
        """Yield the message that a hanging process is at; the others go to a new one."""
        busy = bool(self._under_way) or not self._ready
        most = self._seconds if self._ready else self._to_start
        if busy and time.monotonic() - self._last > most and self._process is not None:
            self._process.kill()
            yield from self._died(f"it did not end within {most:g} seconds")

    def _died(self, why: str) -> Iterator[Lost]:
        was_ready = self._ready
        self.kill()  # it may have closed its pipe and live on
        self.stop()
        if not was_ready:
            raise ReplayError(
                f"The process of {self.job.name} ended before its first message ({why}). Expected it to load "
                f"{self.job.migration}. To mend it: import that module in a Python shell and see what it says."
            )
        if self._under_way:
            first, _size = self._under_way.popleft()
            yield _lost(first, f"{self.job.name}: {why}")
            self._waiting.extendleft(item for item, _size in reversed(self._under_way))
            self._under_way.clear()
            self._next = None
        if not self.finished:
            self.start()

    def kill(self) -> None:
        """End the process at once, whatever it is at; ``stop`` clears up after it."""
        if self._process is not None:
            self._process.kill()

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


def together(sides: Sequence[SideProcess], *, at_once: int) -> Generator[tuple[SideProcess, Replayed | Lost]]:
    """Run the processes, ``at_once`` at a time, and yield what comes back as it comes.

    Whoever may leave early closes it (``contextlib.closing``): then no process is left behind.
    """
    queue = deque(s for s in sides if not s.finished)
    running: list[SideProcess] = []
    try:
        while queue or running:
            while queue and len(running) < at_once:
                side = queue.popleft()
                running.append(side)
                side.start()
            ready = wait([s.pipe for s in running if s.pipe is not None], timeout=1.0)
            for side in list(running):
                results = side.receive() if side.pipe in ready else side.overdue()
                for result in results:
                    yield side, result
                if side.finished:
                    side.stop()
                    running.remove(side)
    finally:
        for side in running:  # given up: first all of them, so that a second Ctrl-C finds none alive
            side.kill()
        for side in running:
            side.stop()


def _lost(item: Item, reason: str) -> Lost:
    message, _recording, without, circumstance = item
    return Lost(message=message.id, reason=reason, without=without, circumstance=circumstance)


def _path(more: Iterable[str]) -> str:
    return os.pathsep.join([os.getcwd(), *more, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))])
