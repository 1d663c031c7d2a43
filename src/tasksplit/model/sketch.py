"""How long did it take, at the median and at the end? Sketches add, in any order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

ACCURACY = 0.02  #: share by which a quantile may be off
_GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_LOG_GAMMA = math.log(_GAMMA)
_LEAST = 1e-7  #: seconds, or whatever is measured: below it all are one


@dataclass(frozen=True, slots=True)
class Sketch:
    """How are the values spread? Counts by bucket, each 4 % wider than the one before (DDSketch, Masson et al. 2019).

    Constant in the number of values: from 100 ns to a day there are 700 buckets.
    """

    buckets: Mapping[int, int] = field(default_factory=dict)
    """Number of the bucket -> how many values."""

    def __add__(self, other: Sketch) -> Sketch:
        return Sketch(dict(Counter(self.buckets) + Counter(other.buckets)))

    @property
    def count(self) -> int:
        """Return how many values there were."""
        return sum(self.buckets.values())

    @property
    def total(self) -> float:
        """Return the sum of the values, 2 % off at most (100 ns each for the smallest)."""
        return math.fsum(middle(bucket) * count for bucket, count in self.buckets.items())

    def quantile(self, share: float) -> float | None:
        """Return the value that ``share`` (0-1) of the values do not exceed, 2 % off at most; None without values."""
        left = math.ceil(share * self.count) or 1
        for bucket in sorted(self.buckets):
            left -= self.buckets[bucket]
            if left <= 0:
                return middle(bucket)
        return None


def bucket(value: float) -> int:
    """Return the number of the bucket of a value; what is no positive number is among the smallest."""
    return math.ceil(math.log(value / _LEAST) / _LOG_GAMMA) if value > _LEAST else 0


def middle(number: int) -> float:
    """Return the value that stands for a bucket."""
    return float(_LEAST * _GAMMA**number * 2 / (1 + _GAMMA))
