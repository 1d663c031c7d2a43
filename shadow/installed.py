"""Which applications run with tasksplit? `celery -A shadow.installed:legacy worker`, and `:split` for the split's own.

Legacy itself knows nothing of it: where a worker is started from this module instead of its own, it is recorded and
routed; started from its own, it runs as ever.
"""

from __future__ import annotations

import os
from pathlib import Path

import tasksplit
from legacy.celery_app import app as legacy
from shadow.celery_app import app as split

for app in (legacy, split):
    tasksplit.install(
        app,
        "shadow.migration:migration",
        store=os.environ["TASKSPLIT_STORE"],
        key=os.environ["TASKSPLIT_KEY"].split(),
        options=tasksplit.Options(folder=Path(os.environ.get("TASKSPLIT_FOLDER", ".tasksplit"))),
    )
