"""What did the broker deliver to the legacy task?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Origin(StrEnum):
    """Where does a message come from? Test evidence and live evidence are kept apart."""

    TEST = "test"  #: generated, or recorded for tests: proves "N of N", never a production rate
    LIVE = "live"  #: seen by the legacy task in production


class Side(StrEnum):
    """Which of the two sides?"""

    LEGACY = "legacy"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What did the broker deliver, and under which id do both sides know it?"""

    id: str
    """The same on both sides; for a file, its name."""
    payload: Any  # any JSON value: it is the user's
    entry: str
    """Name of the entry of the migration that it is delivered to."""
    key: str | None
    """What stays together in a canary, and the unit of evidence. None: the message has no key."""
    digest: str
    """Of the content: the same content is never counted twice."""
    origin: Origin = Origin.TEST
    at: float = 0.0
    """Seconds since the epoch at which legacy began with it; 0: no message of the real world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Which payload could not be used, and why? Counted, and the run goes on."""

    name: str
    reason: str
    """The same words for the same cause: refused payloads are counted by it."""
    detail: str = ""
    """What only this payload has to say: sizes, positions."""

    @property
    def said(self) -> str:
        """Return the reason with its detail, for a line of its own."""
        return f"{self.reason}: {self.detail}" if self.detail else self.reason
