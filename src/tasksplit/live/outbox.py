"""How does what was recorded leave the worker, without a message ever waiting for it?

The message's path puts; a thread of this process makes bytes of it, batch by batch, and sends them. It begins after the
fork, since a thread does not outlive one. What waits is bounded in bytes; what does not fit is shed and counted.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Final

from tasksplit.capture.freeze import Buffer
from tasksplit.live.counters import Count, Counters
from tasksplit.wire.redaction import Redactor

_log: Final = logging.getLogger(__name__)

MAX_BYTES: Final = 16 * 1024 * 1024
BATCH_BYTES: Final = 256 * 1024  #: before they are packed; with four times as much legacy was seen to wait
BATCH_SECONDS: Final = 1.0
WAITS: Final = (0.5, 2.0)  #: seconds before a batch is sent again; then it is given up

# The writer's work needs the interpreter's lock, as the user's does. After so many seconds it lets others have it: the
# interpreter itself would take it away only after five times as long, and a message waits meanwhile. A sleep of nothing
# would give it up and take it back before anybody wakes.
_SLICE: Final = 0.001
_PAUSE: Final = 0.00005

Make = Callable[[], bytes]


class Outbox:
    """What waits to be sent from this process, and who sends it?

    A fork has an empty one that is not started: what waited is the parent's to send.
    """

    def __init__(  # noqa: PLR0913  # three who do something; the rest are bounds that few will change
        self,
        send: Callable[[bytes], None],
        seal: Callable[[Sequence[bytes]], bytes],
        counters: Counters,
        *,
        max_bytes: int = MAX_BYTES,
        batch_bytes: int = BATCH_BYTES,
        batch_seconds: float = BATCH_SECONDS,
        waits: Sequence[float] = WAITS,
    ) -> None:
        """Take who sends a batch (raises where the broker does not take it), who seals it, and who counts.

        ``max_bytes``: of all that waits, by the sizes that were told; a quarter of it is the most that one message may
        have. ``batch_bytes``: a batch is sent when so much of it is made, or ``batch_seconds`` after the first of it at
        the latest. ``waits``: seconds between attempts to send; then the batch is given up.
        """
        self._send = send
        self._seal = seal
        self._counters = counters
        self._max_bytes = max_bytes
        self._largest = max_bytes // 4
        self._batch_bytes = batch_bytes
        self._batch_seconds = batch_seconds
        self._waits = tuple(waits)
        self._begin()
        _outboxes.add(self)

    def _begin(self) -> None:
        self._waiting: Buffer[Make] = Buffer(self._max_bytes)
        self._starting = threading.Lock()
        self._bell = threading.Lock()
        """Released to wake the writer. No Event: a time limit that is raised inside of one may leave it locked."""
        self._bell.acquire()
        self._ending = threading.Event()
        self._deadline = float("inf")
        self._writer: threading.Thread | None = None
        self._away = False

    def put(self, size: int, make: Make) -> bool:
        """Hand over one message of about ``size`` bytes that ``make`` returns later, on the writer's thread.

        Returns whether it was kept. Never waits, for the broker or for anyone; raises nothing of its own. (What Celery
        raises in the middle of it, such as a soft time limit, is the user's and goes on to the user.)
        """
        self._counters.add(Count.HANDED_OVER)
        if size > self._largest:
            self._counters.add(Count.SHED_LARGE)
            return False
        if self._ending.is_set():
            self._counters.add(Count.WRITE_FAILED)
            return False
        if not self._waiting.put(make, size):
            self._counters.add(Count.SHED_FULL)
            return False
        # the writer wakes by itself now and then: only a whole batch is worth a switch of threads
        if self._waiting.held >= self._batch_bytes:
            self._ring()
        return True

    def start(self) -> None:
        """Begin to send, in this process: to be called after the fork. Again, or after ``stop``: nothing happens."""
        with self._starting:
            if self._writer is None and not self._ending.is_set():
                self._writer = threading.Thread(target=self._write, name="tasksplit outbox", daemon=True)
                self._writer.start()

    def stop(self, seconds: float) -> None:
        """Send what waits, for so many seconds at the most; count what could not be sent any more as such.

        A sending that hangs is left behind; if it ends after all, its batch is counted then. What is handed over from
        now on is not sent.
        """
        with self._starting:
            self._deadline = time.monotonic() + 0.8 * seconds  # the rest is for a sending that has begun
            self._ending.set()
            self._ring()
            if self._writer is not None:
                self._writer.join(seconds)
            while self._waiting.take() is not None:
                self._counters.add(Count.WRITE_FAILED)

    def _ring(self) -> None:
        if self._bell.locked():
            try:  # noqa: SIM105  # on the message's path
                self._bell.release()
            except RuntimeError:
                pass  # another thread was faster: it rings

    # --- the writer's thread -----------------------------------------------------------------------------------

    def _write(self) -> None:
        ended = False
        while not ended:
            self._bell.acquire(timeout=self._batch_seconds)
            ended = self._ending.is_set()  # asked before the last look, so that nothing is left behind
            while len(self._waiting) and time.monotonic() < self._deadline:
                self._batch()

    def _batch(self) -> None:
        records = self._made()
        if not records:
            return
        try:
            sealed = self._seal(records)
        except Exception as error:  # noqa: BLE001  # ours, and this thread has to go on
            self._counters.add(Count.NOT_MADE, len(records))
            _log.error("%d recorded messages could not be sealed: %s", len(records), type(error).__name__)
            return
        sent = self._sent(sealed)
        self._counters.add(Count.WRITTEN if sent else Count.WRITE_FAILED, len(records))

    def _made(self) -> list[bytes]:
        """Return the records of one batch; between two of them the user's threads may go on."""
        records: list[bytes] = []
        size, since = 0, time.perf_counter()
        while size < self._batch_bytes and (make := self._waiting.take()) is not None:
            try:
                record = make()
            except BaseException as error:  # noqa: BLE001  # also what is no Exception: this thread has to go on
                self._counters.add(Count.NOT_MADE)
                # only the kind: what the error says may hold values of the message
                _log.error("a recorded message could not be made into bytes: %s", type(error).__name__)
                continue
            if len(record) > self._largest:  # it was taken for less
                self._counters.add(Count.SHED_LARGE)
                continue
            records.append(record)
            size += len(record)
            if time.perf_counter() - since > _SLICE:
                time.sleep(_PAUSE)
                since = time.perf_counter()
        return records

    def _sent(self, sealed: bytes) -> bool:
        for wait in (*self._waits, None):
            try:
                self._send(sealed)
            except Exception as error:  # noqa: BLE001  # of whichever broker: the message it is about ended long ago
                if not self._away:
                    text = Redactor().text(str(error))  # the address of a broker may hold its password
                    _log.warning("recorded messages cannot be sent: %s: %s", type(error).__name__, text)
                self._away = True
            else:
                if self._away:
                    _log.warning("recorded messages are sent again")
                self._away = False
                return True
            if wait is None or not self._rested(wait):
                break
        return False

    def _rested(self, seconds: float) -> bool:
        """Wait before another attempt; return whether there is time for one."""
        if self._ending.wait(seconds):  # what is left of the deadline is all the time that there is
            time.sleep(max(0.0, min(0.1, self._deadline - time.monotonic())))
        return time.monotonic() < self._deadline


_outboxes: weakref.WeakSet[Outbox] = weakref.WeakSet()


def _after_fork() -> None:
    for outbox in list(_outboxes):
        outbox._begin()


os.register_at_fork(after_in_child=_after_fork)
