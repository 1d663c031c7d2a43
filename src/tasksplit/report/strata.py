"""What does each stratum show? The rarest first: there a defect hides."""

from __future__ import annotations

from collections.abc import Iterator

from tasksplit.gate.strata import Shown, shown
from tasksplit.model.review import HandlerReview, Review
from tasksplit.report.words import count, counted, rate


def of(handler: HandlerReview, review: Review) -> tuple[Shown, ...]:
    """Return the strata of a handler, those that were never seen first, then the rarest."""
    alpha = (1 - handler.bar.confidence) / max(1, len(review.handlers))
    found = shown(handler.evidence, alpha, handler.never_seen)
    return tuple(sorted(found, key=lambda one: (one.keys, one.clean, one.name)))


def lines(handler: HandlerReview, review: Review) -> Iterator[str]:
    """Yield one line for each stratum, the rarest first."""
    for one in of(handler, review):
        yield f"{one.name}: {_standing(one)}"


def _standing(one: Shown) -> str:
    if not one.keys and not one.clean:
        return f"accepted {count(one.accepted)}" if one.accepted else "never seen"
    differ = f", of which differ {count(one.mismatched)}" if one.mismatched else ""
    bound = "" if one.upper_bound is None else f"; shows: below {rate(one.upper_bound)}"
    return f"{counted(one.keys, 'key')}{differ}, {_clean(one)}{bound}"


def _clean(one: Shown) -> str:
    """From 64 contents on their number is an estimate."""
    return f"{'about ' if one.clean >= 64 else ''}{counted(one.clean, 'clean content')}"
