"""Which tasks did one side run for one message, and what happened in each?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """Which boundary was at work in a delivery?"""

    handler: str
    began: float
    """Seconds after the delivery began."""
    seconds: float
    effects: int
    """Rows that it changed, calls that write, and tasks that it sent."""
    changed: frozenset[str] = frozenset()
    """Tables of the rows that it changed."""
    nested: bool = False
    """Whether it ran inside another handler's boundary: that one's time holds its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was read, and when?"""

    what: int
    """Equal where the same was asked, within one message."""
    handler: str
    at: float
    """Seconds after the delivery began."""
    tables: frozenset[str] = frozenset()
    """Empty: a service was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What did a worker do on one message of the broker?"""

    task: str
    queue: str
    size: int
    """Bytes of its body, as it crossed the broker."""
    sender: int | None = None
    """Which delivery sent it, by its place; None: it is the message itself."""
    sent: float = 0.0
    """Seconds after the sender began."""
    countdown: float = 0.0
    """Seconds that it was asked to wait."""
    seconds: float = 0.0
    calls: int = 0
    """How often it called something outside the process."""
    ended: str = ""
    """Celery's word: ``SUCCESS``, ``RETRY``, ``FAILURE`` ...; empty: it never came to an end."""
    ran: tuple[Ran, ...] = ()
    asked: tuple[Asked, ...] = ()


Trip = tuple[Delivered, ...]  # of one message, in the order in which they ran
