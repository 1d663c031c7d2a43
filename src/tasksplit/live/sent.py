"""When was a split task sent, and how long did it wait for a worker?

The moment travels as a header beside the claim or the route. Nobody believes it for anything but this number: what is
absent, garbled or of the future changes nothing, and is counted as such.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from celery.utils.time import maybe_iso8601, maybe_make_aware

SENT = "tasksplit-sent"
"""Header of a split task that carries a claim or a route: seconds since the epoch, by the clock of who sent it."""

_LATEST = 1e11  # seconds since the epoch, some thousand years on: what is more was never written by us


def stamp(headers: dict[str, Any]) -> None:
    """Write down that a message is being sent now."""
    headers[SENT] = time.time()


def wait_of(task: Any, told: object, now: float) -> float | None:
    """Return for how many seconds the task at work could have begun and had not; None where nobody knows.

    Less than 0 where the clock of who sent it is ahead of ours. A task with a countdown or an eta could not begin
    before that. ``told``: the header as it came; ``now``: seconds since the epoch. Never raises.
    """
    if not isinstance(told, int | float) or isinstance(told, bool) or not 0 < told < _LATEST:
        return None
    return now - max(float(told), _due(task))


def _due(task: Any) -> float:
    """Return when the task was to begin; 0 where it was at once, or Celery itself could not read it."""
    try:
        eta = maybe_iso8601(task.request.eta)
        return float(maybe_make_aware(eta, task.app.timezone).timestamp()) if isinstance(eta, datetime) else 0.0
    except (ValueError, TypeError, AttributeError, OverflowError, OSError):
        return 0.0
