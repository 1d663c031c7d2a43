"""How many messages came, were handed over, shed, failed, written: also of processes that were killed?

Each process has a file of its own in one folder, and counts in the memory that it shares with that file: what was
counted is there after ``kill -9``, and counting asks the disk for nothing. Whose file is whose is held by a lock that
the kernel drops with the process, so that no clock and no process id is believed.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import socket
import weakref
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Final
from uuid import uuid4

SUFFIX: Final = ".counts"
HEAD: Final = 512  #: bytes before the first number: a mark and the names, so that a file tells what it counts
_MARK: Final = b"tasksplit counts 1\n"
_WIDTH: Final = 8  # bytes of a number, in the order of the machine: nobody else reads it


class Count(StrEnum):
    """What is counted? Each is of messages, and only ever grows."""

    RECEIVED = "received"  #: the legacy task began with it
    SAMPLED_OUT = "sampled_out"
    NOT_RECORDED = "not_recorded"  #: another message of this process was being recorded
    FAILED = "failed"  #: our error before it was handed over
    HANDED_OVER = "handed_over"  #: then it ends as one of those below, or its process died
    SHED_FULL = "shed_full"  #: too much waited
    SHED_LARGE = "shed_large"
    NOT_MADE = "not_made"  #: our error afterwards: it could not be made into bytes, or sealed
    WRITTEN = "written"  #: the broker has it
    WRITE_FAILED = "write_failed"  #: the broker did not take it, or it was too late


_NAMES: Final = tuple(Count)
_SIZE: Final = HEAD + _WIDTH * len(_NAMES)


class Counters:
    """What does this process count? For many threads; ``add`` never raises for what a disk does, and never waits on it.

    The file is made at the first count, after a fork in the child its own. Where it cannot be made, ``problem`` says
    why and the numbers live and die with the process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.problem = ""
        self._begin()
        _alive.add(self)

    def _begin(self) -> None:
        self._lock = Lock()
        self._slots: memoryview | None = None
        self._shared: mmap.mmap | None = None
        self._file = -1
        self._at = {name: place for place, name in enumerate(_NAMES)}

    def open(self) -> None:
        """Make the file now, so that no message waits for it. Nothing happens where it is there."""
        with self._lock:
            self._opened()

    def add(self, count: Count, number: int = 1) -> None:
        """Count ``number`` messages more."""
        with self._lock:
            slots = self._slots if self._slots is not None else self._opened()
            slots[self._at[count]] += number

    def of(self, count: Count) -> int:
        """Return what this process has counted so far."""
        with self._lock:
            return 0 if self._slots is None else self._slots[self._at[count]]

    def close(self) -> None:
        """Let go of the file; it stays, and is that of a process which has ended."""
        with self._lock:
            self._release()

    def _opened(self) -> memoryview:
        if self._slots is None:
            try:
                self._file, self._shared = _file_of_its_own(self._folder)
            except OSError as error:
                self.problem = f"counted in memory only: no file in {self._folder}: {error}"
                self._slots = memoryview(bytearray(_WIDTH * len(_NAMES))).cast("Q")
            else:
                self._slots = memoryview(self._shared)[HEAD:].cast("Q")
        return self._slots

    def _release(self) -> None:
        slots, shared, file = self._slots, self._shared, self._file
        self._slots, self._shared, self._file = None, None, -1
        if slots is not None:
            slots.release()
        if shared is not None:
            shared.close()
        if file >= 0:
            os.close(file)

    def _forked(self) -> None:
        """In the child: the numbers are the parent's. Closing our copies takes nothing from it, its lock included."""
        self._release()
        self._begin()


def _file_of_its_own(folder: Path) -> tuple[int, mmap.mmap]:
    """Return an open, locked file of zeros and the memory that it shares with us. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    head = _MARK + " ".join(_NAMES).encode() + b"\n"
    while True:
        path = folder / f"{socket.gethostname()}-{os.getpid()}-{_started()}-{uuid4().hex[:8]}{SUFFIX}"
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # written, not only made that long: a hole in a file on a full disk would kill us at the first count
            os.write(file, head.ljust(_SIZE, b"\0"))
            if os.fstat(file).st_nlink:
                return file, mmap.mmap(file, _SIZE)
            os.close(file)  # between open and lock somebody took it for the file of a dead process
        except BlockingIOError:
            os.close(file)  # somebody looks at this very moment whether it is
        except OSError:
            os.close(file)
            path.unlink(missing_ok=True)
            raise


def _started() -> str:
    """Return when this process started, in ticks of the kernel: for people who look at the folder."""
    try:
        return Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "0"


_alive: weakref.WeakSet[Counters] = weakref.WeakSet()


def _after_fork() -> None:
    for counters in list(_alive):
        counters._forked()


os.register_at_fork(after_in_child=_after_fork)
