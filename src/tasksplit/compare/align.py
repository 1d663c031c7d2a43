"""Which item of one list belongs to which item of the other? In linear time, and the same from either side."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import orjson

from tasksplit.wire.reading import members, tag_of

Pairing = list[tuple[int | None, int | None]]
"""Positions in the first and the second list; None: it has no partner."""

_ROUNDS = 3  # members tried one after the other when leftovers are paired by what they share


def in_order(first: Sequence[bytes], second: Sequence[bytes]) -> Pairing:
    """Align two lists as one who reads both would: equal items together, then what stands between them."""
    if list(second) < list(first):  # ties must fall the same way from either side
        return [(i, j) for j, i in in_order(second, first)]
    pairing: Pairing = []
    i = j = 0
    for anchor_i, anchor_j in [*_anchors(first, second), (len(first), len(second))]:
        pairing += _between(range(i, anchor_i), range(j, anchor_j))
        if anchor_i < len(first):
            pairing.append((anchor_i, anchor_j))
        i, j = anchor_i + 1, anchor_j + 1
    return pairing


def _between(ours: range, theirs: range) -> Pairing:
    if len(ours) == len(theirs):
        return list(zip(ours, theirs, strict=True))
    return [*((i, None) for i in ours), *((None, j) for j in theirs)]


def _anchors(first: Sequence[bytes], second: Sequence[bytes]) -> list[tuple[int, int]]:
    """Return the longest run of equal items that rises on both sides (n log n); the k-th copy meets the k-th."""
    places = {key: j for j, key in enumerate(_numbered(second))}
    meetings = [(i, places[key]) for i, key in enumerate(_numbered(first)) if key in places]
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, (_, j) in enumerate(meetings):
        length = bisect_left(tails, j)
        tails[length : length + 1] = [j]
        ends[length : length + 1] = [at]
        before.append(ends[length - 1] if length else -1)
    chain = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(meetings[at])
        at = before[at]
    return chain[::-1]


def _numbered(keys: Sequence[bytes]) -> list[tuple[bytes, int]]:
    seen: Counter[bytes] = Counter()
    numbered = []
    for key in keys:
        numbered.append((key, seen[key]))
        seen[key] += 1
    return numbered


def as_multisets(first: Sequence[bytes], second: Sequence[bytes]) -> tuple[Pairing, list[int], list[int]]:
    """Pair equal items wherever they stand; return the pairs and the leftovers of either side."""
    waiting: dict[bytes, list[int]] = defaultdict(list)
    for j in range(len(second) - 1, -1, -1):
        waiting[second[j]].append(j)
    pairs: Pairing = []
    ours: list[int] = []
    for i, key in enumerate(first):
        if waiting.get(key):
            pairs.append((i, waiting[key].pop()))
        else:
            ours.append(i)
    return pairs, ours, sorted(j for rest in waiting.values() for j in rest)


def leftovers(first: dict[int, Any], second: dict[int, Any], identities: Sequence[tuple[str, ...]] = ()) -> Pairing:
    """Pair items that are not equal, so that a difference points into the item: by identity, by what tells
    most of them apart, and as many as are left on either side by position."""
    ours, theirs = dict(first), dict(second)
    pairing: Pairing = []
    for names in identities:
        pairing += _by(names, ours, theirs)
    for _ in range(_ROUNDS):
        name = _telling(ours, theirs) if ours and theirs else None
        if name is None:
            break
        pairing += _by((name,), ours, theirs)
    if len(ours) == len(theirs):
        pairing += zip(_placed(ours), _placed(theirs), strict=True)
    else:
        pairing += [*((i, None) for i in ours), *((None, j) for j in theirs)]
    return pairing


def _placed(items: dict[int, Any]) -> list[int]:
    """Return the positions in order; of numbers, in the order of the numbers."""
    if all(type(tree) in (int, float) for tree in items.values()):
        return sorted(items, key=lambda i: items[i])
    return list(items)


def _by(names: tuple[str, ...], ours: dict[int, Any], theirs: dict[int, Any]) -> Pairing:
    waiting: dict[bytes, list[int]] = defaultdict(list)
    for j, tree in reversed(theirs.items()):
        identity = _identity(tree, names)
        if identity is not None:
            waiting[identity].append(j)
    pairs: Pairing = []
    for i, tree in list(ours.items()):
        identity = _identity(tree, names)
        if identity is not None and waiting.get(identity):
            j = waiting[identity].pop()
            pairs.append((i, j))
            del ours[i], theirs[j]
    return pairs


def _identity(tree: Any, names: tuple[str, ...]) -> bytes | None:
    if not isinstance(tree, dict) or any(name not in tree for name in names):
        return None
    return orjson.dumps([tree[name] for name in names])


def _telling(ours: dict[int, Any], theirs: dict[int, Any]) -> str | None:
    """Return the member whose values are on both sides and tell the most items apart; None: there is none."""
    here, there = _values(ours), _values(theirs)
    scores = [(len(here[name] & there[name]), name) for name in here.keys() & there.keys()]
    best, name = min(((-score, name) for score, name in scores), default=(0, ""))
    return name if best else None


def _values(items: dict[int, Any]) -> dict[str, set[tuple[type, Any]]]:
    values: dict[str, set[tuple[type, Any]]] = defaultdict(set)
    for tree in items.values():
        if isinstance(tree, dict) and tag_of(tree) is None:
            for name, item in members(tree).items():
                if isinstance(item, str | int | float):
                    values[name].add((type(item), item))
    return values
