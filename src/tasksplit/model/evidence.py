"""What do we know of a handler so far? Tallies, and tallies add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tasksplit.model.verdict import Difference, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many pairs got which verdict?"""

    match: int = 0
    mismatch: int = 0
    accepted: int = 0
    unpaired: int = 0
    undecided: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{v.value: self.of(v) + other.of(v) for v in Verdict})

    def of(self, verdict: Verdict) -> int:
        """Return the count of one verdict."""
        count: int = getattr(self, verdict.value)
        return count

    @property
    def pairs(self) -> int:
        """Return how many pairs are evidence: match and mismatch."""
        return self.match + self.mismatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Is every expected message accounted for? expected = paired + pending + lost + sampled out (messages)."""

    expected: int = 0
    paired: int = 0
    pending: int = 0
    lost: int = 0
    sampled_out: int = 0

    def __add__(self, other: Ledger) -> Ledger:
        return Ledger(
            expected=self.expected + other.expected,
            paired=self.paired + other.paired,
            pending=self.pending + other.pending,
            lost=self.lost + other.lost,
            sampled_out=self.sampled_out + other.sampled_out,
        )

    @property
    def balanced(self) -> bool:
        """Return whether nothing is missing, pending or lost."""
        return (
            self.expected == self.paired + self.sampled_out + self.pending + self.lost
            and self.pending == 0
            and self.lost == 0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What else did we learn that a reviewer must know?"""

    code: str
    """A stable word, for example ``unread-input``, ``undeclared-call``, ``effect-never-seen``."""
    text: str
    blocks: bool = False
    """Whether the handler fails while it stands."""
    waits: bool = False
    """Whether the handler waits while it stands: what there is to judge it by is not enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What do we know of one handler: per pair, per key, and is its capture complete?"""

    handler: str
    tally: Tally = field(default_factory=Tally)
    keys: Mapping[str, bool] = field(default_factory=dict)
    """Each key with evidence, and whether any of its pairs differed: one capped contribution per key."""
    unpaired_reasons: Mapping[str, int] = field(default_factory=dict)
    undecided_reasons: Mapping[str, int] = field(default_factory=dict)
    capture_complete: bool | None = None
    """Whether legacy replayed against itself matched (A/A); None: not looked at."""
    capture_note: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def keys_seen(self) -> int:
        """Return the number of distinct keys with evidence."""
        return len(self.keys)

    @property
    def keys_mismatched(self) -> int:
        """Return the number of distinct keys of which at least one pair differed."""
        return sum(self.keys.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """Which differences share a fingerprint, how often, and on which message first?"""

    fingerprint: str
    shape: str
    kind: str
    count: int
    example: Difference
    example_message: str
