"""What has each shadow worker shown so far, while it goes on saving?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from tasksplit.errors import StoreError
from tasksplit.stores.archive import Archive, Run
from tasksplit.stores.run_names import is_live, worker_of

TRIES: Final = 5  #: to read while workers save, each some times a minute

T = TypeVar("T")


def live_runs(archive: Archive) -> list[Run]:
    """Return what each shadow worker saved last, in the order in which they began; of whichever code.

    Raises ``StoreError`` where a worker takes the place of what is being read: see ``steady``.
    """
    # of one worker the newest: it saves that before it takes the one before away
    last = {worker_of(name): name for name in archive.runs() if is_live(name)}
    return [archive.load_run(last[worker]) for worker in sorted(last)]


def steady(read: Callable[[], T]) -> T:
    """Return what is read; again, where a shadow worker just took the place of what was being read."""
    for _ in range(TRIES - 1):
        with suppress(StoreError):
            return read()
    return read()


def code_of(run: Run) -> dict[str, str]:
    """Return the versions that a run is of."""
    return {str(name): str(version) for name, version in run.meta.get("versions", {}).items()}
