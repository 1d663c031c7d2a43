"""How does a message wait while nobody may act on it? In its place for a while, then in its queue; never by a guess.

Celery's own ``retry`` would count against the user's ``max_retries``, and a bare ``Reject(requeue=True)`` comes back
at once, without end. So a task first asks again and again where it is: whoever else came in its place would wait too.
After that it is put back, unchanged and uncounted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded
from kombu.exceptions import OperationalError

from tasksplit.errors import StoreError
from tasksplit.live.noted import Note, Noted

T = TypeVar("T")

PATIENCE = 30.0  #: seconds in its place. Quorum queues drop a message after 20 returns: that is ten minutes then
PAUSE = 0.5  #: seconds between two questions


class Later(BaseException):
    """Nobody may act on this now. Not an Exception: no ``except Exception`` of the user may swallow it."""


class NotYet(Exception):  # noqa: N818  # what it says
    """A question that has no answer for now, though the store told one."""


class Waiting:
    """How long does a message wait, and where?"""

    def __init__(
        self,
        note: Note,
        *,
        patience: float = PATIENCE,
        pause: float = PAUSE,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._note, self._patience, self._pause = note, patience, pause
        self._sleep, self._monotonic = sleep, monotonic

    def ask(self, task: Any, question: Callable[[], T]) -> T:
        """Return the answer; raise ``Later`` where none comes for as long as this task may wait in its place.

        ``question`` raises ``StoreError``, ``OperationalError`` of the broker, or ``NotYet``: then it is asked again.
        """
        until: float | None = None
        try:
            while True:
                try:
                    return question()
                except (StoreError, OperationalError, NotYet) as error:
                    now = self._monotonic()
                    if until is None:
                        until = now + self._allowed(task)
                        self._note(Noted.AWAY, f"{task.name}[{task.request.id}]: {error}")
                    if now >= until:
                        raise Later(str(error)) from error
                self._sleep(self._pause)
        except SoftTimeLimitExceeded as error:
            raise Later("its time was over while it waited") from error

    def elsewhere(self, why: str) -> NoReturn:
        """Leave a message to a worker of the other side that takes from the same queue.

        After a pause, since it may come here again.
        """
        self._sleep(self._pause)
        raise Later(why)

    def put_back(self, task: Any, why: str) -> NoReturn:
        """End this delivery so that the same message comes again: the same id, the same count of retries.

        With late acknowledgement the broker takes it back. A message that is acknowledged already is sent again.
        """
        self._note(Noted.LATER, f"{task.name}[{task.request.id}]: {why}")
        if task.acks_late:
            raise Reject(why, requeue=True)
        while True:
            try:
                task.signature_from_request(countdown=self._pause, retries=task.request.retries).apply_async()
            except OperationalError:
                self._sleep(self._pause)  # it is nowhere but here
            else:
                raise Ignore()

    def _allowed(self, task: Any) -> float:
        """Return the seconds that it may wait: half of its time limit at most, since a hard one loses the message."""
        hard, soft = task.request.timelimit or (None, None)
        conf = task.app.conf
        limits = (
            hard or task.time_limit or conf.task_time_limit,
            soft or task.soft_time_limit or conf.task_soft_time_limit,
        )
        return min([self._patience, *(float(limit) / 2 for limit in limits if limit)])
