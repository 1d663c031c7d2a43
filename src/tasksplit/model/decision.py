"""What must the evidence show, and may the handler move on?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tasksplit.errors import DeclarationError, sentence


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

    def __post_init__(self) -> None:
        for name in ("max_mismatch_rate", "confidence"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value < 1:
                raise DeclarationError(
                    sentence(
                        found=f"Bar({name}={value!r})",
                        expected="a share between 0 and 1, both excluded",
                        do=f"write for example Bar({name}=0.{'01' if name == 'max_mismatch_rate' else '95'})",
                    )
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """May it move on, and why, in words and numbers?"""

    answer: Answer
    reason: str
    upper_bound: float | None = None
    """Share of keys, 0-1: with the bar's confidence the true mismatch rate is below this; None without evidence."""
