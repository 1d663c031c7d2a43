"""What do we know of a handler so far? Tallies, and tallies add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tasksplit.model.branches import Covered
from tasksplit.model.distinct import Distinct
from tasksplit.model.sketch import Sketch
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
class Stratum:
    """What do we know of one kind of message and path through a handler?"""

    tally: Tally = field(default_factory=Tally)
    keys: Mapping[str, bool] = field(default_factory=dict)
    """As of the handler: each key once, and whether any of its pairs here differed."""
    clean: Distinct = field(default_factory=Distinct)
    """Contents of messages of which a pair matched: the same content is never counted twice."""

    def __add__(self, other: Stratum) -> Stratum:
        return Stratum(
            tally=self.tally + other.tally, keys=either(self.keys, other.keys), clean=self.clean | other.clean
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """What happened in one hour? Of the hours before the newest day nothing is kept."""

    pairs: int = 0
    mismatched: int = 0

    def __add__(self, other: Recent) -> Recent:
        return Recent(pairs=self.pairs + other.pairs, mismatched=self.mismatched + other.mismatched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """How long did each side take (seconds), and what crossed the broker (bytes)?"""

    legacy: Sketch = field(default_factory=Sketch)
    split: Sketch = field(default_factory=Sketch)
    wire: Sketch = field(default_factory=Sketch)
    """Bytes of the message of the split's task, as it is sent."""

    def __add__(self, other: Sides) -> Sides:
        return Sides(
            legacy=self.legacy + other.legacy, split=self.split + other.split, wire=self.wire + other.wire
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How often did one difference show: between the sides, and in legacy against itself?"""

    shape: str = ""
    between: int = 0
    """Pairs of both sides that differ there."""
    itself: int = 0
    """Pairs of legacy and its own replay that differ there."""

    def __add__(self, other: Shape) -> Shape:
        return Shape(
            shape=self.shape or other.shape, between=self.between + other.between, itself=self.itself + other.itself
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What do we know of one handler: per pair, per key, and is its capture complete?"""

    handler: str
    tally: Tally = field(default_factory=Tally)
    keys: Mapping[str, bool] = field(default_factory=dict)
    """Each key with evidence, and whether any of its pairs differed: one capped contribution per key."""
    unkeyed: int = 0
    """Pairs that differ on messages without a key: no bound over keys covers them."""
    unpaired_reasons: Mapping[str, int] = field(default_factory=dict)
    undecided_reasons: Mapping[str, int] = field(default_factory=dict)
    capture_complete: bool | None = None
    """Whether legacy replayed against itself matched (A/A); None: not looked at."""
    capture_note: str = ""
    findings: tuple[Finding, ...] = ()
    strata: Mapping[str, Stratum] = field(default_factory=dict)
    """Name of a stratum, ``github push: returned`` -> what is known of it."""
    recent: Mapping[int, Recent] = field(default_factory=dict)
    """Hour since the epoch -> what happened in it; only of live messages, only the newest ``HOURS``."""
    sides: Sides = field(default_factory=Sides)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    """Fingerprint -> how often it showed."""
    itself: int = 0
    """Pairs of legacy and its own replay that were looked at (A/A)."""
    accepted: Mapping[str, int] = field(default_factory=dict)
    """Fingerprint of a difference that was accepted by name -> pairs that showed it."""
    covered: Covered | None = None
    """Which branches the paired messages exercised; None: not measured."""

    @property
    def keys_seen(self) -> int:
        """Return the number of distinct keys with evidence."""
        return len(self.keys)

    @property
    def keys_mismatched(self) -> int:
        """Return the number of distinct keys of which at least one pair differed."""
        return sum(self.keys.values())


HOURS = 48  #: of which is kept what happened in each


def newest(recent: Mapping[int, Recent]) -> dict[int, Recent]:
    """Return the hours that are kept: the newest there is, and those before it."""
    last = max(recent, default=0)
    return {hour: recent[hour] for hour in sorted(recent) if hour > last - HOURS}


def either(one: Mapping[str, bool], other: Mapping[str, bool]) -> dict[str, bool]:
    """Return the keys of both, each once, as differing if it differed in either."""
    return {**one, **{key: differed or one.get(key, False) for key, differed in other.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPair:
    """What did both sides do on one message on which they differ?"""

    id: str
    """12 hexadecimal digits, of all that follows."""
    message: str
    instance: str = ""
    stratum: str = ""
    at: float = 0.0
    """Seconds since the epoch at which legacy began with the message; 0: no message of the real world."""
    legacy: str = ""
    """The canonical form of its observation, see ``Observation.content``; empty where it was too long to keep."""
    split: str = ""
    size: int = 0
    """Bytes of both, as they were."""
    differences: tuple[Difference, ...] = ()
    rules: tuple[str, ...] = ()
    """Names of the rules that touched something when it was compared, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """Which differences share a fingerprint, how often, and on which messages?"""

    fingerprint: str
    shape: str
    kind: str
    count: int
    example: Difference
    """On the smallest pair of those that show it."""
    example_message: str
    strata: Mapping[str, int] = field(default_factory=dict)
    """Name of a stratum -> how often it showed there."""
    pairs: tuple[str, ...] = ()
    """Ids of up to three pairs that show it, small ones of different strata: ``HandlerReview.pairs`` holds them."""
    first_seen: float = 0.0
    """Seconds since the epoch, of the runs that are kept; 0: not known."""
    last_seen: float = 0.0
