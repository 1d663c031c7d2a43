"""What is a kind of message: how one is made for a project, which way it goes, which ways must be among them?"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from legacy import payloads
from legacy.payloads import Payload
from legacy.standin import facts

SHORT = 0.75

Make = Callable[[int, random.Random], Payload]


@dataclass(frozen=True)
class Kind:
    name: str
    make: Make
    label: Callable[[Payload], str]
    ways: tuple[str, ...]
    late: Callable[[str], bool]
    """Way -> does it come as far as most of its messages should?"""
    share: float = 1.0
    """How many of them there are: kinds whose handlers others reach as well need fewer."""


def author(rng: random.Random) -> str:
    drawn = rng.random()
    if drawn < 0.05:
        return "service-admin"
    if drawn < 0.15:
        return f"stranger-{rng.randrange(50)}"
    return facts.person(rng.randrange(300))


def links(rng: random.Random, *, compact: bool) -> int:
    """How much surrounds what is read: in most messages little, as more of it costs time and shows nothing new."""
    return 6 if compact or rng.random() < SHORT else rng.randint(12, payloads.FULL)
