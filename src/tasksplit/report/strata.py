"""What does each stratum show? The rarest first: there a defect hides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tasksplit.gate.strata import Shown, shown
from tasksplit.model.evidence import Tally
from tasksplit.model.review import HandlerReview, Review
from tasksplit.model.verdict import Verdict
from tasksplit.report.words import clipped, count, counted, rate

MOST_NAME = 200  #: characters of the name of a stratum, where all are listed


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedOut:
    """How many strata of a handler were seen, which never, and which were seen and tell nothing?"""

    seen: int
    missing: tuple[str, ...]
    """Declared, and never seen."""
    open: tuple[str, ...]
    """Seen, and none of their pairs is evidence or accepted."""


def sorted_out(handler: HandlerReview, review: Review) -> SortedOut:
    """Return which strata were seen; the names in the order of ``of``, as texts in which nothing acts."""
    found = of(handler, review)
    missing = tuple(clipped(one.name, MOST_NAME) for one in found if not _pairs(handler, one))
    silent = tuple(clipped(one.name, MOST_NAME) for one in found if _pairs(handler, one) and not _judged(handler, one))
    return SortedOut(seen=len(found) - len(missing), missing=missing, open=silent)


def of(handler: HandlerReview, review: Review) -> tuple[Shown, ...]:
    """Return the strata of a handler, those that were never seen first, then the rarest."""
    alpha = (1 - handler.bar.confidence) / max(1, len(review.handlers))
    found = shown(handler.evidence, alpha, handler.never_seen)
    return tuple(sorted(found, key=lambda one: (one.keys, one.clean, one.name)))


def lines(handler: HandlerReview, review: Review) -> Iterator[str]:
    """Yield one line for each stratum, the rarest first."""
    for one in of(handler, review):
        yield f"{one.name}: {_standing(handler, one)}"


def odd(handler: HandlerReview, review: Review) -> tuple[str, ...]:
    """Return the lines of those strata that differ, were never seen, or of which nothing could be judged."""
    found = (
        one
        for one in of(handler, review)
        if one.mismatched or _tally(handler, one).mismatch or not _judged(handler, one)
    )
    return tuple(f"{one.name}: {_standing(handler, one)}" for one in found)


def _tally(handler: HandlerReview, one: Shown) -> Tally:
    known = handler.evidence.strata.get(one.name)
    return known.tally if known else Tally()


def _pairs(handler: HandlerReview, one: Shown) -> int:
    """Return of how many pairs it is known: what nobody could judge was seen all the same."""
    tally = _tally(handler, one)
    return sum(tally.of(verdict) for verdict in Verdict) or one.keys or one.clean


def _judged(handler: HandlerReview, one: Shown) -> int:
    """Return whether any pair is evidence or accepted: of messages without a key there are pairs, and no keys."""
    return one.keys or one.clean or one.accepted or _tally(handler, one).pairs


def _standing(handler: HandlerReview, one: Shown) -> str:
    if not one.keys and not one.clean:
        return _unjudged(handler, one)
    differ = f", of which differ {count(one.mismatched)}" if one.mismatched else ""
    bound = "" if one.upper_bound is None else f"; shows: below {rate(one.upper_bound)}"
    return f"{counted(one.keys, 'key')}{differ}, {_clean(one)}{bound}"


def _unjudged(handler: HandlerReview, one: Shown) -> str:
    """A stratum that has pairs was seen, whatever became of them."""
    tally = _tally(handler, one)
    told = [f"{verdict} {count(tally.of(verdict))}" for verdict in Verdict if tally.of(verdict)]
    return ", ".join(told) or "never seen"


def _clean(one: Shown) -> str:
    """From 64 contents on their number is an estimate."""
    return f"{'about ' if one.clean >= 64 else ''}{counted(one.clean, 'clean content')}"
