"""Which side acts for each handler of a message, and who is about to, does, or did?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.message import Side
from tasksplit.model.rollout import SEPARATOR

_NAMESPACE = UUID("5d6e0c1e-52f7-4a4c-9c5b-6e1f7f0d4a31")  # of the ids of split tasks: do not change


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """For one message: which side is authoritative for each handler, and for dispatch? Decided once and pinned."""

    message: str
    """Its id, the same on both sides."""
    split: frozenset[str] = frozenset()
    """Handlers, and ``dispatch``, for which the split acts. For all others legacy does, also for those that nobody
    had declared yet."""
    revision: int = 0
    """Of the flags that it was decided from."""
    decided_at: datetime
    """By the clock of whoever decided, with its zone."""

    def __post_init__(self) -> None:
        if self.decided_at.tzinfo is None:
            raise DeclarationError(
                sentence(
                    found=f"a route decided at {self.decided_at} of nobody knows which time zone",
                    expected="a time with its zone, since workers elsewhere read it",
                    do="write for example datetime.now(UTC)",
                )
            )

    def side(self, handler: str) -> Side:
        """Return the side that acts for a handler, or for ``dispatch``."""
        return Side.SPLIT if handler in self.split else Side.LEGACY


class ClaimState(StrEnum):
    """How far has the side come that acts?"""

    FREE = "free"  #: nobody is at it: not started, or to be started again by the same side
    RUNNING = "running"  #: somebody is, for as long as the lease
    DONE = "done"  #: it ended, in whichever way the task does
    UNKNOWN = "unknown"  #: it began, and nobody knows how it ended


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimId:
    """What can be claimed: one run of a handler for one message."""

    message: str
    handler: str
    """Or ``dispatch``."""
    instance: str = ""
    """Which of several runs, written as a text; empty where there is one."""

    def task_id(self, migration: str) -> str:
        """Return the id of the split task for it: always the same, so that who sends it twice sends one task twice."""
        parts = (migration, self.message, self.handler, self.instance)
        # each part with its length: no two ids are written alike, whatever is in the parts
        written = SEPARATOR.join(f"{len(part)}:{part}" for part in parts)
        # escaped, since a name of uuid5 cannot hold a lone surrogate
        return str(uuid5(_NAMESPACE, written.encode("unicode_escape").decode("ascii")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Which side acts in one run of a handler, and how far is it? It never changes side once that side has started."""

    id: ClaimId
    side: Side
    state: ClaimState = ClaimState.FREE
    holder: str = ""
    """Who is at it, or was last: one attempt of one process."""
    until: datetime | None = None
    """When the lease runs out, by the clock of the store; while it is running."""
    started: int = 0
    """How often somebody began."""

    def lapsed(self, now: datetime) -> bool:
        """Return whether the lease ran out and nobody ended: it may have been half done."""
        return self.state is ClaimState.RUNNING and (self.until is None or now >= self.until)


class ClaimAnswer(StrEnum):
    """May I begin?"""

    GRANTED = "granted"  #: yes; also to the holder that asks again
    ALREADY_DONE = "already done"  #: no: by the side that asks
    HELD_BY_SIDE = "held by the other side"  #: no, and never: it is the other side's
    HELD_BY_OTHER = "held by another"  #: not now: somebody of this side is at it
    UNKNOWN = "unknown"  #: no: somebody of this side began and nobody knows how it ended
    UNPINNED = "unpinned"  #: not yet: the route of the message must be pinned first


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What does a store answer who wants to begin, and how does the claim stand?"""

    answer: ClaimAnswer
    claim: Claim | None = None
    """As it stands now; None only where no route is pinned."""

    @property
    def granted(self) -> bool:
        """Return whether the one who asked may begin."""
        return self.answer is ClaimAnswer.GRANTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Aborted:
    """What went back to legacy because nobody had started it?"""

    route: Route
    """As it stands now."""
    moved: frozenset[str] = frozenset()
    """Handlers that were the split's until now."""
    kept: frozenset[str] = frozenset()
    """Handlers that stay with the split: it started them, or one that goes with them."""
    sent: tuple[ClaimId, ...] = ()
    """Of what is legacy's now, what legacy had already handed over: it passed that boundary, so that the message must
    be given to it again. Named again by each further abort until legacy begins."""
