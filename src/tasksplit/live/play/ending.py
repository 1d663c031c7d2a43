"""What came of the play: did it go through, is every message accounted for, and did exactly one side act?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tasksplit.live.counters import Count
from tasksplit.live.play.seen import Seen
from tasksplit.model.decision import Answer
from tasksplit.model.message import Side
from tasksplit.model.rollout import Change
from tasksplit.model.route import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """Who acted for the handler that moved, by what ran, and by what was claimed?"""

    legacy: int = 0
    split: int = 0
    both: tuple[str, ...] = ()
    neither: tuple[str, ...] = ()
    """Messages that were handed over, and that nobody ran it for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How did it end?"""

    seen: Seen
    acted: Acted
    history: Sequence[Change]
    """Of the handler, oldest first."""
    short: Sequence[str] = ()
    """Steps of which not enough was seen."""
    stopped: str = ""
    """Why the story did not come to its end; empty: it did."""

    @property
    def answer(self) -> Answer:
        """Return pass, fail where both sides differed or acted, else wait."""
        if self.seen.mismatches or self.acted.both:
            return Answer.FAIL
        return Answer.WAIT if list(self.missing()) else Answer.PASS

    @property
    def forced(self) -> Sequence[Change]:
        """Return the changes that were made in spite of the evidence."""
        return [change for change in self.history if change.forced]

    def missing(self) -> Iterable[str]:
        """Yield what keeps the play from a pass, in sentences."""
        seen, ledger = self.seen, self.seen.ledger
        if self.stopped:
            yield self.stopped
        for title in self.short:
            yield f"Not enough was seen of '{title}': give it longer with --seconds."
        if seen.refused:
            yield f"The deployment did not take {seen.refused} messages."
        if seen.behind > 0:
            yield f"{seen.behind} messages were sent and did not reach legacy's task."
        if self.acted.neither:
            yield f"Nobody acted on {len(self.acted.neither)} messages: {', '.join(self.acted.neither[:3])}."
        if seen.shed or seen.count(Count.FAILED):
            yield f"{seen.shed + seen.count(Count.FAILED)} messages were not recorded, or their recordings were shed."
        if seen.unexplained:
            yield f"Of {seen.unexplained} messages nobody says what became of their recordings."
        unread = seen.count(Count.WRITTEN) - ledger.expected
        if unread > 0 or ledger.pending or ledger.lost:
            yield f"Of the recordings {unread} were not replayed, {ledger.pending} are pending, {ledger.lost} lost."
        if not seen.settled and not self.stopped:
            yield "Something was still on its way when the time was over: give it longer with --seconds."


def acted(seen: Seen, sent: Sequence[str], claims: Callable[[str], Sequence[Claim]]) -> Acted:
    """Hold who ran the handler against what was claimed for each message that was sent."""
    ran = seen.runs.sides
    neither = []
    for message in sent:
        mine = [claim for claim in claims(message) if claim.id.handler == seen.handler]
        if any(claim.side not in ran.get(message, frozenset()) for claim in mine):
            neither.append(message)
    return Acted(
        legacy=seen.by(Side.LEGACY), split=seen.by(Side.SPLIT), both=seen.runs.both, neither=tuple(neither)
    )  # fmt: skip
