"""Is every expected message accounted for?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from tasksplit.model.evidence import Ledger
from tasksplit.model.message import Side


class _End(StrEnum):
    """How did a message end?"""

    PAIRED = "paired"
    LOST = "lost"
    SAMPLED_OUT = "sampled_out"


class Book:
    """Which messages were expected, and what became of each? Written down before the shadow starts.

    Each message is in exactly one column of the ledger, so no sum can be off or negative. What is told twice changes
    nothing and is counted; a message that was called lost and comes after all is paired.
    """

    def __init__(self) -> None:
        self._came: dict[str, frozenset[Side]] = {}
        self._ends: dict[str, _End] = {}
        self._lost: dict[str, str] = {}
        self.duplicates = 0
        """How often something was said of a message that was already known."""
        self.unexpected = 0
        """How often something was said of a message that nobody had expected: our own defect."""

    def expect(self, message: str) -> bool:
        """Write down, before either side is asked, that a message is to be compared; return whether it is a new one."""
        if message in self._came:
            self.duplicates += 1
            return False
        self._came[message] = frozenset()
        return True

    def arrived(self, message: str, *sides: Side) -> None:
        """Note what came: a message is paired when both sides have."""
        if not self._known(message):
            return
        before = self._came[message]
        self.duplicates += sum(side in before for side in sides)
        after = self._came[message] = before.union(sides)
        if len(after) == len(Side) and self._ends.get(message) is not _End.SAMPLED_OUT:
            self._ends[message] = _End.PAIRED
            self._lost.pop(message, None)

    def lost(self, message: str, why: str) -> None:
        """Note that a message will not be compared, and why in words."""
        if self._end(message, _End.LOST):
            self._lost[message] = why

    def sampled_out(self, message: str) -> None:
        """Note that a message is left out on purpose."""
        self._end(message, _End.SAMPLED_OUT)

    def ledger(self) -> Ledger:
        """Return the counts so far."""
        ends = Counter(self._ends.values())
        return Ledger(
            expected=len(self._came),
            paired=ends[_End.PAIRED],
            pending=len(self._came) - len(self._ends),
            lost=ends[_End.LOST],
            sampled_out=ends[_End.SAMPLED_OUT],
        )

    @property
    def gone(self) -> Mapping[str, str]:
        """Return the messages that are lost, each with its reason."""
        return self._lost

    def why_lost(self) -> Mapping[str, int]:
        """Return the reasons of the messages that are lost, with counts."""
        return Counter(self._lost.values())

    def pending(self) -> tuple[str, ...]:
        """Return the messages of which nothing is settled yet, in the order in which they were expected."""
        return tuple(message for message in self._came if message not in self._ends)

    def _known(self, message: str) -> bool:
        if message not in self._came:
            self.unexpected += 1
            return False
        return True

    def _end(self, message: str, end: _End) -> bool:
        if not self._known(message):
            return False
        if message in self._ends:
            self.duplicates += 1
            return False
        self._ends[message] = end
        return True
