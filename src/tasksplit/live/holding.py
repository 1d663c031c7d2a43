"""Which runs does this process hold, and how do others learn that it is alive, or how a run ended?

A lease is short and a thread lengthens it: whoever is killed is known to be dead after seconds, however long a handler
takes. A generous lease would have to outlast the longest handler, and a killed one's message would wait for so long.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Lock, Thread
from uuid import uuid4
from weakref import ref

from tasksplit.errors import StoreError
from tasksplit.live.noted import Note, Noted
from tasksplit.model.message import Side
from tasksplit.model.route import ClaimId, ClaimState, Reply
from tasksplit.rollout.claims import Asked
from tasksplit.stores.claims_store import ClaimStore

LEASE = timedelta(seconds=20)
_MOST = 10_000  # ends that wait for a store that is away


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Which run is held, under which name?"""

    id: ClaimId
    holder: str


class Holding:
    """What does this process hold? Safe between threads, and empty in a forked child."""

    def __init__(self, claims: ClaimStore, note: Note, *, lease: timedelta = LEASE, again: bool = True) -> None:
        """``again``: whether a run that began and ended nobody knows how is run again, as Celery would."""
        self._claims, self._note, self._lease, self._again = claims, note, lease, again
        self._empty()
        os.register_at_fork(after_in_child=_emptied(ref(self)))

    def begin(self, wanted: ClaimId, side: Side, holder: str) -> Reply:
        """Ask to begin a run; while it is granted, its lease is kept alive. Raises ``StoreError``.

        Legacy runs as it would without us, also beside itself: it takes over, so that the last one tells how it ended.
        ``holder``: of ``new_holder``, the same one when asking again.
        """
        legacy = side is Side.LEGACY
        asked = Asked(id=wanted, side=side, holder=holder, lease=self._lease, again=legacy or self._again, take=legacy)
        reply = self._claims.claim(asked)
        if reply.granted:
            with self._lock:
                self._running[holder, wanted] = Run(id=wanted, holder=holder)
            self._alive()
        return reply

    def end(self, run: Run, state: ClaimState) -> None:
        """Say how a run ended. Never raises: while the store is away, the thread tells it later."""
        with self._lock:
            self._running.pop((run.holder, run.id), None)
        try:
            self._told(run, state)
        except StoreError:
            with self._lock:
                full = len(self._ended) >= _MOST
                if not full:
                    self._ended[run.holder, run.id] = (run, state)
            if full:
                self._note(Noted.END_UNKNOWN, f"{run.id}: {state}")
            self._alive()

    def beat(self) -> None:
        """Lengthen every lease once, and tell what could not be told. The thread does so."""
        with self._lock:
            running, ended = list(self._running.items()), list(self._ended.items())
        for key, run in running:
            with suppress(StoreError):  # the next beat tries again; a lease that runs out stays on its side
                if not self._claims.heartbeat(run.id, run.holder, self._lease):
                    with self._lock:
                        lost = self._running.pop(key, None)
                    if lost:
                        self._note(Noted.LEASE_LOST, str(run.id))
        for key, (run, state) in ended:
            with suppress(StoreError):
                self._told(run, state)
                with self._lock:
                    self._ended.pop(key, None)

    def close(self) -> None:
        """End the thread, after what is left was told once more."""
        self._closing.set()
        self.beat()

    @property
    def idle(self) -> bool:
        """Return whether nothing is held and everything was told."""
        with self._lock:
            return not self._running and not self._ended

    def _told(self, run: Run, state: ClaimState) -> None:
        verbs: dict[ClaimState, Callable[[ClaimId, str], bool]] = {
            ClaimState.DONE: self._claims.finish,
            ClaimState.FREE: self._claims.release,
            ClaimState.UNKNOWN: self._claims.leave_unknown,
        }
        if not verbs[state](run.id, run.holder):
            self._note(Noted.TAKEN_OVER, f"{run.id}: {state}")

    def _empty(self) -> None:
        self._running: dict[tuple[str, ClaimId], Run] = {}
        self._ended: dict[tuple[str, ClaimId], tuple[Run, ClaimState]] = {}
        self._lock, self._closing = Lock(), Event()
        self._thread: Thread | None = None

    def _alive(self) -> None:
        with self._lock:
            if self._thread is None and not self._closing.is_set():
                thread = Thread(target=self._beating, args=(self._closing,), name="tasksplit leases", daemon=True)
                with suppress(RuntimeError):  # no thread can be had now: the next run asks again
                    thread.start()
                    self._thread = thread

    def _beating(self, closing: Event) -> None:
        while not closing.wait(self._lease.total_seconds() / 4):
            self.beat()


def new_holder() -> str:
    """Return a name for one attempt of this process: two that may run at once have two."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:12]}"


def _emptied(holding: ref[Holding]) -> Callable[[], None]:
    def forked() -> None:
        if (here := holding()) is not None:
            here._empty()

    return forked
