"""Which applications of the toy run with tasksplit? ``celery -A tests.live.toys.installed:legacy`` and ``:split``."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import tasksplit
from tasksplit.live.cutover import Settings
from tests.live.toys.legacy import REDELIVERED
from tests.live.toys.legacy import app as legacy
from tests.live.toys.split import app as split

for app in (legacy, split):
    tasksplit.install(
        app,
        "tests.live.toys.declared:migration",
        store=os.environ["TASKSPLIT_STORE"],
        key=os.environ["TASKSPLIT_KEY"].split(),
        options=tasksplit.Options(
            folder=Path(os.environ["TASKSPLIT_FOLDER"]),
            redelivery=REDELIVERED,
            cutover=Settings(settle=1.0, lease=timedelta(seconds=3)),
        ),
    )
