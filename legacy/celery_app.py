"""Which Celery application do the tasks belong to?"""

from __future__ import annotations

import os

from celery import Celery

app = Celery("legacy", broker=os.environ.get("BROKER_URL", "redis://localhost:6379/0"))
app.conf.update(
    include=["legacy.tasks"],
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
)
