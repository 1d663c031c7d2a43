"""What can be seen at one moment: the stage, who ran what, what was recorded, and what replays showed?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tasksplit.errors import StoreError
from tasksplit.live import counted
from tasksplit.live.counters import Count
from tasksplit.live.play import witness
from tasksplit.live.play.traffic import Traffic
from tasksplit.live.play.witness import Runs
from tasksplit.model.evidence import Ledger, Tally
from tasksplit.model.message import Side
from tasksplit.model.review import HandlerReview, Review
from tasksplit.model.rollout import Flag, Flags
from tasksplit.stores import Archive
from tasksplit.stores.flags_protocol import FlagStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is to be seen at one moment? Numbers are of messages, unless they say otherwise."""

    handler: str
    flag: Flag | None = None
    sent: int = 0
    reached: int = 0
    """Of those that were sent: how many reached legacy's task."""
    refused: int = 0
    """That the deployment did not take."""
    runs: Runs = field(default_factory=Runs)
    counts: Mapping[str, int] = field(default_factory=dict)
    """Of all workers, by ``Count``."""
    review: Review | None = None
    """What the shadow worker kept last."""

    def count(self, which: Count) -> int:
        """Return one number of the workers."""
        return self.counts.get(which, 0)

    @property
    def shed(self) -> int:
        """Return how many were recorded, and did not leave their worker."""
        gone = (Count.SHED_FULL, Count.SHED_LARGE, Count.NOT_MADE, Count.WRITE_FAILED)
        return sum(self.count(which) for which in gone)

    @property
    def ledger(self) -> Ledger:
        """Return the ledger of the shadow worker."""
        return self.review.ledger if self.review else Ledger()

    @property
    def moved(self) -> HandlerReview | None:
        """Return what is known of the handler that moves."""
        return next((h for h in self.review.handlers if h.name == self.handler), None) if self.review else None

    @property
    def tally(self) -> Tally:
        """Return the verdicts of the handler that moves."""
        return self.moved.evidence.tally if self.moved else Tally()

    @property
    def mismatches(self) -> int:
        """Return how many pairs differed, of all handlers."""
        return sum(h.evidence.tally.mismatch for h in self.review.handlers) if self.review else 0

    @property
    def unexplained(self) -> int:
        """Return how many messages came to be recorded of which no count says what became of them."""
        ended = (Count.SAMPLED_OUT, Count.NOT_RECORDED, Count.FAILED, Count.HANDED_OVER)
        return self.count(Count.RECEIVED) - sum(self.count(which) for which in ended)

    @property
    def behind(self) -> int:
        """Return how many messages were sent and did not reach legacy's task yet."""
        return self.sent - self.reached

    @property
    def settled(self) -> bool:
        """Return whether nothing is on its way: to legacy's task, to the shadow worker, or in it."""
        on_their_way = counted.lost({**dict.fromkeys(map(str, Count), 0), **self.counts})
        return (
            self.behind <= 0
            and self.unexplained <= 0
            and on_their_way <= 0
            and self.ledger.expected >= self.count(Count.WRITTEN)
            and not self.ledger.pending
        )

    def by(self, side: Side) -> int:
        """Return for how many messages a side ran the handler."""
        return self.runs.by(side)


class Lookout:
    """Where is all that looked up? Whatever is away for a moment is shown as it was."""

    def __init__(  # noqa: PLR0913  # each is a place to look at, by its name
        self, handler: str, *, flags: FlagStore, archive: Archive, counts: Path, runs: Path, traffic: Traffic
    ) -> None:
        self._handler, self._flags, self._archive = handler, flags, archive
        self._counts, self._runs, self._traffic = counts, runs, traffic
        self._known = Flags()
        self._review: Review | None = None
        self._kept = ""

    def look(self) -> Seen:
        """Return what is to be seen now."""
        with suppress(StoreError):
            self._known = self._flags.read()
        with suppress(StoreError):  # also: nothing is kept yet, or it was replaced while we looked
            names = self._archive.runs()
            if names and names[-1] != self._kept:
                self._review, self._kept = self._archive.load_review(names[-1]), names[-1]
        sent, runs = tuple(self._traffic.sent), witness.read(self._runs, self._handler)
        return Seen(
            handler=self._handler,
            flag=self._known.of(self._handler),
            sent=len(sent),
            reached=sum(message in runs.entered for message in sent),
            refused=len(self._traffic.refused),
            runs=runs,
            counts=counted.total(self._counts),
            review=self._review,
        )
