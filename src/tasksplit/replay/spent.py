"""Whose time was it: legacy's, the split's, or ours?"""

from __future__ import annotations

from tasksplit.model.message import Side
from tasksplit.model.review import Times
from tasksplit.replay.side import Replayed


class Spent:
    """How long did both sides take, and how long did it take to have them watched?"""

    def __init__(self) -> None:
        self._sides = dict.fromkeys(Side, 0.0)
        self._whole = 0.0

    def add(self, legacy: Replayed, split: Replayed) -> None:
        """Count one message, as both sides came back with it."""
        for side, replayed in ((Side.LEGACY, legacy), (Side.SPLIT, split)):
            # legacy runs one handler inside another, or inside the task; each of the split's is a task of its own
            nested = side is Side.LEGACY
            inside = sum(one.duration for one in replayed.observations if one.parent is None or not nested)
            self._sides[side] += min(inside, replayed.seconds)
            self._whole += replayed.seconds

    def summed(self) -> Times:
        """Return the sums, in seconds."""
        legacy, split = self._sides[Side.LEGACY], self._sides[Side.SPLIT]
        return Times(legacy=legacy, split=split, tasksplit=max(0.0, self._whole - legacy - split))
