"""How does `process_message` become tasks of its own, job by job?

The handlers, what each must receive, and the world are those of the split by handler. Another is which task runs them:
handlers of one job share its task, and `takes` tells from its arguments whose it is. So each can still go live alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from shadow.by_job.celery_app import JOB_OF, task_of
from shadow.by_job.tasks import arguments
from shadow.migration import migration as by_handler


def is_for(handler: str, kwargs: Mapping[str, Any]) -> bool:
    return kwargs.get("handler") == handler


message, babysit = by_handler.entries

migration = replace(
    by_handler,
    name="process_message_by_job",
    entries=[
        replace(message, split="shadow.by_job.tasks:process_message"),
        replace(babysit, split="shadow.by_job.tasks:babysit_copr_build"),
    ],
    handlers=[
        replace(
            handler,
            split=task_of(JOB_OF[handler.name]),
            takes=partial(is_for, handler.name),
            payload=arguments,
        )
        for handler in by_handler.handlers
    ],
)
