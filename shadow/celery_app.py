"""Which Celery application do the tasks belong to, and in which queue does each wait?"""

from __future__ import annotations

import os

from celery import Celery

DISPATCH = "dispatch"
SHORT = "short-running"
LONG = "long-running"

app = Celery("shadow", broker=os.environ.get("BROKER_URL", "redis://localhost:6379/0"))
app.conf.update(
    include=["shadow.tasks"],
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    task_routes={
        "task.steve_jobs.dispatch_message": {"queue": DISPATCH},
        "task.run_pr_copr_build_handler": {"queue": LONG},
        "task.run_copr_build_start_handler": {"queue": SHORT},
        "task.run_copr_build_end_handler": {"queue": SHORT},
        "task.run_testing_farm_handler": {"queue": SHORT},
        "task.run_testing_farm_results_handler": {"queue": SHORT},
        "task.run_installation_handler": {"queue": SHORT},
        # task.babysit_copr_build stays in the default queue: workers of both sides send it and wait for it there
    },
)
