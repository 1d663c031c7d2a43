"""How many different contents were there, whoever counts and however often? In constant memory."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

MOST = 64  #: contents of which each is known; beyond it their number is estimated, give or take an eighth
_SPACE = 1 << 64


@dataclass(frozen=True, slots=True)
class Distinct:
    """The smallest hashes of what was seen: the same content counts once, and two of these unite in any order.

    KMV (Bar-Yossef et al. 2002): of n hashes spread evenly the k-th smallest lies at k/n of their space.
    """

    smallest: tuple[int, ...] = ()
    """Ascending, at most ``MOST``, each in 0 to 2^64 - 1."""

    def __or__(self, other: Distinct) -> Distinct:
        return Distinct(tuple(sorted({*self.smallest, *other.smallest})[:MOST]))

    @property
    def count(self) -> int:
        """Return how many: exact below ``MOST``, else an estimate that is at least ``MOST``."""
        if len(self.smallest) < MOST:
            return len(self.smallest)
        return max(MOST, round((MOST - 1) * _SPACE / (self.smallest[-1] + 1)))


def hashed(digest: str) -> int:
    """Return the hash of a content of which there is a digest: any text of hexadecimal digits, 16 or more."""
    return int(digest[:16], 16)


def insert(smallest: list[int], value: int) -> None:
    """Add a hash to a list that a ``Distinct`` is made of; nothing happens where it is there, or too large."""
    if len(smallest) == MOST and value >= smallest[-1]:
        return
    place = bisect_left(smallest, value)
    if place < len(smallest) and smallest[place] == value:
        return
    smallest.insert(place, value)
    del smallest[MOST:]


def of(digests: Iterable[str]) -> Distinct:
    """Return what those contents amount to."""
    found: list[int] = []
    for digest in digests:
        insert(found, hashed(digest))
    return Distinct(tuple(found))
