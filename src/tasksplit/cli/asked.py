"""Which difference, and which of its pairs, does somebody ask for by a fingerprint?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tasksplit.errors import ReportError, StoreError, sentence
from tasksplit.model.evidence import Grouped, ShownPair
from tasksplit.model.review import HandlerReview, Review
from tasksplit.report.words import counted, visible
from tasksplit.stores import Archive

SHORTEST = 4  #: digits of a fingerprint that are enough where no other begins with them
MOST_RUNS = 8  #: that are looked through where no run is named, the latest first
_MOST_NAMED = 10
_DIGITS = re.compile(r"[0-9a-f]{4,12}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where does the difference stand?"""

    run: str
    review: Review
    handler: HandlerReview
    grouped: Grouped
    pairs: tuple[ShownPair, ...]
    """All that are kept of it; of a review that kept none, one that holds the example's difference alone."""
    pair: ShownPair
    """Which of them is shown."""


def asked(archive: Archive, fingerprint: str, *, run: str = "", message: str = "") -> Asked:
    """Return what a fingerprint, or its first digits, stands for: in ``run``, else in the latest run that shows it.

    ``message``: on which of the messages that are kept of it; empty: the first.

    Raises:
        ReportError: nothing or more than one is meant, or no pair on that message is kept.
        StoreError: there is no such run.
    """
    digits = fingerprint.strip().lower()
    if not _DIGITS.match(digits):
        raise ReportError(
            sentence(
                found=f"{fingerprint!r}", expected=f"a fingerprint: {SHORTEST} to 12 digits of 0-9 and a-f",
                do="copy one from a report",
            )
        )  # fmt: skip
    looked = []
    for name, review in _reviews(archive, run):
        looked.append(name)
        found = [(handler, one) for handler, one in _all(review) if one.fingerprint.startswith(digits)]
        if len(found) > 1:
            raise _unclear(digits, found)
        for handler, grouped in found:
            pairs = _pairs(handler, grouped)
            pair = _chosen(pairs, message, grouped)
            return Asked(run=name, review=review, handler=handler, grouped=grouped, pairs=pairs, pair=pair)
    raise ReportError(
        sentence(
            found=f"no difference {digits} in {' and '.join(looked) or 'the store'}",
            expected="a fingerprint that a report shows",
            do="copy one from a report, or name its run: tasksplit report --runs lists them",
        )
    )


def _reviews(archive: Archive, run: str) -> Iterator[tuple[str, Review]]:
    """Yield the reviews to look through, one after the other: each is read when it is asked for."""
    if run or not archive.runs():
        yield run, archive.load_review(run or None)
        return
    for name in [*reversed(archive.runs())][:MOST_RUNS]:
        try:
            yield name, archive.load_review(name)
        except StoreError:  # a run that was counted and not reviewed, or one of another version
            continue


def _all(review: Review) -> Iterator[tuple[HandlerReview, Grouped]]:
    return ((handler, one) for handler in review.handlers for one in handler.differences)


def _unclear(digits: str, found: list[tuple[HandlerReview, Grouped]]) -> ReportError:
    named = [f"{one.fingerprint} ({handler.name} {visible(one.shape)}, {one.kind})" for handler, one in found]
    more = f" and {counted(len(found) - _MOST_NAMED, 'other')}" if len(found) > _MOST_NAMED else ""
    told = f"{counted(len(found), 'difference')} that begin with {digits}: {', '.join(named[:_MOST_NAMED])}{more}"
    return ReportError(sentence(found=told, expected="one", do="give more digits"))


def _pairs(handler: HandlerReview, grouped: Grouped) -> tuple[ShownPair, ...]:
    known = {pair.id: pair for pair in handler.pairs}
    kept = tuple(known[name] for name in grouped.pairs if name in known)
    return kept or (ShownPair(id="", message=grouped.example_message, differences=(grouped.example,)),)


def _chosen(pairs: tuple[ShownPair, ...], message: str, grouped: Grouped) -> ShownPair:
    for pair in pairs:
        if message in ("", pair.message):
            return pair
    raise ReportError(
        sentence(
            found=f"no pair of {grouped.fingerprint} on {message!r}",
            expected="one of " + ", ".join(visible(pair.message) for pair in pairs),
            do="name one of these; no others are kept",
        )
    )
