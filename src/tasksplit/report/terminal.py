"""Where does each handler stand, for somebody at a terminal?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tasksplit.model.decision import Answer
from tasksplit.model.review import HandlerReview, Review
from tasksplit.report import exercised, sentences
from tasksplit.report.columns import Column, silent, telling
from tasksplit.report.examples import examples, values
from tasksplit.report.exercised import NEVER, NOWHERE
from tasksplit.report.questions import Question, answers, shortest
from tasksplit.report.table import Row, rows
from tasksplit.report.told import Part, cells, told
from tasksplit.report.told import telling as telling_parts
from tasksplit.report.words import clipped, count, counted

WIDE = 110  # columns from which on the table of what was exercised fits
LEAST = 9  # columns of the table of handlers, up to the limit: where these do not fit, each handler is a block
MOST_DIFFERENCES = 5
MOST_CHARACTERS = 300
MOST_NAME = 80
MOST_LINES = 20
MOST_RARE = 5  #: strata of a handler, the rarest; branches that nothing took
MOST_ROWS = 200  #: of what was exercised

_STYLES = {Answer.PASS: "green", Answer.FAIL: "bold red", Answer.WAIT: "yellow"}
_ORDER = (Answer.FAIL, Answer.WAIT, Answer.PASS)
_GAP = 2  # columns between two of the table
_BOUNDS = {"stratum": MOST_RARE, "not taken": MOST_RARE}


def draw(review: Review, console: Console, *, verbose: bool = False) -> None:
    """Draw the review on the console, with or without colour, in whatever width it has.

    ``verbose``: also what is in order, line by line: handlers that pass, rules, versions, what was exercised.
    """
    _say(console, sentences.headline(review), style=_STYLES[review.answer])
    _say(console, sentences.setting(review))
    table = rows(review)
    _questions(answers(review, table), console)
    _handlers(review, table, console, verbose=verbose)
    _exercised(review, console, verbose=verbose)
    _heading(console, "Ledger")
    _say(console, sentences.ledger(review))
    _section(console, "Rules", _rules(review, verbose=verbose))
    _section(console, "Findings", map(sentences.finding, review.findings))
    _section(console, "Dependencies", _dependencies(review, verbose=verbose))
    _section(console, "Our own failures", sentences.tallied(review.harness_errors))
    _section(console, "Of no handler, by reason", sentences.tallied(review.unwanted))
    _section(console, "Refused payloads", sentences.tallied(review.refused))
    _section(console, "Dropped, since no secret could be looked for", sentences.tallied(review.dropped))
    _section(console, "What this run does not show", sentences.limits(review))
    if verbose:
        _section(console, "Versions", (f"{k}: {v}" for k, v in (review.versions or {}).items()))


def _questions(asked: Sequence[Question], console: Console) -> None:
    for question in asked:
        _heading(console, question.asked)
        _say(console, question.answer)
        for detail in question.details:
            _say(console, f"- {detail.text}", indent=2)
        if question.more:
            _say(console, f"- and {count(question.more)} more: see report.json", indent=2)


def _handlers(review: Review, table: Sequence[Row], console: Console, *, verbose: bool) -> None:
    _heading(console, "Handlers")
    columns = telling(table)
    shown = _fitting(table, columns, console.width)
    if shown:
        _table(table, shown, console)
    if note := silent(table):
        _say(console, note)
    if shown and len(shown) < len(columns):
        rest = ", ".join(one.name for one in columns[len(shown) :])
        _say(console, f"Too narrow for {rest}: below, for what does not pass (--verbose: for all).")
    console.print()
    beside = columns[len(shown) :] if shown else columns
    both = sorted(zip(review.handlers, table, strict=True), key=lambda one: _ORDER.index(one[1].decision))
    for handler, row in both:
        if row.decision is Answer.PASS and not verbose:
            _say(console, f"pass {clipped(row.handler, MOST_NAME)}: {shortest(row)}", style=_STYLES[Answer.PASS])
        else:
            _say(console, f"{row.decision} {row.handler}: {row.reason}", style=_STYLES[row.decision])
        if beside and (verbose or not shown or row.decision is not Answer.PASS):
            _say(console, cells(row, beside), indent=2)
        if verbose or row.decision is not Answer.PASS:
            _parts(console, told(handler, review) if verbose else telling_parts(handler, review))
            _differences(handler, console)


def _fitting(table: Sequence[Row], columns: Sequence[Column], width: int) -> tuple[Column, ...]:
    """Return as many columns as fit; none where that would be too few to be a table."""
    taken = -_GAP
    for number, column in enumerate(columns):
        cells = [clipped(column.cell(row), MOST_NAME) for row in table]
        taken += _GAP + max(map(cell_len, [column.name, *cells]))
        if taken > width:
            return tuple(columns[:number]) if number >= LEAST else ()
    return tuple(columns)


def _table(table: Sequence[Row], columns: Sequence[Column], console: Console) -> None:
    drawn = Table(box=None, pad_edge=False)
    for column in columns:
        drawn.add_column(column.name, justify="right" if column.number else "left", no_wrap=True)
    for row in table:
        texts = (clipped(column.cell(row), MOST_NAME) for column in columns)
        styled = (_STYLES[row.decision] if column.name == "decision" else "" for column in columns)
        drawn.add_row(*(Text(text, style=style) for text, style in zip(texts, styled, strict=True)))
    console.print(drawn)


def _parts(console: Console, parts: Iterable[Part]) -> None:
    for part in parts:
        _lines(console, [part.before + line for line in part.lines], most=_BOUNDS.get(part.name, MOST_LINES))


def _differences(handler: HandlerReview, console: Console) -> None:
    for group in handler.differences[:MOST_DIFFERENCES]:
        _say(console, sentences.group(group), indent=2)
        if extent := sentences.extent(group, handler):
            _say(console, extent, indent=4)
        legacy, split = values(group.example)
        _say(console, f"legacy: {clipped(legacy, MOST_CHARACTERS)}", indent=4)
        _say(console, f"split: {clipped(split, MOST_CHARACTERS)}", indent=4)
        _say(console, f"for example on message {group.example_message} at {group.example.path}", indent=4)
        also = [one.pair.message for one in examples(handler, group) if one.pair.message != group.example_message]
        if also:
            _say(console, f"also on {', '.join(clipped(name, MOST_NAME) for name in also)}", indent=4)
    if len(handler.differences) > MOST_DIFFERENCES:
        left = counted(len(handler.differences) - MOST_DIFFERENCES, "more group")
        _say(console, f"({left} left out here: see report.json)", indent=2)


def _rules(review: Review, *, verbose: bool) -> list[str]:
    """Those that touched nothing are asked about; what the others touched is counted."""
    lines = [f"{one.name}: {sentences.rule(one)}" for one in review.rules if verbose or not one.touched]
    used = [one for one in review.rules if one.touched]
    if used and not verbose:
        touched = counted(sum(one.touched for one in used), "value")
        lines.append(f"{counted(len(used), 'rule')} touched {touched}: --verbose names them")
    return lines


def _dependencies(review: Review, *, verbose: bool) -> list[str]:
    shown = [one for one in review.dependencies if verbose or one.hazard]
    lines = [sentences.dependency(one) for one in shown]
    if len(shown) < len(review.dependencies):
        left = counted(len(review.dependencies) - len(shown), "tie")
        lines.append(f"{left} without a hazard: --verbose names them")
    return lines


def _exercised(review: Review, console: Console, *, verbose: bool) -> None:
    total = exercised.height(review)
    if not total:
        return
    _heading(console, "Exercised")
    ways = exercised.columns(review)
    found = [row for row in exercised.rows(review) if verbose or NEVER in row.cells]
    shown = list(islice(found, MOST_ROWS))
    if shown and console.width >= WIDE:
        console.print(_grid(ways, shown))
    else:
        for row in shown:
            parts = ", ".join(f"{way} {cell}" for way, cell in zip(ways, row.cells, strict=True) if cell != NOWHERE)
            _say(console, f"{row.handler}, {row.event}: {parts}")
    if len(found) > len(shown):
        _say(console, f"({counted(len(found) - len(shown), 'more row')} left out here: see report.json)")
    if total > len(found):
        complete = counted(total - len(found), "row")
        _say(console, f"{complete} in which all that is declared was seen: --verbose shows them")
    for name, gap in exercised.gaps(review):
        _say(console, f"{name} {gap}")


def _grid(ways: Sequence[str], table: Sequence[exercised.Row]) -> Table:
    drawn = Table(box=None, pad_edge=False)
    for name in ("handler", "event"):
        drawn.add_column(name, overflow="fold")
    for way in ways:
        drawn.add_column(way.replace(":", ":\n"), justify="right", no_wrap=True)
    before = ""
    for row in table:
        name = row.handler if row.handler != before else ""  # each handler is a group under its name
        before = row.handler
        styled = (Text(cell, style="yellow" if cell == NEVER else "") for cell in row.cells)
        drawn.add_row(Text(clipped(name, MOST_NAME)), Text(clipped(row.event, MOST_NAME)), *styled)
    return drawn


def _section(console: Console, title: str, lines: Iterable[str]) -> None:
    shown = list(lines)
    if shown:
        _heading(console, title)
        _lines(console, shown, indent=0)


def _lines(console: Console, lines: Sequence[str], *, indent: int = 2, most: int = MOST_LINES) -> None:
    for line in lines[:most]:
        _say(console, line, indent=indent)
    if len(lines) > most:
        _say(console, f"({count(len(lines) - most)} more left out here: see report.json)", indent=indent)


def _heading(console: Console, title: str) -> None:
    console.print()
    _say(console, title, style="bold")


def _say(console: Console, line: str, *, indent: int = 0, style: str = "") -> None:
    """Print one line of text: no markup, no emoji, no escape of the user's takes effect."""
    text = Text(clipped(line, MOST_CHARACTERS * 4), style=style, overflow="fold")
    for part in text.wrap(console, max(10, console.width - indent)):
        part.rstrip()
        console.print(Text(" " * indent) + part, soft_wrap=True)
