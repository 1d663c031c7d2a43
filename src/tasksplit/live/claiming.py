"""May this worker run this split task? Around each one, where tasksplit is installed: claim, run, tell how it ended.

The store knows the pinned route and who began; the header says which run it is. A task of which neither says anything
was sent by somebody else, or before tasksplit was installed: it is the user's own, and runs as ever.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, NoReturn

from celery.exceptions import Ignore, Reject, Retry

from tasksplit.live.carried import CLAIM, claim_of, header_of
from tasksplit.live.holding import Run, new_holder
from tasksplit.live.noted import Noted
from tasksplit.live.parts import Parts
from tasksplit.live.sent import SENT, wait_of
from tasksplit.live.waiting import Later, NotYet
from tasksplit.model.message import Side
from tasksplit.model.observation import DISPATCH
from tasksplit.model.route import ClaimAnswer, ClaimId, ClaimState, Reply, Route
from tasksplit.wire.header import NAME
from tasksplit.worlds.sink import Undo

Waited = Callable[[str, float | None], None]
"""Takes a handler and for how many seconds a task of it has waited, see ``sent.wait_of``. It never raises."""

_OWN: AbstractContextManager[None] = nullcontext()


class Claiming:
    """Which split tasks may begin here?"""

    def __init__(self, parts: Parts) -> None:
        self._name, self._claims = parts.migration.name, parts.claims
        self._handlers = {**dict.fromkeys(parts.tasks.split, frozenset({DISPATCH})), **parts.tasks.handlers}
        self._taken_by = parts.tasks.taken_by
        self._holding, self._carried = parts.holding, parts.carried
        self._waiting, self._note = parts.waiting, parts.note
        self.waited: Waited = lambda _handler, _seconds: None
        """Is told of each run that somebody begins for the first time."""

    def around(self, task: Any) -> AbstractContextManager[None]:
        """Return what to enter around the run of a split task, or of the split's entry, with its request current.

        Entering raises ``Ignore`` where it must not act, and ``Reject`` where it is to come again, or for a person.
        """
        if task.name not in self._handlers or (header_of(task, NAME) is None and header_of(task, CLAIM) is None):
            return _OWN
        return _Claimed(self, task)

    def handed_over(self, task: Any) -> bool:
        """Return whether the message at work is one that legacy handed over."""
        return claim_of(task, self._name) is not None

    def elsewhere(self, task: Any) -> AbstractContextManager[None]:
        """Return what puts a message back that the split was handed, and that came to a worker of legacy."""
        return _Elsewhere(self, task)

    def begin(self, task: Any) -> Run | None:
        """Return the run that is held from now on; None where the task is the user's own."""
        now = time.time()  # before the store is asked: that is not the queue's wait
        route = self._carried.read(task)
        wanted = self._wanted(task, route)
        if wanted is None:
            self._note(Noted.OWN, f"{task.name}[{task.request.id}]")
            return None
        holder = new_holder()
        reply = self._waiting.ask(task, lambda: self._claim(wanted, route, holder))
        if reply.granted:
            self._note(Noted.ACTED, str(wanted))
            if reply.claim is not None and reply.claim.started == 1:  # a retry or a redelivery is none of the queue's
                self.waited(wanted.handler, wait_of(task, header_of(task, SENT), now))
            return Run(id=wanted, holder=holder)
        about = f"{wanted} as {task.name}[{task.request.id}]"
        if reply.answer is ClaimAnswer.UNPINNED:  # it was forgotten since, and whoever comes so late acts anew
            self._note(Noted.UNPINNED, about)
            return None
        if reply.answer is ClaimAnswer.UNKNOWN:
            self._note(Noted.STOPPED, about)
            raise Reject(about, requeue=False)
        if reply.answer is ClaimAnswer.HELD_BY_SIDE and wanted.message == str(task.request.id):
            self.leave(about)  # not a copy but the message itself: legacy's entry has the same name
        self._note(Noted.OTHER_SIDE if reply.answer is ClaimAnswer.HELD_BY_SIDE else Noted.ALREADY_DONE, about)
        raise Ignore  # acknowledged, and no result: it would replace the one of the run that acted

    def end(self, run: Run, error: BaseException | None) -> None:
        """Tell how a run ended."""
        self._holding.end(run, how_ended(error))

    def leave(self, why: str) -> NoReturn:
        """Leave the task to a worker of the other side."""
        self._waiting.elsewhere(f"{why} is for a worker of the other side")

    def put_back(self, task: Any, why: Later) -> NoReturn:
        """Have the task come again."""
        self._waiting.put_back(task, str(why))

    def _wanted(self, task: Any, route: Any) -> ClaimId | None:
        """Return which run it is: as legacy handed it over, or one of its own that the split's tasks have sent."""
        told = claim_of(task, self._name)
        if told is not None and told.handler in self._handlers[task.name]:
            return told
        if header_of(task, CLAIM) is not None:
            self._note(Noted.HEADER, f"{task.name}[{task.request.id}]: a claim that is not the task's own")
        if not isinstance(route, Route):
            return None
        handler = self._taker(task)
        instance = "" if handler == DISPATCH else f"task {task.request.id}"
        return ClaimId(message=route.message, handler=handler, instance=instance) if handler else None

    def _taker(self, task: Any) -> str:
        """Return whose task is at work; "" where no handler takes it: then it is the user's own."""
        if DISPATCH in self._handlers[task.name]:
            return DISPATCH
        try:
            return self._taken_by(task.name, task.request.kwargs or {})
        except Exception as error:  # noqa: BLE001  # takes= is the user's, may raise anything, and quote the message
            self._note(Noted.OWN, f"{task.name}[{task.request.id}]: takes= raised {type(error).__name__}")
            return ""

    def _claim(self, wanted: ClaimId, route: Any, holder: str) -> Reply:
        reply = self._holding.begin(wanted, Side.SPLIT, holder)
        if reply.answer is ClaimAnswer.UNPINNED and isinstance(route, Route):
            self._claims.pin(route)
            reply = self._holding.begin(wanted, Side.SPLIT, holder)
        if reply.answer is ClaimAnswer.HELD_BY_OTHER:
            raise NotYet(f"{wanted} is at work elsewhere")
        return reply


class _Claimed:
    """One run of a split task, from its claim to its end."""

    def __init__(self, claiming: Claiming, task: Any) -> None:
        self._claiming, self._task = claiming, task
        self._run: Run | None = None

    def __enter__(self) -> None:
        try:
            self._run = self._claiming.begin(self._task)
        except Later as why:
            self._claiming.put_back(self._task, why)

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._run is not None:
            self._claiming.end(self._run, error)


class _Elsewhere(_Claimed):
    """A delivery that is for a worker of the other side."""

    def __enter__(self) -> None:
        try:
            self._claiming.leave(f"{self._task.name}[{self._task.request.id}]")
        except Later as why:
            self._claiming.put_back(self._task, why)


def how_ended(error: BaseException | None) -> ClaimState:
    """Return how a run stands after what it raised: to be run again, ended, or nobody knows."""
    if isinstance(error, Retry) or (isinstance(error, Reject) and error.requeue):
        return ClaimState.FREE
    return ClaimState.DONE if error is None or isinstance(error, Exception) else ClaimState.UNKNOWN


def guard(task: Any, around: Callable[[Any], AbstractContextManager[Any]]) -> Undo:
    """Enter ``around(task)`` whenever a worker runs the task; return what undoes it.

    To be done before a worker builds its tracers. A direct call is no delivery, and passes through.
    """
    run = task.run

    @functools.wraps(run)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if task.request.called_directly:
            return run(*args, **kwargs)
        with around(task):
            return run(*args, **kwargs)

    task.run = guarded

    def undo() -> None:
        task.run = run

    return undo
