"""What must the evidence show, and may the handler move on?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.distinct import MOST
from tasksplit.model.evidence import HOURS


class Answer(StrEnum):
    """May the handler move on?"""

    PASS = "pass"
    FAIL = "fail"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What must be shown before a handler may move on?"""

    max_mismatch_rate: float = 0.01
    """Share of keys, 0-1 exclusive: the split must be shown to differ on fewer keys than this."""
    confidence: float = 0.95
    """Share, 0-1 exclusive: of the statement above, however often it is looked at."""
    stratum_floor: int = 1
    """Clean pairs of different contents that each stratum must have shown which the declaration or the evidence
    knows: 0 asks for none, 64 at most. What so few pairs prove is said beside it."""
    max_stratum_rate: float | None = None
    """Share of keys, 0-1 exclusive, that each stratum must be shown to stay below; None: the floor is enough for a
    stratum without a difference, and one with a difference is held to ``max_mismatch_rate``."""
    clean_hours: int = 24
    """Hours before the newest live pair in which no pair may differ, 0 to 48."""
    min_branches: float | None = None
    """Share, 0-1, of the branches of the handler that paired messages must have taken, on both sides; None: not
    asked. It takes ``tasksplit run --coverage``."""
    max_latency_ratio: float | None = None
    """How many times as long as legacy the split may take, at the 99th percentile; None: as long as it likes."""

    def __post_init__(self) -> None:
        self._shares()
        self._counts()

    def _shares(self) -> None:
        for name in ("max_mismatch_rate", "confidence", "max_stratum_rate"):
            value = getattr(self, name)
            if value is None and name == "max_stratum_rate":
                continue
            if not isinstance(value, int | float) or not 0 < value < 1:
                raise DeclarationError(
                    sentence(
                        found=f"Bar({name}={value!r})",
                        expected="a share between 0 and 1, both excluded",
                        do=f"write for example Bar({name}=0.{'95' if name == 'confidence' else '01'})",
                    )
                )

    def _counts(self) -> None:
        for name, most in (("stratum_floor", MOST), ("clean_hours", HOURS)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
                found, expected = f"Bar({name}={value!r})", f"a whole number from 0 to {most}"
                raise DeclarationError(sentence(found=found, expected=expected, do=f"write for example Bar({name}=1)"))
        for name, limit in (("min_branches", 1.0), ("max_latency_ratio", float("inf"))):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int | float) or not 0 < value <= limit):
                found = f"Bar({name}={value!r})"
                expected = "a number above 0" + (", at most 1" if limit == 1 else "") + ", or None"
                raise DeclarationError(
                    sentence(found=found, expected=expected, do=f"write for example Bar({name}=0.9)")
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """May it move on, and why, in words and numbers?"""

    answer: Answer
    reason: str
    upper_bound: float | None = None
    """Share of keys, 0-1: with the bar's confidence the true mismatch rate is below this; None without evidence."""
