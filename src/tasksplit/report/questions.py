"""What does a newcomer ask of a report? Four questions, each with one line for an answer and a bounded list."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tasksplit.model.decision import Answer
from tasksplit.model.observation import DISPATCH
from tasksplit.model.review import Review
from tasksplit.report import sentences
from tasksplit.report.spending import spending
from tasksplit.report.table import Row, rows
from tasksplit.report.words import clipped, count, counted

MOST_DETAILS = 6  #: of one answer; the others are counted
MOST_NAMES = 6  #: in one line; the others are counted
MOST_NAME = 80  #: characters of a name
MOST_REASON = 160  #: characters of a reason

_MOVED = ("live", "retired")
_EFFECT = "effect-never-seen"
_COUNTS = re.compile(r"^([\d,]+)(?: of ([\d,]+))? ")  # how the gate begins: "29 of 638 clean keys to be below ..."
_ASIDES = re.compile(r" at [\d.]+ % \(corrected over [\d,]+ decisions?\)|: on test messages a mismatch is a defect, .*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What is one thing behind an answer, and which handlers is it about?"""

    text: str
    """One line, in which nothing acts; bounded. It begins with a word of ours."""
    handlers: tuple[str, ...] = ()
    """Their names as they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, and what does the review say?"""

    name: str
    """A stable word: ``move``, ``stay``, ``unseen``, ``cost``."""
    asked: str
    answer: str
    """One line, in which nothing acts."""
    details: tuple[Detail, ...] = ()
    more: int = 0
    """Details that are left out here."""


def answers(review: Review, table: Sequence[Row] = ()) -> tuple[Question, ...]:
    """Return the questions with their answers: the first screen of every paper; ``table``: its rows, if at hand."""
    table = table or rows(review)
    return (_move(review, table), _stay(review, table), _unseen(review, table), _cost(review))


def names(handlers: Iterable[str], most: int = MOST_NAMES) -> str:
    """Return names in a line: the first of them, and how many more there are."""
    known = list(handlers)
    shown = ", ".join(clipped(name, MOST_NAME) for name in known[:most])
    return shown + (f" and {count(len(known) - most)} more" if len(known) > most else "")


def _move(review: Review, table: Sequence[Row]) -> Question:
    asked = "Which handlers may move?"
    passing = [row for row in table if row.decision is Answer.PASS]
    blocking = [finding for finding in review.findings if finding.blocks]
    if blocking:
        held = f"{counted(len(passing), 'handler')} would pass, and the run as a whole is blocked"
        found = [Detail(text=f"finding {clipped(sentences.finding(one), MOST_REASON)}") for one in blocking]
        return _question("move", asked, f"None: {held}.", found)
    if not passing:
        return _question("move", asked, f"None of {counted(len(table), 'handler')}.", ())
    last = any(one.stage not in _MOVED for one in table if one.handler != DISPATCH)
    ready = [row.handler for row in passing if row.handler != DISPATCH or not last]
    goes = f"{DISPATCH} passes{' too' if ready else ''}, and goes last: when every handler is live"
    told = [f"{count(len(ready))} of {counted(len(table), 'handler')}: {names(ready)}" if ready else "None yet"]
    told += [goes] if len(ready) < len(passing) else []
    return _question("move", asked, f"{'; '.join(told)}.", _beside(review, passing))


def _beside(review: Review, passing: Sequence[Row]) -> Iterator[Detail]:
    """Yield what a reviewer must know of those that may move before one is moved."""
    moved = [row.handler for row in passing if row.stage in _MOVED]
    if moved:
        yield Detail(text=f"over already: {names(moved)}", handlers=tuple(moved))
    passed = {row.handler for row in passing}
    untried = [one.name for one in review.handlers if one.rehearsed is None and one.name in passed - {DISPATCH}]
    if untried:
        yield Detail(text=f"their move was not rehearsed: {names(untried)}", handlers=tuple(untried))
    accepted = [row.handler for row in passing if row.tally.accepted]
    if accepted:
        yield Detail(text=f"with differences that were accepted: {names(accepted)}", handlers=tuple(accepted))
    rare = [row.handler for row in passing if row.strata_open]
    if rare:
        yield Detail(text=f"with strata that nothing could judge: {names(rare)}", handlers=tuple(rare))


def _stay(review: Review, table: Sequence[Row]) -> Question:
    asked = "Which may not, and why?"
    failing = sorted(
        (row for row in table if row.decision is Answer.FAIL), key=lambda row: (-row.tally.mismatch, -row.differ)
    )
    waiting = [row for row in table if row.decision is Answer.WAIT]
    blocking = sum(finding.blocks for finding in review.findings)
    if not failing and not waiting and not blocking:
        return _question("stay", asked, "Every handler may move." if table else "There are no handlers.", ())
    parts = [f"{count(len(some))} {word}" for some, word in ((failing, "fail"), (waiting, "wait")) if some]
    if blocking:
        parts.append(f"{counted(blocking, 'finding')} in the way of all")
    found = [*_grouped(failing, "fail", alike=False), *_grouped(waiting, "wait", alike=True)]
    return _question("stay", asked, f"{' and '.join(parts)}.", found)


def _grouped(table: Sequence[Row], word: str, *, alike: bool) -> Iterator[Detail]:
    """Yield a line for each reason; ``alike``: also where only the counts at its beginning are others."""
    groups: dict[str, list[tuple[Row, str]]] = defaultdict(list)
    for row in table:
        short = shortest(row)
        groups[_COUNTS.sub("# ", short) if alike else short].append((row, short))
    for some in groups.values():
        shown = tuple(row.handler for row, _ in some)
        before = f"{word} {names(shown)}" if len(some) == 1 else f"{word} {count(len(some))} ({names(shown, 3)})"
        yield Detail(text=f"{before}: {_ranged([short for _, short in some])}", handlers=shown)


def shortest(row: Row) -> str:
    """Return the first thing that the gate says of a handler, without what it says of all of them."""
    first, _, others = row.reason.partition("; ")
    said = _ASIDES.sub("", first[: MOST_REASON * 2])  # its end is cut anyway, and a reason may be as long as it likes
    return clipped(said, MOST_REASON) + ("; and more" if others else "")


def _ranged(reasons: Sequence[str]) -> str:
    """Return one sentence for several that differ in the counts at their beginning: ``26 to 45 of 638 ...``."""
    if len(set(reasons)) == 1:
        return reasons[0]
    found = [match for match in map(_COUNTS.match, reasons) if match]
    counts = [
        _range([int(match[group].replace(",", "")) for match in found])
        for group in (1, 2)
        if found and found[0][group] is not None
    ]
    return f"{' of '.join(counts)} {reasons[0][found[0].end() :]}" if len(found) == len(reasons) else reasons[0]


def _range(numbers: Sequence[int]) -> str:
    least, most = min(numbers), max(numbers)
    return count(least) if least == most else f"{count(least)} to {count(most)}"


def _unseen(review: Review, table: Sequence[Row]) -> Question:
    asked = "What has never been seen?"
    told: list[str] = []
    found: list[Detail] = []
    for part, details in (_handlers(table), _strata(review, table), _effects(review), _branches(review, table)):
        told.append(part)
        found += details
    said = "; ".join(filter(None, told))
    return _question("unseen", asked, f"{said[:1].upper()}{said[1:]}.", found)


def _handlers(table: Sequence[Row]) -> tuple[str, list[Detail]]:
    idle = [row.handler for row in table if not row.pairs]
    if not idle:
        return "", []
    return f"{counted(len(idle), 'handler')} without evidence", [
        Detail(text=f"no evidence at all: {names(idle)}", handlers=tuple(idle))
    ]


def _strata(review: Review, table: Sequence[Row]) -> tuple[str, list[Detail]]:
    if all(handler.exercised is None for handler in review.handlers):
        return "no kinds of events are declared, so what is missing among them is not known", []
    missing = sorted((row for row in table if row.strata_missing), key=lambda row: -len(row.strata_missing))
    number = sum(len(row.strata_missing) for row in missing)
    known = number + sum(row.strata_seen for row in table)
    found = [
        Detail(text=f"never seen by {names([row.handler])}: {names(row.strata_missing, 3)}", handlers=(row.handler,))
        for row in missing
    ]
    silent = [row.handler for row in table if row.strata_open]
    if silent:
        number_open = sum(len(row.strata_open) for row in table)
        text = f"{counted(number_open, 'stratum')} seen, of which nothing could be judged: {names(silent)}"
        found.append(Detail(text=text, handlers=tuple(silent)))
    return f"{count(number)} of {counted(known, 'stratum')}", found


def _effects(review: Review) -> tuple[str, list[Detail]]:
    everywhere = [*review.findings, *(one for handler in review.handlers for one in handler.evidence.findings)]
    effects = [one for one in everywhere if one.code == _EFFECT]
    return counted(len(effects), "declared effect"), [
        Detail(text=f"effect: {clipped(one.text, MOST_REASON)}") for one in effects
    ]


def _branches(review: Review, table: Sequence[Row]) -> tuple[str, list[Detail]]:
    measured = [one for one in review.handlers if one.evidence.covered is not None]
    if not measured:
        return "branches: not measured (--coverage)", []
    bare = sorted(measured, key=lambda one: -len(sentences.untouched(one)))
    number = sum(len(sentences.untouched(one)) for one in measured)
    some = f" (of {counted(len(measured), 'handler')})" if len(measured) < len(table) else ""
    return f"{counted(number, 'branch')}{some}", [
        Detail(
            text=f"{counted(len(sentences.untouched(one)), 'branch')} not taken in {names([one.name])}: "
            f"{names(sentences.untouched(one), 3)}",
            handlers=(one.name,),
        )
        for one in bare
        if sentences.untouched(one)
    ]


def _cost(review: Review) -> Question:
    spent = spending(review)
    found = [Detail(text=one.text, handlers=(one.handler,) if one.handler else ()) for one in spent.details]
    return _question("cost", "What costs most?", spent.answer, found)


def _question(name: str, asked: str, answer: str, found: Iterable[Detail]) -> Question:
    details = tuple(found)
    more = max(0, len(details) - MOST_DETAILS)
    return Question(name=name, asked=asked, answer=answer, details=details[:MOST_DETAILS], more=more)
