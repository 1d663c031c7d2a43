"""What must be kept of one run in the real world, so that either side can be replayed on it elsewhere?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tasksplit.model.message import Message
from tasksplit.model.observation import Observation
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What came of one message on a worker, for whoever replays it?"""

    message: Message
    recording: Recording
    observations: tuple[Observation, ...]
    """What the authoritative side did, as it was in the real world."""
    made: Mapping[str, str] = field(default_factory=dict)
    """Who made it, in words -> id of a row, as a text: in a replay the same row gets another id."""
    ended_at: float
    """Seconds since the epoch."""
    harness_errors: tuple[str, ...] = ()
    """Our own failures while it was recorded: named, counted, never a mismatch."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the worker that recorded it: Python, tasksplit, Celery and the like."""
