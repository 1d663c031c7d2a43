"""What is told of one handler below the table? The same parts and lines on every paper; each cuts them to its room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasksplit.model.review import HandlerReview, Review
from tasksplit.report import sentences, strata
from tasksplit.report.columns import Column
from tasksplit.report.table import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which lines belong together?"""

    name: str
    lines: tuple[str, ...]

    @property
    def before(self) -> str:
        """Return what stands before each of the lines."""
        return {"standing": "", "finding": "finding ", "stratum": "stratum "}.get(self.name, f"{self.name}: ")


def told(handler: HandlerReview, review: Review) -> Iterator[Part]:
    """Yield all that is told of a handler but its decision and its differences; the most telling of each part first."""
    evidence = handler.evidence
    yield Part(
        name="standing",
        lines=(
            sentences.bar(handler), sentences.capture(handler), sentences.rehearsal(handler),
            *sentences.latency(handler), *sentences.branches(handler),
        ),
    )  # fmt: skip
    yield Part(name="finding", lines=tuple(map(sentences.finding, evidence.findings)))
    yield Part(name="undecided", lines=tuple(sentences.tallied(evidence.undecided_reasons)))
    yield Part(name="unpaired", lines=tuple(sentences.tallied(evidence.unpaired_reasons)))
    yield Part(name="stratum", lines=tuple(strata.lines(handler, review)))
    yield Part(name="not taken", lines=sentences.untouched(handler))
    yield Part(name="seen", lines=tuple(sentences.tallied(handler.seen)))
    yield Part(name="accepted", lines=tuple(map(sentences.acceptance, handler.acceptances)))
    yield Part(name="moved", lines=tuple(map(sentences.step, handler.steps)))
    yield Part(name="earlier run", lines=tuple(map(sentences.past, reversed(handler.trend))))


def telling(handler: HandlerReview, review: Review) -> Iterator[Part]:
    """Yield what stands in the way, or is out of the ordinary: for who reads the others only where they must."""
    for part in told(handler, review):
        if part.name in ("finding", "undecided", "unpaired"):
            yield part
    if handler.evidence.capture_complete is not True:
        yield Part(name="standing", lines=(sentences.capture(handler),))
    if handler.rehearsed is False:
        yield Part(name="standing", lines=(sentences.rehearsal(handler),))
    odd = strata.odd(handler, review)
    if odd:
        yield Part(name="stratum", lines=odd)


def cells(row: Row, columns: Sequence[Column]) -> str:
    """Return the cells of a row in a sentence: ``stage off; pairs 72; keys 48``; without its name and decision."""
    return "; ".join(f"{one.name} {one.cell(row)}" for one in columns if one.name not in ("handler", "decision"))
