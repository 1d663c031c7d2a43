"""What does one way to cut a task cost, in figures of its own messages?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How is a figure spread? Of nothing, all of it is None."""

    count: int = 0
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerFigures:
    """What does one handler cost in one design?"""

    handler: str
    task: str
    """Which task runs it; several where it runs in several."""
    passes: str = ""
    """The way in which it gets its data, as it is declared; empty: not declared."""
    runs: int = 0
    size: Spread = field(default_factory=Spread)
    """Bytes of the messages that its task came as."""
    seconds: Spread = field(default_factory=Spread)
    begins: Spread = field(default_factory=Spread)
    """Seconds from the arrival of the message until it begins; simulated."""
    stale: Spread = field(default_factory=Spread)
    """Seconds between reading a table and changing rows of it; simulated."""
    repeated_reads: Spread = field(default_factory=Spread)
    """Reads of the run that the same message had made before."""
    taken_down: Spread = field(default_factory=Spread)
    """Other handlers that are lost with it where its worker dies: they run in the same task."""
    repeated_effects: Spread = field(default_factory=Spread)
    """Effects of others in the same task, done before, that come again where it is retried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What does one way to cut a task cost?"""

    name: str
    """The migration, or ``legacy``."""
    path: str
    """Dotted path of its declaration; empty for legacy."""
    messages: int
    """That were run."""
    tasks: Mapping[str, int]
    """Name -> how often it ran. Error trackers group by it."""
    queues: Mapping[str, int]
    sent: Spread
    """Messages of the broker for each incoming one, itself included."""
    size: Spread
    """Bytes of all of them."""
    dispatch: Spread
    """Seconds outside the handlers, for each incoming message."""
    work: Spread
    """Seconds of all tasks of a message."""
    busy: float
    """Share of the simulated workers' time that its work takes; from 1 on the queues grow for ever."""
    reads: Spread
    """Reads for each incoming message."""
    repeated_reads: Spread
    """Reads that the same message had made before."""
    begins: Spread
    """Seconds until a handler begins; simulated."""
    stale: Spread
    taken_down: Spread
    repeated_effects: Spread
    behind_a_name: int
    """The most handlers that one name of a task stands for."""
    hazards: int | None
    """Dependencies between handlers whose order nothing declares; None for legacy, which has one order."""
    pairs: int | None = None
    """Compared with legacy on these messages; None for legacy itself."""
    mismatched: int = 0
    untold: int = 0
    """Pairs that were undecided or unpaired, and messages that were lost."""
    handlers: tuple[HandlerFigures, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Designs:
    """Which ways to cut were held against each other, on what and how?"""

    messages: int
    workers: int
    busy: float
    """Share of their time (0-1) for which legacy's work alone would keep the workers busy."""
    rate: float
    """Messages a second that arrive, the same for all."""
    call_seconds: float
    arrivals: int
    seed: int
    designs: tuple[Design, ...]
