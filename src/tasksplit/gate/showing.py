"""Which pairs are shown of a difference? Small ones of different strata: the same whatever the order they came in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b

from tasksplit.model.evidence import ShownPair
from tasksplit.model.verdict import Judged

MOST = 3  #: pairs of one difference
LONGEST = 200_000  #: bytes of both sides of a pair: of a longer one only where it differs is kept
LARGEST = 1_000_000  #: bytes of all pairs of a handler that are kept, the first of each difference before the second


class Showing:
    """Which pairs of one handler are shown so far? Constant in the number of pairs."""

    def __init__(self) -> None:
        self._found: dict[str, list[ShownPair]] = defaultdict(list)

    def add(self, judged: Judged) -> None:
        """Take a pair that differs, where it is one to show."""
        if judged.contents is None:
            return
        size = sum(map(len, judged.contents))
        for fingerprint in dict.fromkeys(difference.fingerprint for difference in judged.differences):
            known = self._found[fingerprint]
            if len(known) < MOST or (size, judged.message) < _rank(known[MOST - 1])[:2] or _is_new(known, judged, size):
                self._found[fingerprint] = choose([*known, _shown(judged, size)])

    def of(self, fingerprint: str) -> tuple[ShownPair, ...]:
        """Return the pairs that show a difference, the most telling first."""
        return tuple(told(self._found.get(fingerprint, ())))


def choose(pairs: Iterable[ShownPair]) -> list[ShownPair]:
    """Return the pairs that may yet be shown: the smallest, and the smallest of each of a few strata.

    What is chosen of chosen ones and others is what would be chosen of all.
    """
    ranked = sorted({pair.id: pair for pair in pairs}.values(), key=_rank)
    best = {id(pair) for pair in _each_stratum(ranked)[:MOST]}
    return [pair for place, pair in enumerate(ranked) if place < MOST or id(pair) in best]


def told(pairs: Iterable[ShownPair]) -> list[ShownPair]:
    """Return the pairs to show: one of each stratum first, then the smallest of the others."""
    ranked = sorted({pair.id: pair for pair in pairs}.values(), key=_rank)
    first = _each_stratum(ranked)[:MOST]
    return [*first, *(pair for pair in ranked if pair not in first)][:MOST]


def kept(wanted: Mapping[str, Iterable[ShownPair]]) -> dict[str, tuple[ShownPair, ...]]:
    """Return the pairs of each difference that fit: each pair counts once, the first of all before the second of any.

    A pair that is too long, or comes when the room is used up, is kept without what both sides did: where it differs
    stands in its differences.
    """
    lists = {fingerprint: list(pairs)[:MOST] for fingerprint, pairs in wanted.items()}
    known: dict[str, ShownPair] = {}
    left = LARGEST
    for place in range(MOST):
        for pairs in lists.values():
            if place < len(pairs) and pairs[place].id not in known:
                pair = pairs[place]
                fits = pair.size <= min(left, LONGEST)
                left -= pair.size if fits else 0
                known[pair.id] = pair if fits else replace(pair, legacy="", split="")
    return {fingerprint: tuple(known[pair.id] for pair in pairs) for fingerprint, pairs in lists.items()}


def _is_new(known: list[ShownPair], judged: Judged, size: int) -> bool:
    here = [pair for pair in known if pair.stratum == judged.stratum]
    return not here or (size, judged.message) < _rank(here[0])[:2]


def _each_stratum(ranked: Iterable[ShownPair]) -> list[ShownPair]:
    first: dict[str, ShownPair] = {}
    for pair in ranked:
        first.setdefault(pair.stratum, pair)
    return list(first.values())


def _rank(pair: ShownPair) -> tuple[int, str, str]:
    return pair.size, pair.message, pair.id


def _shown(judged: Judged, size: int) -> ShownPair:
    legacy, split = judged.contents or (b"", b"")
    identity = "\n".join((judged.message, judged.instance, judged.stratum)).encode(errors="backslashreplace")
    digest = blake2b(b"\0".join((identity, legacy, split)), digest_size=6).hexdigest()
    if size > LONGEST:  # nobody would show it, so nobody has to hold it
        legacy = split = b""
    return ShownPair(
        id=digest, message=judged.message, instance=judged.instance, stratum=judged.stratum, at=judged.at,
        legacy=legacy.decode(errors="replace"), split=split.decode(errors="replace"), size=size,
        differences=judged.differences, rules=tuple(dict.fromkeys(judged.touched)),
    )  # fmt: skip
