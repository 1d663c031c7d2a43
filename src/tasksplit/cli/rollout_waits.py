"""How long did the split's tasks wait for a worker, by what the workers of this machine have counted?"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasksplit.errors import StoreError
from tasksplit.live.folder import of_waits, usual
from tasksplit.live.waited import Waited, total
from tasksplit.report.words import clipped, count, counted, seconds

FOLDER = "TASKSPLIT_FOLDER"  #: the variable that names the folder of the workers; else it is that of ``Options``
QUANTILES = {"p50": 0.5, "p99": 0.99}


def waits(migration: str) -> tuple[Mapping[str, Waited], str]:
    """Return what is known of each handler, nothing where no worker here has counted; and what is wrong with it."""
    try:
        return total(of_waits(Path(os.environ.get(FOLDER) or usual()), migration)), ""
    except StoreError as error:
        return {}, str(error)


def in_a_line(handler: str, waited: Waited) -> str:
    """Return how long the tasks of a handler waited, in words."""
    times = [(name, waited.seconds.quantile(share)) for name, share in QUANTILES.items()]
    told = ", ".join(f"{name} {seconds(value)}" for name, value in times if value is not None)
    text = f"{clipped(handler, 80)}: waited for a worker {told or 'for unknown times'}"
    text += f" ({counted(waited.seconds.count, 'task')}"
    if waited.ahead:
        text += f", {count(waited.ahead)} of them from a clock that is ahead, as 0"
    if waited.unknown:
        text += f"; of {count(waited.unknown)} more it is unknown"
    return text + ")"


def as_json(waited: Waited | None) -> dict[str, Any] | None:
    """Return the same as numbers."""
    if waited is None:
        return None
    times = {f"{name}_seconds": waited.seconds.quantile(share) for name, share in QUANTILES.items()}
    return {**times, "tasks": waited.seconds.count, "clock_ahead": waited.ahead, "unknown": waited.unknown}
