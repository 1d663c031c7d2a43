"""What can be sent to the service's workers?"""

from __future__ import annotations

from typing import Any

from legacy.babysit import check_copr_build
from legacy.celery_app import app
from legacy.database import Session
from legacy.jobs import process
from legacy.models import TaskResult


@app.task(name="task.steve_jobs.process_message", bind=True, shared=False)
def process_message(
    self: Any, event: Any, topic: str | None = None, source: str | None = None
) -> dict[str, Any] | None:
    """Parse, check, choose and run: all that the service does about one message."""
    try:
        result = process(event, topic, source)
        if result:
            task_id = self.request.id or "no-task"
            TaskResult.add(task_id=task_id, jobs=result["jobs"], event=result["event"])
        return result
    finally:
        Session.remove()


@app.task(name="task.babysit_copr_build", bind=True, max_retries=7, shared=False)
def babysit_copr_build(self: Any, build_id: int) -> None:
    """Look after a Copr build until it has ended; gives up after seven waits of three minutes."""
    try:
        if not check_copr_build(build_id):
            raise self.retry()
    finally:
        Session.remove()
