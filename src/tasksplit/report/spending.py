"""What costs most: in which handler was time spent, what crosses the broker, and what did tasksplit itself take?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tasksplit.model.review import HandlerReview, Review
from tasksplit.report import sentences
from tasksplit.report.words import clipped, counted, rate, ratio, seconds

MOST_HANDLERS = 3  #: that are named for what their split takes
MOST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What is one thing that costs, on one line, and of which handler?"""

    text: str
    handler: str = ""
    """Its name as it came; empty: of the whole run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What costs most, on one line, and what else there is to say?"""

    answer: str
    details: tuple[Spent, ...] = ()


def spending(review: Review) -> Spending:
    """Return what costs most: by the time of the split in all, then by its slowest, its largest, and our own."""
    timed = [one for one in review.handlers if one.evidence.sides.split.count]
    own = sentences.cost(review)
    rest = (Spent(text=own),) if own else ()
    if not timed:
        return Spending(answer="Nothing was timed.", details=rest)
    ranked = sorted(timed, key=lambda one: -one.evidence.sides.split.total)
    whole = sum(one.evidence.sides.split.total for one in timed)
    first = ranked[0].evidence.sides.split
    share = f" ({rate(first.total / whole)} of what all handlers took there)" if len(timed) > 1 and whole else ""
    answer = f"{_name(ranked[0])}: about {seconds(first.total)} in the split{share}."
    busiest = tuple(Spent(text=_all(one), handler=one.name) for one in ranked[:MOST_HANDLERS])
    return Spending(answer=answer, details=(*busiest, *_slowest(timed), *_largest(review), *rest))


def _all(one: HandlerReview) -> str:
    sides = one.evidence.sides
    both = f"about {seconds(sides.split.total)} in the split, {seconds(sides.legacy.total)} in legacy"
    return f"in all {both}, over {counted(sides.split.count, 'pair')}: {_name(one)}"


def _slowest(timed: list[HandlerReview]) -> Iterator[Spent]:
    """Yield the handler that became slowest; of a handful of pairs the 99th percentile is the slowest of them."""
    known = [(times, one) for one in timed if (times := _times(one)) is not None and times > 1]
    if known:
        times, one = max(known, key=lambda each: each[0])
        text = f"slower most of all, at the 99th percentile: {_name(one)}, {ratio(times)} as long as legacy"
        yield Spent(text=text, handler=one.name)


def _times(one: HandlerReview) -> float | None:
    legacy, split = one.evidence.sides.legacy.quantile(0.99), one.evidence.sides.split.quantile(0.99)
    return split / legacy if legacy and split is not None else None


def _largest(review: Review) -> Iterator[Spent]:
    known = [(most, one) for one in review.handlers if (most := one.evidence.sides.wire.quantile(0.99))]
    if known:
        most, one = max(known, key=lambda each: each[0])
        text = f"largest messages: {_name(one)}, {counted(round(most), 'byte')} at the 99th percentile"
        yield Spent(text=text, handler=one.name)


def _name(one: HandlerReview) -> str:
    return clipped(one.name, MOST_NAME)
