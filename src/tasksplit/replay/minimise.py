"""Which few messages show all that these messages show?"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tasksplit.replay.coverage import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Which messages are kept, and how much of what all of them showed do they show?"""

    messages: tuple[str, ...]
    """The most telling first."""
    shown: Shown
    of: Shown


def keep(shown: Mapping[str, Shown]) -> Kept:
    """Return the fewest messages that show every branch, every stratum and every difference."""
    everything = _together(shown.values())
    first, second = everything.branches.bit_length(), everything.strata.bit_length()
    bits = {name: one.branches | one.strata << first | one.differences << first + second for name, one in shown.items()}
    kept = minimise(bits)
    return Kept(messages=kept, shown=_together(shown[name] for name in kept), of=everything)


def _together(shown: Iterable[Shown]) -> Shown:
    found = Shown()
    for one in shown:
        found |= one
    return found


def minimise(shown: Mapping[str, int]) -> tuple[str, ...]:
    """Return the messages to keep, the most telling first: together they show every bit that ``shown`` has.

    Greedy, and the same for the same messages in any order: at each step the one that shows most that is new is
    kept, of equals the one whose name comes first; at the end those that later ones made superfluous are left out.
    """
    kept: list[str] = []
    covered = 0
    heap = [(-bits.bit_count(), name) for name, bits in shown.items() if bits]
    heapq.heapify(heap)
    while heap:
        most, name = heapq.heappop(heap)
        new = (shown[name] & ~covered).bit_count()  # what is new only ever shrinks, so an old number is a bound
        if new == -most:
            kept.append(name)
            covered |= shown[name]
        elif new:
            heapq.heappush(heap, (-new, name))
    return _needed(kept, shown)


def _needed(kept: list[str], shown: Mapping[str, int]) -> tuple[str, ...]:
    """Leave out, the last kept first, each message of which the others show everything."""
    once = twice = 0  # what is shown at all, and more than once
    for name in kept:
        twice |= once & shown[name]
        once |= shown[name]
    needed = list(kept)
    for name in reversed(kept):
        if not shown[name] & ~twice:
            rest = 0
            for other in needed:
                rest |= 0 if other == name else shown[other]
            if not shown[name] & ~rest:
                needed.remove(name)
    return tuple(needed)
