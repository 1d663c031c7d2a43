"""How is a fact chosen? By a stable hash of the name that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def number(*name: object) -> int:
    """A number below 2**48 that depends on the name only."""
    text = "\x1f".join(map(str, name))
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).digest(), "big")


def share(*name: object) -> float:
    """A number in [0, 1)."""
    return number(*name) / (1 << 48)


def chance(probability: float, *name: object) -> bool:
    return share(*name) < probability


def pick(options: Sequence[T], *name: object) -> T:
    return options[number(*name) % len(options)]


def weighted(options: Sequence[tuple[T, int]], *name: object) -> T:
    """One of the options, each as often as its weight says."""
    at = number(*name) % sum(weight for _, weight in options)
    for option, weight in options:
        at -= weight
        if at < 0:
            return option
    raise AssertionError("the weights are summed above")


def sha(*name: object) -> str:
    return blake2b("\x1f".join(map(str, name)).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()
