"""How long did the split's tasks wait in their queues, by handler: also those of processes that were killed?

Each process counts in the memory that it shares with a file of its own, which holds for each handler one number for
each bucket of the sketch: what was counted is there after ``kill -9``, and counting asks the disk for nothing. Numbers
only grow and are summed anyway, so that a process goes on in the file of one that has ended: there are never more
files of one declaration than processes at once. Whose file is whose is held by a lock that the kernel drops.
"""

from __future__ import annotations

import errno
import fcntl
import json
import mmap
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Final
from uuid import uuid4
from weakref import ref

from tasksplit.model.sketch import bucket

SUFFIX: Final = ".waits"
MARK: Final = b"tasksplit waits 1\n"
STEP: Final = 512  #: bytes: what stands before the numbers is padded to a multiple of it
FIRST: Final = bucket(0.001)  #: number of the first bucket: what waited for less than a millisecond is in it too
BUCKETS: Final = 510  #: of each handler, up to eight days: what waited for longer is in the last one
AHEAD: Final = BUCKETS  #: place of the number of those that a clock ahead of ours had sent, in the first bucket too
UNKNOWN: Final = BUCKETS + 1  #: place of the number of those of which nobody knows, in no bucket
PLACES: Final = BUCKETS + 2
WIDTH: Final = 8  #: bytes of a number, in the order of the machine: nobody else reads it


class Waits:
    """What does this process count? For many threads; ``add`` never raises, and never waits for a disk after ``open``.

    A child that is forked counts in a file of its own. Where none can be had, ``problem`` says why and the numbers
    live and die with the process.
    """

    def __init__(self, folder: Path, handlers: Sequence[str]) -> None:
        """``handlers``: of all that may be counted, ``dispatch`` among them."""
        self._folder = folder
        self._at = {name: place * PLACES for place, name in enumerate(handlers)}
        told = MARK + json.dumps(list(handlers)).encode() + b"\n"
        self._head = told.ljust(-(-len(told) // STEP) * STEP, b"\0")
        self.problem = ""
        self._begin()
        os.register_at_fork(after_in_child=_forked(ref(self)))

    def open(self) -> None:
        """Take a file now, so that no message waits for it. Nothing happens where there is one."""
        with self._lock:
            self._opened()

    def add(self, handler: str, seconds: float | None) -> None:
        """Count one more that waited for so long; less than 0: its sender's clock is ahead; None: nobody knows."""
        first = self._at.get(handler)
        if first is None:
            return
        with self._lock:
            slots = self._slots if self._slots is not None else self._opened()
            if seconds is None:
                slots[first + UNKNOWN] += 1
                return
            slots[first + max(0, min(bucket(seconds) - FIRST, BUCKETS - 1))] += 1
            if seconds < 0:
                slots[first + AHEAD] += 1

    def close(self) -> None:
        """Let go of the file; another process may go on in it."""
        with self._lock:
            self._release()

    def _begin(self) -> None:
        self._lock = Lock()
        self._slots: memoryview | None = None
        self._shared: mmap.mmap | None = None
        self._file = -1

    def _opened(self) -> memoryview:
        if self._slots is None:
            size = WIDTH * PLACES * len(self._at)
            try:
                self._file = _file_to_count_in(self._folder, self._head, len(self._head) + size)
                self._shared = mmap.mmap(self._file, len(self._head) + size)
            except (OSError, ValueError) as error:
                self._release()
                self.problem = f"counted in memory only: no file in {self._folder}: {error}"
                self._slots = memoryview(bytearray(size)).cast("Q")
            else:
                self._slots = memoryview(self._shared)[len(self._head) :].cast("Q")
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

    def _anew(self) -> None:
        """In a forked child: closing its copy takes nothing from the parent, the lock on the file included."""
        file = self._file
        self._begin()
        if file >= 0:
            os.close(file)


def _file_to_count_in(folder: Path, head: bytes, size: int) -> int:
    """Return a file that is open and locked: of a process that has ended, or a new one of zeros. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:  # another user's
            continue
        if _is_left(file, head, size):
            return file
        os.close(file)
    return _made(folder, head, size)


def _is_left(file: int, head: bytes, size: int) -> bool:
    """Return whether the file counts the same, and is nobody's now: then it is ours."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(file).st_size == size and os.pread(file, len(head), 0) == head
    except OSError:  # its process lives
        return False


def _made(folder: Path, head: bytes, size: int) -> int:
    path = folder / f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}{SUFFIX}"
    draft = path.with_suffix(".draft")  # whole and locked before anybody else sees it
    file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # written, not only made that long: a hole in a file on a full disk would kill us at the first count
        if os.write(file, head.ljust(size, b"\0")) != size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        draft.rename(path)
    except OSError:
        os.close(file)
        draft.unlink(missing_ok=True)
        raise
    return file


def _forked(waits: ref[Waits]) -> Callable[[], None]:
    def anew() -> None:
        if (here := waits()) is not None:
            here._anew()

    return anew
