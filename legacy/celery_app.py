"""Which Celery application do the tasks belong to?"""

from __future__ import annotations

import os

from celery import Celery

app = Celery("legacy", broker=os.environ.get("BROKER_URL", "redis://localhost:6379/0"))
app.conf.update(
    include=["legacy.tasks"],
    task_ignore_result=True,
    task_acks_late=True,  # a killed worker must not lose what it was at
    task_reject_on_worker_lost=True,  # nor one of its processes
    task_serializer="json",
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
)
