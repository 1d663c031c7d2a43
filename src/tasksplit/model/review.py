"""Where does each handler stand, for a reviewer? Computed once; every paper only draws it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tasksplit.model.accepted import Acceptance
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Finding, Grouped, Ledger, ShownPair, Tally
from tasksplit.model.message import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Where did a handler stand after an earlier run?"""

    run: str
    at: float
    """Seconds since the epoch at which it ended; 0: not known."""
    answer: Answer
    tally: Tally
    keys: int
    keys_mismatched: int
    same_code: bool = True
    """Whether it was of the code that this review is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Who moved a handler from one stage to another, when and why?"""

    at: float
    """Seconds since the epoch."""
    before: str
    after: str
    who: str
    because: str
    forced: bool = False
    """Whether a reason against it was overridden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Which task does one boundary of the split send, over which queue?"""

    sender: str
    """The handler, or ``dispatch``; empty: the message itself."""
    task: str
    queue: str
    receiver: str = ""
    """The handler, or ``dispatch``, that the task runs; empty: a follow-up that is no handler's."""
    times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerReview:
    """Where does one handler stand?"""

    name: str
    stage: str
    decision: Decision
    bar: Bar
    evidence: Evidence
    differences: tuple[Grouped, ...] = ()
    """Most frequent first."""
    pairs: tuple[ShownPair, ...] = ()
    """Those that the differences name."""
    trend: tuple[Past, ...] = ()
    """Earlier runs that are kept, oldest first, of the same form; this one is not among them."""
    steps: tuple[Step, ...] = ()
    """History of its stages, newest first; empty where no store of flags was named."""
    acceptances: tuple[Acceptance, ...] = ()
    """Its lines of ``accepted.toml``, whether they hold today or not."""
    seen: Mapping[str, int] | None = None
    """How many observations of legacy ended in which way: ``returned``, ``returned:failure``, ``raised`` ..."""
    exercised: Mapping[str, Mapping[str, int]] | None = None
    """The same numbers by kind of event: kind -> way -> count; 0 where the way is declared and was never seen.
    None: the migration names no kinds."""
    rehearsed: bool | None = None
    """Whether a route to the split would send what the split sends, and legacy without the handler changes nothing
    else. None: not tried; why is one of the findings."""

    @property
    def never_seen(self) -> tuple[str, ...]:
        """Return each declared stratum without an observation: ``github pull request: raised``."""
        return tuple(
            f"{kind}: {way}"
            for kind, ways in (self.exercised or {}).items()
            for way, count in ways.items()
            if not count
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUse:
    """How often did a rule touch something? One that touched nothing is reported."""

    name: str
    because: str
    touched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """Which handler changes what another handler of the same message later reads or changes?"""

    first: str
    then: str
    on: str
    """The table or the service that ties them."""
    messages: int
    hazard: bool
    """Whether the split runs them as tasks without a declared order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long did each side take, and what did tasksplit itself cost? Seconds, added over all processes."""

    legacy: float = 0.0
    split: float = 0.0
    tasksplit: float = 0.0
    """What it took to build worlds, to watch and to write down, around both."""

    @property
    def share(self) -> float | None:
        """Return tasksplit's share (0-1) of all three; None where nothing was measured."""
        whole = self.legacy + self.split + self.tasksplit
        return self.tasksplit / whole if whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """May the migration move on, and what does a reviewer have to know?"""

    migration: str
    form: str
    """``fixtures``: both sides in fixture worlds; ``recordings``: the split replayed from recordings of legacy."""
    origin: Origin
    isolation: str
    """``guarded, not isolated`` or ``isolated``."""
    answer: Answer
    ledger: Ledger
    handlers: tuple[HandlerReview, ...]
    rules: tuple[RuleUse, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    findings: tuple[Finding, ...] = ()
    harness_errors: Mapping[str, int] | None = None
    """Our own failures, by sentence, with counts."""
    refused: Mapping[str, int] | None = None
    """Payloads that could not be used, by reason, with counts."""
    unwanted: Mapping[str, int] | None = None
    """Messages of which legacy made nothing, by the reason that ``Dispatch.refusal`` gives, else by kind of event.
    None: the migration names neither."""
    seconds: float = 0.0
    """Wall time of the run."""
    times: Times | None = None
    """Whose seconds they were, over all processes; None: not measured."""
    versions: Mapping[str, str] | None = None
    at: float = 0.0
    """Seconds since the epoch at which it was computed; 0: not known."""
    ways: tuple[Way, ...] = ()
    """What the split sends, by sender and task: the map of the split."""
    dropped: Mapping[str, int] | None = None
    """What could not be looked into for secrets and was dropped, by kind, with counts."""
