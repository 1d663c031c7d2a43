"""Which item of one list is shown beside which item of the other? As the comparison paired them.

The comparison knew the rules; a paper only knows what it found. Where it found items missing or extra, all the others
had a partner, in order unless they have none: so its pairing can be told from its differences.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from tasksplit.compare import align
from tasksplit.compare.align import Pairing
from tasksplit.compare.reduced import key_of
from tasksplit.model.message import Side

ROW_IDENTITIES = (("op", "key"), ("key",))  #: as the comparison pairs changes of rows


class Lists:
    """Two lists at one place, and the keys by which equal items are found."""

    def __init__(self, ours: Sequence[object], theirs: Sequence[object]) -> None:
        self.ours, self.theirs = ours, theirs
        self.first = [key_of(item, None, Side.LEGACY) for item in ours]
        self.second = [key_of(item, None, Side.SPLIT) for item in theirs]

    def same(self) -> bool:
        """Return whether both hold the same items, in whatever order."""
        return sorted(self.first) == sorted(self.second)

    def equal(self, i: int, j: int) -> bool:
        """Return whether two items are equal without any rule."""
        return self.first[i] == self.second[j]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What did the comparison find within two lists?"""

    missing: Collection[int]
    """Positions in legacy that have no partner."""
    extra: Collection[int]
    """Positions in the split that have none."""
    differs: Callable[[int], bool]
    """Whether it found something within an item of legacy."""


def paired(lists: Lists, found: Found, *, order: bool, identities: Sequence[tuple[str, ...]] = ()) -> Pairing:
    """Return positions side by side; ``order``: whether the items have one, unless a rule says that they have none."""
    ours = [i for i in range(len(lists.ours)) if i not in found.missing]
    theirs = [j for j in range(len(lists.theirs)) if j not in found.extra]
    alone: Pairing = [*((i, None) for i in sorted(found.missing)), *((None, j) for j in sorted(found.extra))]
    candidates: list[Pairing] = []
    if order and len(ours) == len(theirs):
        candidates.append([*zip(ours, theirs, strict=True), *alone])
    elif order:
        candidates.append(align.in_order(lists.first, lists.second))
    candidates.append(_anywhere(lists, range(len(lists.ours)), range(len(lists.theirs)), identities))
    candidates.append([*_anywhere(lists, ours, theirs, identities), *alone])
    return _sorted(min(candidates, key=lambda pairing: _unexplained(pairing, lists, found)))


def moved(lists: Lists) -> tuple[Pairing, set[tuple[int, int]]]:
    """Return the pairs of two lists that hold the same items in another order, and those that stayed in place."""
    anchored = align.in_order(lists.first, lists.second)
    stayed = {(i, j) for i, j in anchored if i is not None and j is not None and lists.equal(i, j)}
    kept, held = {i for i, _ in stayed}, {j for _, j in stayed}
    ours = [i for i in range(len(lists.first)) if i not in kept]
    theirs = [j for j in range(len(lists.second)) if j not in held]
    pairs, here, there = align.as_multisets([lists.first[i] for i in ours], [lists.second[j] for j in theirs])
    pairs += [*zip_longest(here, there)]
    return _sorted([*stayed, *_placed(pairs, ours, theirs)]), stayed


def _anywhere(
    lists: Lists, ours: Sequence[int], theirs: Sequence[int], identities: Sequence[tuple[str, ...]]
) -> Pairing:
    pairs, here, there = align.as_multisets([lists.first[i] for i in ours], [lists.second[j] for j in theirs])
    rest = align.leftovers(
        {ours[i]: lists.ours[ours[i]] for i in here}, {theirs[j]: lists.theirs[theirs[j]] for j in there}, identities
    )
    return [*_placed(pairs, ours, theirs), *rest]


def _placed(pairing: Pairing, ours: Sequence[int], theirs: Sequence[int]) -> Pairing:
    return [(None if i is None else ours[i], None if j is None else theirs[j]) for i, j in pairing]


def _unexplained(pairing: Pairing, lists: Lists, found: Found) -> int:
    """Count the pairs that are not as the comparison found them: equal where it saw a difference, or the reverse."""
    return sum(1 for i, j in pairing if not _explained(i, j, lists, found))


def _explained(i: int | None, j: int | None, lists: Lists, found: Found) -> bool:
    if i is None:
        return j in found.extra
    return i in found.missing if j is None else lists.equal(i, j) != found.differs(i)


def _sorted(pairing: Pairing) -> Pairing:
    """Return the pairs as they stand in legacy; what only the split has comes before what it stands before there."""
    partner = {j: i for i, j in pairing if i is not None and j is not None}
    before: dict[int | None, tuple[float, int, int]] = {}
    place = float("inf")
    for j in sorted((j for _, j in pairing if j is not None), reverse=True):
        place = partner.get(j, place)
        before[j] = (place, 0, j)
    return sorted(pairing, key=lambda pair: before[pair[1]] if pair[0] is None else (pair[0], 1, 0))
