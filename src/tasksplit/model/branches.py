"""Which branches of a handler did the messages take, on each side?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """Which ways through the code are there, and which of them were taken? As texts, ``legacy/x.py:12->14``.

    In whatever order they are given: what is held is sorted by file and line, each once, and what was taken is known.
    """

    known: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    """Those of them that a paired message took."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", _ordered((*self.known, *self.touched)))
        object.__setattr__(self, "touched", _ordered(self.touched))

    def __add__(self, other: Branches) -> Branches:
        return Branches(known=self.known + other.known, touched=self.touched + other.touched)

    @property
    def share(self) -> float | None:
        """Return the share (0-1) that was taken; None where nothing is known."""
        return len(self.touched) / len(self.known) if self.known else None

    @property
    def untouched(self) -> tuple[str, ...]:
        """Return those that no paired message took."""
        taken = set(self.touched)
        return tuple(one for one in self.known if one not in taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Which branches of one handler did the messages take, on both sides?"""

    legacy: Branches = field(default_factory=Branches)
    split: Branches = field(default_factory=Branches)

    def __add__(self, other: Covered) -> Covered:
        return Covered(legacy=self.legacy + other.legacy, split=self.split + other.split)


def place_of(branch: str) -> tuple[str, int]:
    """Return the file and the line that a branch starts at, for a link; line 0 where the text names none."""
    file, _, ways = branch.rpartition(":")
    line = ways.partition("->")[0]
    return (file, int(line)) if file and line.isdecimal() and line.isascii() else (branch, 0)


def _ordered(branches: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(branches), key=_by_place))


def _by_place(branch: str) -> tuple[str, int, int, str]:
    to = branch.rpartition("->")[2]
    return (*place_of(branch), int(to) if to.isdecimal() and to.isascii() else 0, branch)
