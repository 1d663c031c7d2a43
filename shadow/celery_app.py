"""Which Celery application do the tasks belong to, and in which queue does each wait?"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from celery import Celery
from kombu import Queue

DISPATCH = "dispatch"
SHORT = "short-running"
LONG = "long-running"
DEFAULT = "celery"
QUEUES = (DISPATCH, SHORT, LONG, DEFAULT)

ROUTES = {
    "task.steve_jobs.dispatch_message": DISPATCH,
    "task.run_release_copr_build_handler": LONG,
    "task.run_pr_copr_build_handler": LONG,
    "task.run_push_copr_build_handler": LONG,
    "task.run_pr_comment_copr_build_handler": LONG,
    "task.run_copr_build_start_handler": SHORT,
    "task.run_copr_build_end_handler": SHORT,
    "task.run_installation_handler": SHORT,
    "task.run_testing_farm_comment_handler": SHORT,
    "task.run_testing_farm_handler": SHORT,
    "task.run_testing_farm_results_handler": SHORT,
    "task.run_propose_update_comment_handler": LONG,
    "task.run_propose_downstream_handler": LONG,
    "task.run_distgit_commit_handler": LONG,
    "task.run_release_koji_build_handler": LONG,
    "task.run_pr_koji_build_handler": LONG,
    "task.run_push_koji_build_handler": LONG,
    "task.run_koji_build_report_handler": SHORT,
    "task.run_pagure_pr_comment_copr_build_handler": LONG,
    "task.run_pagure_pr_label_handler": SHORT,
    "task.sweep_stored_events": SHORT,
    # workers of both sides send it and wait for it here
    "task.babysit_copr_build": DEFAULT,
}


def application(name: str, *, include: Sequence[str], routes: Mapping[str, str]) -> Celery:
    """Return the application of a cut: its tasks, and the queue of each."""
    made = Celery(name, broker=os.environ.get("BROKER_URL", "redis://localhost:6379/0"))
    made.conf.update(
        include=list(include),
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_serializer="json",
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        task_queues=[Queue(name) for name in QUEUES],
        task_default_queue=DEFAULT,
        task_create_missing_queues=False,  # a queue that nobody consumes is a mistake, not a new queue
        task_routes={task: {"queue": queue} for task, queue in routes.items()},
    )
    return made


app = application("shadow", include=["shadow.tasks", "shadow.front_door.tasks"], routes=ROUTES)
app.conf.beat_schedule = {"sweep-stored-events": {"task": "task.sweep_stored_events", "schedule": 30.0}}
