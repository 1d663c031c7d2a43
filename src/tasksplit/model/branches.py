"""Which branches of a handler did the messages take, on each side?"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """Which ways through the code are there, and which of them were taken? As texts, ``legacy/x.py:12->14``."""

    known: tuple[str, ...] = ()
    """Sorted, each once."""
    touched: tuple[str, ...] = ()
    """Those of them that a paired message took; sorted, each once."""

    def __add__(self, other: Branches) -> Branches:
        return Branches(
            known=tuple(sorted({*self.known, *other.known})), touched=tuple(sorted({*self.touched, *other.touched}))
        )

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
