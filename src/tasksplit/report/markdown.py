"""Where does each handler stand, as a pull-request comment? Never longer than such a comment may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

from tasksplit.model.branches import place_of
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Grouped
from tasksplit.model.review import HandlerReview, Review
from tasksplit.report import exercised, sentences
from tasksplit.report.columns import Column, silent, telling
from tasksplit.report.escape import cell, code, markup, prose
from tasksplit.report.examples import examples, values
from tasksplit.report.questions import Question, answers, shortest
from tasksplit.report.table import Row, rows
from tasksplit.report.told import Part, told
from tasksplit.report.words import count, counted

MOST_BYTES = 60_000  #: of a comment: hosts refuse one of more than 65,536 characters

_ORDER = {Answer.FAIL: 0, Answer.WAIT: 1, Answer.PASS: 2}
_LONGEST_PATH = 300  # characters of a link
_OWN_WORDS = ("handler", "stage")  # columns of the user's words; the others hold ours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Detail:
    """How much is shown before something is left out?"""

    handlers: int
    differences: int
    """Per handler."""
    items: int
    """Rules, findings, errors ..., of each."""
    characters: int
    """Of one value or sentence."""
    rows: int
    """Of what was exercised."""
    strata: int
    """Of each handler, the rarest."""
    pairs: int
    """Of each difference."""
    answers: int
    """Details behind the answer to each question."""


_DETAILS = (
    _Detail(handlers=500, differences=100, items=500, characters=2_000, rows=2_000, strata=200, pairs=3, answers=6),
    _Detail(handlers=200, differences=50, items=100, characters=1_000, rows=800, strata=60, pairs=3, answers=6),
    _Detail(handlers=100, differences=20, items=50, characters=600, rows=400, strata=30, pairs=3, answers=6),
    _Detail(handlers=100, differences=8, items=30, characters=300, rows=300, strata=10, pairs=3, answers=6),
    _Detail(handlers=60, differences=3, items=20, characters=160, rows=200, strata=5, pairs=2, answers=6),
    _Detail(handlers=40, differences=1, items=10, characters=80, rows=100, strata=3, pairs=1, answers=6),
    _Detail(handlers=20, differences=0, items=5, characters=40, rows=50, strata=1, pairs=0, answers=3),
    _Detail(handlers=5, differences=0, items=2, characters=20, rows=20, strata=0, pairs=0, answers=1),
)


def as_markdown(review: Review, *, room: int = MOST_BYTES) -> str:
    """Return the review as Markdown of at most ``room`` bytes, 60,000 at least: with as much of it as has room.

    What had to be left out is counted in it.
    """
    table = rows(review)
    first = answers(review, table)
    for detail in _DETAILS[:-1]:
        text = _fitting(_page(review, table, first, detail), room)
        if text is not None:
            return text
    return "\n".join(_page(review, table, first, _DETAILS[-1])) + "\n"  # bounded by its limits; a test holds it to that


def _fitting(lines: Iterator[str], room: int) -> str | None:
    """Return the lines as one text; None as soon as it is too long, so that nobody draws what is thrown away."""
    taken: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > room:
            return None
        taken.append(line)
    return "\n".join(taken) + "\n"


def _page(review: Review, table: Sequence[Row], first: Sequence[Question], detail: _Detail) -> Iterator[str]:
    most = detail.characters
    yield f"## tasksplit {prose(sentences.headline(review), most)}"
    yield ""
    yield f"This is what it says. {prose(sentences.setting(review), most * 2)}"
    yield ""
    yield from _questions(first, detail)
    yield "### Handlers"
    yield ""
    shown = _shown(review, table, detail)
    yield from _table([row for _, row in shown], len(review.handlers), detail)
    yield ""
    if not any(handler.differences for handler in review.handlers):
        yield "No differences."
        yield ""
    for handler, row in sorted(shown, key=lambda one: _ORDER[one[1].decision]):
        yield from _handler(handler, row, review, detail)
    yield from _exercised(review, detail)
    yield "### Ledger"
    yield ""
    yield f"Messages: {prose(sentences.ledger(review), 1_000)}"
    yield ""
    yield from _listed(
        "Rules", [f"{code(r.name, most)}: {prose(sentences.rule(r), most * 2)}" for r in review.rules], detail
    )
    yield from _listed("Findings", [f"finding {prose(sentences.finding(f), most)}" for f in review.findings], detail)
    yield from _listed(
        "Dependencies", [f"Tie: {prose(sentences.dependency(d), most * 2)}" for d in review.dependencies], detail
    )
    yield from _listed("Our own failures", _tallied(review.harness_errors, most), detail)
    yield from _listed("Of no handler, by reason", _tallied(review.unwanted, most), detail)
    yield from _listed("Refused payloads", _tallied(review.refused, most), detail)
    yield from _listed("Dropped, since no secret could be looked for", _tallied(review.dropped, most), detail)
    yield "### What this run does not show"
    yield ""
    yield from (f"* {prose(line)}" for line in sentences.limits(review))
    yield ""
    versions = (review.versions or {}).items()
    yield from _listed("Versions", [f"{code(k, most)}: {code(v, most)}" for k, v in versions], detail)
    yield "All of it is in `report.json`; `tasksplit show FINGERPRINT` prints both sides of a difference in full."


def _questions(asked: Sequence[Question], detail: _Detail) -> Iterator[str]:
    most = max(120, detail.characters * 4)
    for question in asked:
        yield f"**{prose(question.asked)}** {prose(question.answer, most)}"
        yield ""
        yield from (f"* {prose(one.text, most)}" for one in question.details[: detail.answers])
        if more := question.more + max(0, len(question.details) - detail.answers):
            yield f"* {_left_out(more)}"
        if question.details:
            yield ""


def _shown(review: Review, table: Sequence[Row], detail: _Detail) -> list[tuple[HandlerReview, Row]]:
    """Return the handlers that fit, in the order of the declaration; when not all do, the ones that pass go first."""
    both = list(zip(review.handlers, table, strict=True))
    if len(both) <= detail.handlers:
        return both
    ranked = sorted(range(len(both)), key=lambda i: (_ORDER[both[i][1].decision], i))
    return [both[i] for i in sorted(ranked[: detail.handlers])]


def _table(shown: Sequence[Row], whole: int, detail: _Detail) -> Iterator[str]:
    columns = telling(shown)
    yield f"| {' | '.join(one.name for one in columns)} |"
    yield f"| {' | '.join('---:' if one.number else '---' for one in columns)} |"
    for row in shown:
        yield f"| {' | '.join(_cell(one, row, detail) for one in columns)} |"
    if note := silent(shown):
        yield ""
        yield note
    if len(shown) < whole:
        yield ""
        yield _left_out(whole - len(shown), "handler")


def _cell(column: Column, row: Row, detail: _Detail) -> str:
    text = column.cell(row)
    return cell(text, min(80, detail.characters)) if column.name in _OWN_WORDS else prose(text)


def _handler(handler: HandlerReview, row: Row, review: Review, detail: _Detail) -> Iterator[str]:
    most = detail.characters
    said = markup(shortest(row), most)
    yield f"<details><summary>{row.decision} <code>{markup(handler.name, min(80, most))}</code>: {said}</summary>"
    yield ""
    yield f"**{row.decision}** {code(handler.name, min(80, most))}: {prose(handler.decision.reason, most)}"
    yield ""
    for group in handler.differences[: detail.differences]:
        yield from _difference(group, handler, detail)
    if len(handler.differences) > detail.differences:
        left = len(handler.differences) - detail.differences
        yield f"* {_left_out(left, 'group')}"
    for part in told(handler, review):
        yield from _part(part, detail)
    yield ""
    yield "</details>"
    yield ""


def _part(part: Part, detail: _Detail) -> Iterator[str]:
    most = detail.characters
    limit = detail.strata if part.name == "stratum" else detail.items
    for number, line in enumerate(part.lines[:limit]):
        if part.name == "not taken":
            yield f"* not taken: {_link(line, most)}"
        else:
            # what is asked and shown is whole however little room there is: it is short, and holds the numbers
            whole = part.name == "standing" and not number
            yield f"* {part.before}{prose(line, 1_000 if whole else most)}"
    yield from _more(part.lines, limit, f"* {part.name}: ")


def _exercised(review: Review, detail: _Detail) -> Iterator[str]:
    total = exercised.height(review)
    if not total:
        return
    most = min(80, detail.characters)
    ways = exercised.columns(review)
    yield "### Exercised"
    yield ""
    yield f"| handler | event |{''.join(f' {way} |' for way in ways)}"
    yield f"| --- | --- |{' ---: |' * len(ways)}"
    for row in islice(exercised.rows(review), detail.rows):
        yield f"| {cell(row.handler, most)} | {cell(row.event, most)} |{''.join(f' {c} |' for c in row.cells)}"
    yield ""
    if total > detail.rows:
        yield _left_out(total - detail.rows, "row")
        yield ""
    gaps = [f"{code(name, most)} {prose(gap, detail.characters)}" for name, gap in exercised.gaps(review)]
    if gaps:
        yield from (f"* {line}" for line in gaps[: detail.handlers])
        yield from _more(gaps, detail.handlers, "* ")
        yield ""


def _difference(group: Grouped, handler: HandlerReview, detail: _Detail) -> Iterator[str]:
    most = detail.characters
    yield f"* {code(group.shape, most)} ({prose(group.kind, 40)}), {count(group.count)} × {code(group.fingerprint, 40)}"
    if extent := sentences.extent(group, handler):
        yield f"  * shows {prose(extent, most * 2)}"
    legacy, split = values(group.example)
    yield f"  * legacy: {code(legacy, most)}"
    yield f"  * split: {code(split, most)}"
    yield f"  * for example on message {code(group.example_message, most)} at {code(group.example.path, most)}"
    for one in examples(handler, group)[: detail.pairs]:
        if one.pair.message == group.example_message:
            continue
        legacy, split = values(one.difference)
        yield f"  * also on message {code(one.pair.message, most)} at {code(one.difference.path, most)}"
        yield f"    * legacy: {code(legacy, most)}"
        yield f"    * split: {code(split, most)}"


def _link(branch: str, most: int) -> str:
    """Return a branch as a link to the line that it starts from; what is no path of a file is no link."""
    path, line = place_of(branch)
    if not line or len(path) > _LONGEST_PATH:
        return code(branch, most)
    return f"[{code(branch, most)}]({quote(path, errors='backslashreplace')}#L{line})"


def _tallied(mapping: Mapping[str, int] | None, most: int) -> list[str]:
    return [f"counted {prose(line, most)}" for line in sentences.tallied(mapping)]


def _listed(title: str, lines: Sequence[str], detail: _Detail) -> Iterator[str]:
    if not lines:
        return
    yield f"### {title}"
    yield ""
    folded = len(lines) > 10
    if folded:
        yield f"<details><summary>{counted(len(lines), 'entry')}</summary>"
        yield ""
    yield from (f"* {line}" for line in lines[: detail.items])
    yield from _more(lines, detail.items, "* ")
    yield ""
    if folded:
        yield "</details>"
        yield ""


def _more(lines: Sequence[str], limit: int, before: str) -> Iterator[str]:
    if len(lines) > limit:
        yield before + _left_out(len(lines) - limit)


def _left_out(number: int, noun: str = "") -> str:
    what = counted(number, f"more {noun}") if noun else f"{count(number)} more"
    return f"({what} left out here: see report.json)"
