"""How is a goal measured? Contestants take turns in one run; medians are compared, so that only ratios count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Was one goal met, against whom, and by how much?"""

    goal: str
    """Its number and what it says."""
    peer: str
    measured: float
    """A ratio, in the sense of ``limit``."""
    limit: float
    at_least: bool = True
    """Whether ``measured`` has to reach ``limit``; False: it must not exceed it."""
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Return whether the goal was met."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


Contestant = tuple[Callable[[], object], int]
"""What is called, and how often in one turn."""


def interleaved(contestants: dict[str, Contestant], *, rounds: int = 7) -> dict[str, float]:
    """Return the median time of one call of each, in µs; in each round everyone has a turn."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, (call, calls) in contestants.items():
            start = perf_counter_ns()
            for _ in range(calls):
                call()
            times[name].append((perf_counter_ns() - start) / calls / 1_000)
    return {name: median(taken) for name, taken in times.items()}
