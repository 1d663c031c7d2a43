"""Where does what a task did become lasting, and what is sent after that?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from celery import chain
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from legacy.database import engine
from shadow.celery_app import app
from shadow.outbox import Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    session: Session
    outbox: Outbox = field(default_factory=Outbox)


@contextmanager
def unit_of_work() -> Iterator[Work]:
    """Commit at the end, then send. Where a service fails, what it did until then is kept, and sent.

    Statuses and comments that were posted cannot be taken back, so what belongs to them stays as well.
    """
    with Session(engine, expire_on_commit=False) as session:
        work = Work(session=session)
        try:
            yield work
        except SQLAlchemyError:
            raise  # the session is of no use any more: rolled back when it closes
        except Exception:
            _keep(work)
            raise
        _keep(work)


def _keep(work: Work) -> None:
    work.session.commit()
    outbox = work.outbox
    if outbox.handle_in_turn:
        steps = [app.signature(step.task, kwargs=step.to_wire(), immutable=True) for step in outbox.handle_in_turn]
        chain(*steps).apply_async()
    for later in outbox.later:
        app.send_task(later.task, args=later.args, countdown=later.countdown)
