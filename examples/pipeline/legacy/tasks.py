"""What can be sent to the service's workers? One task that does everything about an event."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from celery.exceptions import Ignore, Reject

from examples.pipeline.base import SessionTask
from examples.pipeline.clients import IndexUnavailableError
from examples.pipeline.database import DONE, EventRow, Session
from examples.pipeline.events import InvalidEventError, event_of
from examples.pipeline.legacy.core import TaskContext
from examples.pipeline.legacy.pipelines import PipelineRegistry
from examples.pipeline.legacy.repository import Repository

app = Celery("pipeline", broker=os.environ.get("BROKER_URL", "redis://localhost:6379/0"))
app.conf.update(task_ignore_result=True, task_reject_on_worker_lost=True, broker_connection_retry_on_startup=True)


def store_results(row: EventRow, context: TaskContext, repository: Repository) -> None:
    """Write down what the nodes said: the event is done."""
    row.task_context = dict(context.nodes)
    row.status = DONE
    row.processed_at = datetime.now(UTC)
    repository.update()


class ProcessIncomingEvent(SessionTask):
    """Load the event, choose its pipeline, run it, store what came of it."""

    name = "process_incoming_event"
    retried_on = (IndexUnavailableError,)

    def run_impl(self, session: Session, *, event_id: int, **_unknown: Any) -> Any:
        row = session.get(EventRow, event_id)
        if row is None:
            raise Ignore(f"event {event_id} has no row")
        if row.status == DONE:  # delivered again
            return None
        try:
            event = event_of(row)
        except InvalidEventError as error:
            raise Reject(str(error), requeue=False) from error
        pipeline = PipelineRegistry.pipeline(event)
        context = TaskContext(event=event, nodes=dict(row.task_context or {}))
        try:
            pipeline.run(context, session)
        except IndexUnavailableError:
            row.task_context = dict(context.nodes)  # how far it came: the next attempt goes on from here
            raise
        store_results(row, context, Repository(session))
        return {"pipeline": pipeline.name}


process_incoming_event = app.register_task(ProcessIncomingEvent())
