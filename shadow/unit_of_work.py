"""Where does what a task did become lasting, and what is sent after that?

A message from the front door names its event in a header. Then how far the event is becomes lasting along with what
the task did, and the tasks that are sent name the event too. Without that header nothing is known of the front door.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from celery import Celery, chain, current_task
from celery.exceptions import Ignore, Retry
from celery.signals import task_failure
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from legacy.database import engine
from shadow.celery_app import app as by_handler
from shadow.outbox import Outbox
from shadow.wire import Payload

if TYPE_CHECKING:
    from shadow.front_door.report import Report

logger = logging.getLogger(__name__)

T = TypeVar("T")

Step = tuple[str, dict[str, Any]]  # a task and its keyword arguments
Address = Callable[[Payload], Step]
"""Which task takes a payload?"""


def own_task(payload: Payload) -> Step:
    """The task that is for payloads of this kind alone."""
    return payload.task, payload.to_wire()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    session: Session
    outbox: Outbox = field(default_factory=Outbox)
    report: Report | None = None
    """What the front door is told; None where the message is not from there."""
    address: Address = own_task
    here: Callable[[Payload], Any] | None = None
    """Handles what is asked for, in this task; None: tasks of their own do."""

    def returns(self, result: T) -> T:
        """Pass on what the task returns, so that it is kept together with what the task did."""
        if self.report is not None:
            self.report.result = result
        return result

    def failed(self, error: Exception) -> None:
        """Keep why the task failed, together with what it did until then."""
        if self.report is not None:
            self.report.error, self.report.again = error, isinstance(error, Retry)


@contextmanager
def unit_of_work(address: Address = own_task, here: Callable[[Payload], Any] | None = None) -> Iterator[Work]:
    """Commit at the end, then send, or handle ``here`` what is to be handled next.

    Where a service fails, what it did until then is kept, and sent. Statuses and comments that were posted cannot be
    taken back, so what belongs to them stays as well.
    """
    with Session(engine, expire_on_commit=False) as session:
        work = Work(session=session, report=_begin(session), address=address, here=here)
        try:
            yield work
        except SQLAlchemyError:
            raise  # the session is of no use any more: rolled back when it closes
        except Exception as error:
            work.failed(error)
            _keep(work)
            raise
        _keep(work)


def _keep(work: Work) -> None:
    app, asked, report = _app(), work.outbox.handle_in_turn, work.report
    steps = [work.address(payload)[0] for payload in asked] if work.here is None else []
    numbers = report.note(work.session, steps) if report else range(len(steps))
    work.session.commit()
    if numbers:
        chain(*(_signature(work, number) for number in numbers)).apply_async()
        if report:
            _note_sent(work.session, report, numbers)
    for payload in asked if work.here is not None else ():
        work.here(payload)
    for later in work.outbox.later:
        app.send_task(later.task, args=later.args, countdown=later.countdown)


def _note_sent(session: Session, report: Report, numbers: Sequence[int]) -> None:
    try:
        report.sent(session, numbers)
        session.commit()
    except SQLAlchemyError:  # the tasks run all the same; only a redelivery of this one would send them again
        session.rollback()
        logger.warning("It is not noted that the tasks of event %s were sent.", report.event_id)


def _app() -> Celery:
    """The application of the task at work: each cut has one, with routes of its own."""
    return current_task.app if current_task else by_handler


def _signature(work: Work, number: int) -> Any:
    task, kwargs = work.address(work.outbox.handle_in_turn[number])
    signature = _app().signature(task, kwargs=kwargs, immutable=True)
    return signature.set(**work.report.options(number)) if work.report else signature


def _report(request: Any) -> Report | None:
    headers = getattr(request, "headers", None) or {}
    if "event_id" not in headers:
        return None
    from shadow.front_door.report import report  # no earlier: its tables are for databases with a front door

    return report(headers)


def _begin(session: Session) -> Report | None:
    """Note that a worker has it. A task that has ended is not run again: what waits for it is sent, and that is all."""
    request: Any = current_task.request if current_task else None
    report = _report(request)
    if report is None:
        return None
    from shadow.front_door.progress import AlreadyEndedError

    try:
        known = report.begin(session)
    except AlreadyEndedError as ended:
        if request.chain and ended.goes_on:
            _app().signature(request.chain[-1]).apply_async(chain=request.chain[:-1])
        raise Ignore(str(ended)) from ended
    session.commit()
    return report if known else None


@task_failure.connect
def _lost(sender: Any, exception: BaseException, **_: Any) -> None:
    """Note a failure outside of a unit of work: arguments that are refused, a commit that failed."""
    report = _report(sender.request)
    if report is not None:
        with Session(engine) as session:
            report.lost(session, exception)
            session.commit()
