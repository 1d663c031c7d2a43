"""What must be kept of one run in the real world, so that either side can be replayed on it elsewhere?"""

from __future__ import annotations

from dataclasses import dataclass

from tasksplit.worlds.answers import Exchange
from tasksplit.worlds.rows_recorded import RecordedRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What did legacy ask of the world on one message, and what was it told? It holds raw values: see Secrets."""

    message: str
    at: float
    """Seconds since the epoch at which it began."""
    exchanges: tuple[Exchange, ...]
    """Requests and declared calls with their answers, in order."""
    rows: tuple[RecordedRows, ...]
    """For each declared database the rows as they were when first touched, and what was asked of them."""
