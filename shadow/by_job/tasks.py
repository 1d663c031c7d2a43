"""What can be sent to the workers of the cut by job: a message, something to be done, a build to look after?

A job's task is told which of its handlers is meant, and what that one receives. A handler that raises ends its task
and the tasks that were to follow in turn; nothing is tried again by itself.
"""

from __future__ import annotations

from typing import Any

from shadow import wire
from shadow.by_job.celery_app import BABYSIT, DISPATCHER, JOB_OF, JOBS, app, task_of
from shadow.entering import dispatch_message, has_ended
from shadow.payloads import handler_of
from shadow.received import Wire, count
from shadow.running import PAYLOADS, run
from shadow.unit_of_work import Step
from shadow.wire import Payload


def address(payload: Payload) -> Step:
    """The task of the job, told which of its handlers is meant."""
    handler = handler_of(type(payload))
    return task_of(JOB_OF[handler]), {"handler": handler, "payload": payload.to_wire()}


def arguments(inputs: Any) -> Wire:
    """What a handler receives -> the keyword arguments of the task of its job."""
    _, kwargs = address(inputs["payload"])
    return kwargs


@app.task(name=DISPATCHER, shared=False)
def process_message(*, event: Any, topic: str | None = None, source: str | None = None, **unknown: Any) -> Wire | None:
    """Parse, check and choose; the jobs that the message asks for are sent."""
    count(DISPATCHER, unknown)
    return dispatch_message(event, topic=topic, source=source, address=address)


def _task(job: str, name: str) -> Any:
    @app.task(name=name, shared=False)
    def do(*, handler: str, payload: Wire, **unknown: Any) -> Wire:
        count(name, unknown)
        if handler not in JOBS[job]:  # a name out of a message chooses nothing but what the job has
            wire.refused[handler] += 1
            raise ValueError(f"The job {job} has no handler {handler!r}.")
        return run(PAYLOADS[handler].from_wire(payload), address=address)

    return do


TASKS = {job: _task(job, task_of(job)) for job in JOBS}
"""Job -> its task."""


@app.task(name=BABYSIT, bind=True, max_retries=7, shared=False, lazy=False)
def babysit_copr_build(self: Any, build_id: int, **unknown: Any) -> None:
    """Look after a Copr build until it has ended; gives up after seven waits of three minutes."""
    count(BABYSIT, unknown)
    if not has_ended(build_id, address=address):
        raise self.retry()
