"""How is a process started that does not outlive us, and how is it ended?"""

from __future__ import annotations

import contextlib
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from tasksplit.errors import TasksplitError, sentence

SECONDS_TO_STOP = 10.0  #: after which a process that was asked to end is killed
PORTS = range(20000, 32000)  #: below those that Linux gives to clients: one that reconnects could meet itself there
_POLL = 0.01  #: seconds between two looks at a process or its log
_TRIES = 200

# Without `preexec_fn`, which may deadlock where threads run: a small program that asks, and becomes the other.
_LAUNCH = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
if os.getppid() != int(sys.argv[1]):
    os._exit(1)  # whoever started us died before we asked
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    print(f"{sys.argv[2]}: {error}", file=sys.stderr, flush=True)
    os._exit(127)
"""

T = TypeVar("T")


class ProcessError(TasksplitError):
    """A server or a worker that cannot be started, or is asked for what it cannot do."""


def launched(arguments: Sequence[str]) -> list[str]:
    """Return the command that runs those arguments as a child of this process which is killed when we are."""
    return [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *arguments]


class Child:
    """What runs, where does it write, and how did it end? It leads a process group, so that all of it can be killed."""

    def __init__(self, arguments: Sequence[str], *, folder: Path, log: Path, environment: Mapping[str, str]) -> None:
        """Start the arguments in ``folder``, with nothing but ``environment``; what they say is appended to ``log``."""
        self._log = log
        self._from = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            start: Callable[[], subprocess.Popen[bytes]] = lambda: subprocess.Popen(  # noqa: E731, S603  # by our caller
                launched(arguments), cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            self._process = by_a_lasting_thread(start)
        self._left = True

    @property
    def pid(self) -> int:
        """Return the id of the process, which is that of its group too."""
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """Return how it ended, as ``subprocess`` says it (a signal is negative); None: it runs."""
        code = self._process.poll()
        if code is not None and self._left:
            self._left = False
            self._kill_group()  # what it started ends with it, as in a container
        return code

    def said(self) -> str:
        """Return what this process has said so far."""
        with self._log.open("rb") as log:
            log.seek(self._from)
            return log.read().decode(errors="replace")

    def wait(self, seconds: float | None = None) -> int:
        """Return how it ended; ``TimeoutError`` if it still runs after so many seconds (None: no such limit)."""
        end = None if seconds is None else time.monotonic() + seconds
        while (code := self.ended) is None:
            if end is not None and time.monotonic() > end:
                raise TimeoutError(f"process {self.pid} still runs after {seconds} s")
            time.sleep(_POLL)
        return code

    def wait_until(self, so: Callable[[], bool], *, seconds: float) -> bool:
        """Return whether that came to be so before the process ended, within so many seconds."""
        end = time.monotonic() + seconds
        while not so():
            if self.ended is not None or time.monotonic() > end:
                return so()
            time.sleep(_POLL)
        return True

    def signal(self, number: int) -> None:
        """Send a signal to the process, SIGKILL to all that it started as well; nothing if it has ended."""
        if number == signal.SIGKILL:
            self.kill()
        elif self.ended is None:
            self._process.send_signal(number)

    def stop(self, seconds: float = SECONDS_TO_STOP) -> int:
        """Ask it to end and kill it after so many seconds; return how it ended."""
        self.signal(signal.SIGTERM)
        try:
            return self.wait(seconds)
        except TimeoutError:
            return self.kill()

    def kill(self) -> int:
        """Kill it and all that it started, and return how it ended."""
        if self.ended is None:
            self._kill_group()
        return self.wait()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens, and which no client is given by the system."""
    for port in random.sample(PORTS, _TRIES):
        with contextlib.suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
            return port
    found = f"{_TRIES} ports of 127.0.0.1 in use, chosen at random from {PORTS.start} to {PORTS.stop - 1}"
    raise ProcessError(sentence(found=found, expected="a free one", do="end servers that nobody needs"))


_asked: dict[int, queue.SimpleQueue[Any]] = {}
_lock = threading.Lock()


def by_a_lasting_thread(act: Callable[[], T]) -> T:
    """Return what ``act`` does in a thread that lives as long as this process.

    "The parent" whose death ends a child is for Linux the *thread* that started it.
    """
    if threading.current_thread() is threading.main_thread():
        return act()
    with _lock:
        if os.getpid() not in _asked:  # the first time, or in a fork, which has none of our threads
            _asked[os.getpid()] = queue.SimpleQueue()
            taken = (_asked[os.getpid()],)
            threading.Thread(target=_serve, args=taken, name="tasksplit-starts-processes", daemon=True).start()
    future: Future[T] = Future()
    _asked[os.getpid()].put((future, act))
    return future.result()


def _serve(asked: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]]) -> None:
    while True:
        future, act = asked.get()
        try:
            future.set_result(act())
        except BaseException as error:  # noqa: BLE001  # it is the asker's
            future.set_exception(error)
