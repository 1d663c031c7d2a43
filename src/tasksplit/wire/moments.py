"""How long is it until an eta that a Celery message carries?"""

from __future__ import annotations

from datetime import datetime
from typing import Any


def seconds_until(when: Any, now: datetime) -> float | None:
    """Return the seconds from ``now`` (aware) to an eta in any of Celery's forms; None when there is none."""
    if when is None:
        return None
    if isinstance(when, int | float):
        return float(when)
    moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=now.tzinfo)
    return round((moment - now).total_seconds(), 3)
