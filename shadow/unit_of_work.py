"""Where does what a task did become lasting, and what is sent after that?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

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
    for send in work.outbox.sends:
        app.send_task(send.task, args=send.args, kwargs=send.kwargs, countdown=send.countdown)
