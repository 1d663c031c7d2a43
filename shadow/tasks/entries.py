"""Which tasks begin the work: the one that takes a message, and the one that looks after a build?"""

from __future__ import annotations

from typing import Any

from shadow.celery_app import app
from shadow.entering import dispatch_message, has_ended
from shadow.received import Wire, count


@app.task(name="task.steve_jobs.dispatch_message", shared=False)
def process_message(*, event: Any, topic: str | None = None, source: str | None = None, **unknown: Any) -> Wire | None:
    """Parse, check and choose; the tasks that the message needs are sent."""
    count("task.steve_jobs.dispatch_message", unknown)
    return dispatch_message(event, topic=topic, source=source)


@app.task(name="task.babysit_copr_build", bind=True, max_retries=7, shared=False, lazy=False)
def babysit_copr_build(self: Any, build_id: int, **unknown: Any) -> None:
    """Look after a Copr build until it has ended; gives up after seven waits of three minutes.

    It takes the build's id by place: workers of both sides send and run it under this name.
    """
    count("task.babysit_copr_build", unknown)
    if not has_ended(build_id):
        raise self.retry()
