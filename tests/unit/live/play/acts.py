"""What do tests of a play stand on? Things as they could be seen, made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tasksplit.live.counters import Count
from tasksplit.live.play.seen import Seen
from tasksplit.live.play.witness import Runs
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Ledger, Tally
from tasksplit.model.message import Origin, Side
from tasksplit.model.review import HandlerReview, Review
from tasksplit.model.rollout import Change, Flag, Stage, Terms

HANDLER = "build"
NOON = datetime(2026, 1, 2, 12, 0, 5, tzinfo=UTC)


def runs(*, legacy: int = 0, split: int = 0, both: int = 0) -> Runs:
    """So many messages of each."""
    sides = {f"l{n}": frozenset({Side.LEGACY}) for n in range(legacy)}
    sides |= {f"s{n}": frozenset({Side.SPLIT}) for n in range(split)}
    sides |= {f"b{n}": frozenset(Side) for n in range(both)}
    return Runs(sides=sides, entered=frozenset(sides))


def review(tally: Tally, *, ledger: Ledger | None = None, others: Iterable[tuple[str, Tally]] = ()) -> Review:
    """What the shadow worker kept."""
    wait = Decision(answer=Answer.WAIT, reason="few")
    handlers = [
        HandlerReview(name=name, stage="off", decision=wait, bar=Bar(), evidence=Evidence(handler=name, tally=each))
        for name, each in ((HANDLER, tally), *others)
    ]
    return Review(
        migration="m", form="live", origin=Origin.LIVE, isolation="guarded, not isolated", answer=Answer.WAIT,
        ledger=ledger or Ledger(expected=tally.pairs, paired=tally.pairs), handlers=tuple(handlers),
    )  # fmt: skip


def counts(**found: int) -> dict[str, int]:
    """What the workers counted."""
    return {**dict.fromkeys(map(str, Count), 0), **found}


def seen(tally: Tally | None = None, **more: Any) -> Seen:
    """A moment at which all is accounted for, but for what is said."""
    tally = tally or Tally(match=9)
    number = tally.pairs
    told: dict[str, Any] = {
        "handler": HANDLER, "sent": number, "reached": number, "runs": runs(legacy=number), "review": review(tally),
        "counts": counts(received=number, handed_over=number, written=number),
    }  # fmt: skip
    return Seen(**{**told, **more})


def change(before: Stage, after: Stage, *, forced: bool = False, share: float = 0.0) -> Change:
    """One move of the handler."""
    return Change(
        handler=HANDLER, before=Flag(handler=HANDLER, stage=before),
        after=Flag(handler=HANDLER, stage=after, terms=Terms(share=share), revision=1),
        who="ann", why="a look", when=NOON, forced=forced,
        evidence={"overridden": ["the gate says wait"]} if forced else {},
    )  # fmt: skip
