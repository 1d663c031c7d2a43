"""What does a worker know of the flags without asking anybody? A snapshot, at most a second old, and its age."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from threading import Event, Lock, Thread
from weakref import ref

from tasksplit.errors import StoreError, sentence
from tasksplit.model.rollout import Flags, Source
from tasksplit.rollout.kept import keep, kept

_KEEP_EVERY = 30.0  # seconds: an unchanged file is written again, so that its age is true and a lost race is mended


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What time is it?"""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """With its zone: it outlives the process, in the file."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known, since when, and what is it called when it is too old?"""

    at: float
    """By the monotonic clock."""
    fresh: Flags
    aged: Flags


_NOTHING = _Known(-inf, Flags(), Flags())


class Local:
    """What does this process know of the flags? Asking waits for nobody: a thread of its own reads the store.

    While the store is away or hangs, the last known flags stay: from memory, or from a file that an earlier process
    left. A process that never knew any says ``off``. A forked child goes on with what its parent knew.
    """

    def __init__(
        self,
        read: Callable[[], Flags],
        migration: str,
        *,
        max_age: float = 1.0,
        file: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Name what reads the flags of the store; they are read again before they are ``max_age`` seconds old."""
        self._read, self._migration, self._file = read, migration, file
        clock = clock or Clock()
        self._max_age, self._clock, self._now = max_age, clock.monotonic, clock.now
        self._known = _NOTHING
        self._kept = (-1, -inf)  # which revision is in the file, and since when
        self._said: dict[str, str] = {}
        self._closed = False
        self._own_thread()
        os.register_at_fork(after_in_child=_anew(ref(self)))

    def flags(self) -> Flags:
        """Return what is known, on a message's path: no waiting, no I/O. The ``source`` says whether it is fresh."""
        if self._thread is None:
            self._begin()
        known = self._known
        return known.fresh if self._clock() - known.at < self._max_age else known.aged

    def age(self) -> float | None:
        """Return how many seconds ago the store told what is known; None where it never did."""
        at = self._known.at
        return None if at == -inf else max(0.0, self._clock() - at)

    def problems(self) -> tuple[str, ...]:
        """Return what is wrong now, in sentences."""
        said, age = dict(self._said), self.age()
        if "store" not in said and age is not None and age >= self._max_age:
            hanging = sentence(
                found=f"no answer of the store for {age:.1f} s",
                expected=f"one within {self._max_age:g} s",
                do="see why it hangs; until then the last known stages hold",
            )
            said["store"] = hanging
        return tuple(said.values())

    def start(self, wait: float = 0.0) -> bool:
        """Begin, when a worker starts and before it takes messages; return whether the store answered.

        Waits ``wait`` seconds at most: a process that acts before it has read anything acts as if all were off.
        """
        self._begin()
        return self._tried.wait(wait) and "store" not in self._said

    def refresh(self) -> None:
        """Ask the store once, and wait for it. The thread does so; nobody does on a message's path."""
        asked = self._clock()  # not when the answer came: an age is never said too low
        try:
            flags = self._read()
            self._take(flags, asked)
        except Exception as error:  # noqa: BLE001  # whatever it is, legacy goes on with what is known
            said = str(error) if isinstance(error, StoreError) else f"{type(error).__name__}: {error}"
            self._say("store", f"The flags could not be read, the last known stages hold. {said}")
        else:
            self._keep(flags)
        finally:
            self._tried.set()

    def close(self) -> None:
        """End the thread; what is known stays."""
        self._closed = True
        self._ended.set()

    def _own_thread(self) -> None:
        """Have locks and events that no other process or thread holds, and no thread yet."""
        self._thread: Thread | None = None
        self._starting, self._ended, self._tried = Lock(), Event(), Event()

    def _begin(self) -> None:
        with self._starting:
            if self._thread is None and not self._closed:
                thread = Thread(target=self._run, args=(self._ended,), name="tasksplit flags", daemon=True)
                with suppress(RuntimeError):  # no thread can be had now: the age says so, and the next message asks
                    thread.start()
                    self._thread = thread

    def _run(self, ended: Event) -> None:
        self._remember()
        while not ended.is_set():
            self.refresh()
            ended.wait(self._max_age / 2)

    def _take(self, flags: Flags, asked: float) -> None:
        known = self._known
        if went_back(known.aged, flags):
            raise StoreError(
                sentence(
                    found=f"the store at revision {flags.revision}, and it was at {known.aged.revision} before",
                    expected="a store that forgets nothing",
                    do="restore it; a new change is taken as the truth",
                )
            )
        self._known = _Known(asked, replace(flags, source=Source.STORE), replace(flags, source=Source.MEMORY))
        self._say("store")

    def _remember(self) -> None:
        """Take what an earlier process left, where nothing is known yet."""
        if self._file is None or self._known is not _NOTHING:
            return
        try:
            flags = kept(self._file, self._migration)
        except Exception as error:  # noqa: BLE001  # a file is never worth more than the worker
            self._say("file", str(error))
            return
        if flags is not None:
            at = self._clock() - (flags.age(self._now()) or 0.0)
            self._known = _Known(at, flags, flags)

    def _keep(self, flags: Flags) -> None:
        revision, since = self._kept
        if self._file is None or (revision == flags.revision and self._clock() - since < _KEEP_EVERY):
            return
        try:
            keep(self._file, flags, self._migration)
        except OSError as error:
            self._say("file", f"The flags could not be kept in {self._file}: {error}")
        else:
            self._kept = (flags.revision, self._clock())
            self._say("file")

    def _say(self, what: str, said: str = "") -> None:
        """Have one sentence per thing; an empty one takes it back. Readers in other threads see the old or the new."""
        others = {other: words for other, words in self._said.items() if other != what}
        self._said = others | ({what: said} if said else {})


def went_back(known: Flags, told: Flags) -> bool:
    """Return whether a store lost what it knew: it is behind, and nobody changed anything since.

    An empty store would otherwise read as ``off`` everywhere, and wake code that has not run for months.
    """
    newer = told.changed_at is not None and known.changed_at is not None and told.changed_at > known.changed_at
    return told.revision < known.revision and not newer


def _anew(local: ref[Local]) -> Callable[[], None]:
    """Return what to do in a forked child: threads do not come along, and their locks may be held for ever."""

    def forked() -> None:
        if (here := local()) is not None:
            here._own_thread()

    return forked
