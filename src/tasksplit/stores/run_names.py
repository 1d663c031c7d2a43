"""What does the name of a run say: which call it is of, in which form, when it ended, which shadow worker saved it?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

LIVE: Final = "live"  #: the form of what a shadow worker saves
_BEGAN = "%Y%m%dT%H%M%S.%f"


def named(at: datetime, form: str) -> str:
    """Return the name of a run of ``tasksplit run``: ``20261121T120000.000000-fixtures``."""
    return f"{at:{_BEGAN}}-{form}"


def live_named(worker: str, number: int) -> str:
    """Return the name under which a shadow worker saves for the so-many-th time."""
    return f"{worker}-{number:06}-{LIVE}"


def worker_named(began: datetime) -> str:
    """Return the name of a shadow worker."""
    return f"{began:{_BEGAN}}"


def is_live(run: str) -> bool:
    """Return whether a shadow worker saved it."""
    return run.endswith(f"-{LIVE}")


def worker_of(run: str) -> str:
    """Return which shadow worker saved a run: ``20261121T120000.0`` of ``20261121T120000.0-000007-live``."""
    return run.rsplit("-", 2)[0]


def call_of(run: str) -> str:
    """Return the call that a run is of: ``20261121T120000.0-fixtures`` without its form."""
    return run.rsplit("-", 1)[0]


def form_of(run: str) -> str:
    """Return the form of a run; empty where its name says none."""
    return run.rpartition("-")[2] if "-" in run else ""


def when_of(run: str) -> datetime | None:
    """Return when a run ended; None where its name does not say: what a shadow worker saves goes on."""
    try:
        return datetime.strptime(call_of(run), _BEGAN).replace(tzinfo=UTC)
    except ValueError:
        return None
