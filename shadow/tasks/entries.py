"""Which tasks begin the work: the one that takes a message, and the one that looks after a build?"""

from __future__ import annotations

from typing import Any

from shadow.celery_app import app
from shadow.dispatch import dispatch
from shadow.services.babysit import check_copr_build
from shadow.tasks.received import Wire, count
from shadow.unit_of_work import unit_of_work


@app.task(name="task.steve_jobs.dispatch_message", shared=False)
def process_message(*, event: Any, topic: str | None = None, source: str | None = None, **unknown: Any) -> Wire | None:
    """Parse, check and choose; the tasks that the message needs are sent."""
    count("task.steve_jobs.dispatch_message", unknown)
    with unit_of_work() as work:
        found = dispatch(event, topic=topic, source=source, session=work.session)
        for payload in found.payloads if found else ():
            work.outbox.handle(payload)
        return work.returns(found.summary() if found else None)


@app.task(name="task.babysit_copr_build", bind=True, max_retries=7, shared=False, lazy=False)
def babysit_copr_build(self: Any, build_id: int, **unknown: Any) -> None:
    """Look after a Copr build until it has ended; gives up after seven waits of three minutes.

    It takes the build's id by place: workers of both sides send and run it under this name.
    """
    count("task.babysit_copr_build", unknown)
    with unit_of_work() as work:
        ended = check_copr_build(build_id, session=work.session, outbox=work.outbox)
    if not ended:
        raise self.retry()
