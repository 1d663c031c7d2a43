"""Does a pair agree, and if not, where?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What do we know of a pair? Only the first two are evidence; none of the last three is ever a pass."""

    MATCH = "match"
    MISMATCH = "mismatch"
    ACCEPTED = "accepted"  #: a known, declared difference
    UNPAIRED = "unpaired"  #: one side never came, with the reason
    UNDECIDED = "undecided"  #: we could not tell


class Kind(StrEnum):
    """In which way do the two sides differ at a path?"""

    VALUE = "value"  #: same type, another value
    TYPE = "type"  #: another type (1 and 1.0, list and set, None and a value)
    MISSING = "missing"  #: legacy has it, the split does not
    EXTRA = "extra"  #: the split has it, legacy does not
    ORDER = "order"  #: the same items in another order


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """At which path does a pair disagree?"""

    path: str
    """RFC 9535 normalised in spirit: ``$.effects.calls[2].body.state``, with the indices of this pair."""
    shape: str
    """The path with indices and keyed values out: ``$.effects.calls[*].body.state``."""
    kind: Kind
    legacy: Any  # any JSON-like value; absent is None with kind EXTRA
    split: Any  # any JSON-like value; absent is None with kind MISSING
    fingerprint: str
    """12 hex digits over handler, shape, kind and the types on both sides: stable across messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found when one pair was compared?"""

    message: str
    handler: str
    instance: str
    key: str | None
    verdict: Verdict
    reason: str = ""
    """In words: why unpaired, undecided or accepted. Empty for match and mismatch."""
    differences: tuple[Difference, ...] = ()
    stratum: str = ""
    """Kind of event, how legacy ended, declared features; empty: not asked."""
    content: str = ""
    """Digest of the message's content."""
    at: float = 0.0
    """Seconds since the epoch at which legacy began with the message; 0: no message of the real world."""
    seconds: tuple[float, float] | None = None
    """What legacy and the split took; None where one of them never ran."""
    touched: tuple[str, ...] = ()
    """Names of the rules that changed what was compared, once per touch."""
    contents: tuple[bytes, bytes] | None = None
    """What legacy and the split did, as it was compared (``Observation.content``); None where nothing differs."""
