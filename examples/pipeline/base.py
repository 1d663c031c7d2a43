"""What do all tasks share? A session that is handed in, arguments by name, one commit at the end.

A task is a class with `run_impl`, or with `run_async` in an async style: `self`, the session, then arguments by name.
Services never commit: the base does, when the task has ended, and only then sends what the task wants to be sent.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from celery import Task
from celery.exceptions import Ignore, Reject, Retry

from examples.pipeline.database import Session, sessions

RETRY_AFTER = 30  #: seconds
MOST_RETRIES = 3


class SessionTask(Task):  # type: ignore[misc]  # Celery ships no types
    """How does every task of the service run?"""

    abstract = True
    acks_late = True
    max_retries = MOST_RETRIES
    retried_on: ClassVar[tuple[type[Exception], ...]] = ()
    """What passes in a while: the task is tried again after `RETRY_AFTER`, and what it did until then is kept."""

    def run(self, **arguments: Any) -> Any:
        with sessions() as session:
            try:
                value = self._perform(session, arguments)
            except self.retried_on as error:
                session.commit()
                raise self.retry(exc=error, countdown=RETRY_AFTER) from error
            except (Ignore, Reject, Retry):
                session.commit()
                raise
            session.commit()
            later = session.info.get("later", [])
        for task, payload in later:  # a worker may be faster than a commit
            self.app.send_task(task, kwargs=payload)
        return value

    def run_impl(self, *_session: Any, **_arguments: Any) -> Any:
        """What the task does with a session and its arguments, unless it has a `run_async`."""
        raise NotImplementedError

    def _perform(self, session: Session, arguments: dict[str, Any]) -> Any:
        in_async_style = getattr(self, "run_async", None)
        if in_async_style is not None:
            return asyncio.run(in_async_style(session, **arguments))
        return self.run_impl(session, **arguments)


def send_later(session: Session, task: str, **payload: Any) -> None:
    """Have a task sent once the session's changes are committed."""
    session.info.setdefault("later", []).append((task, payload))
