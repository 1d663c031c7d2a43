"""May a handler move on, given the evidence and a bar? Always with the reason in words and numbers."""

from __future__ import annotations

from tasksplit.gate.bound import alarm, needed, passes, upper_bound
from tasksplit.gate.decide import decide, overall
from tasksplit.gate.words import share

__all__ = ["alarm", "decide", "needed", "overall", "passes", "share", "upper_bound"]
