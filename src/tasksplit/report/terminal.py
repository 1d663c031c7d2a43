"""Where does each handler stand, for somebody at a terminal?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Finding
from tasksplit.model.review import HandlerReview, Review
from tasksplit.report import exercised, sentences, strata
from tasksplit.report.document import plain
from tasksplit.report.exercised import NEVER, NOWHERE
from tasksplit.report.sentences import untouched
from tasksplit.report.words import clipped, count, counted

WIDE = 110  # columns from which on the table of handlers fits
MOST_DIFFERENCES = 5
MOST_CHARACTERS = 300
MOST_LINES = 20
MOST_RARE = 5  #: strata of a handler, the rarest; branches that nothing took
MOST_ROWS = 200  #: of what was exercised

_STYLES = {Answer.PASS: "green", Answer.FAIL: "bold red", Answer.WAIT: "yellow"}


def draw(review: Review, console: Console) -> None:
    """Draw the review on the console, with or without colour, in whatever width it has."""
    _say(console, sentences.headline(review), style=_STYLES[review.answer])
    _say(console, sentences.setting(review))
    _heading(console, "Handlers")
    if console.width >= WIDE:
        _table(review, console)
    for handler in review.handlers:
        _handler(handler, review, console)
    _exercised(review, console)
    _heading(console, "Ledger")
    _say(console, sentences.ledger(review))
    _section(console, "Rules", (f"{r.name}: {sentences.rule(r)}" for r in review.rules))
    _section(console, "Findings", map(_finding, review.findings))
    _section(console, "Dependencies", map(sentences.dependency, review.dependencies))
    _section(console, "Our own failures", sentences.tallied(review.harness_errors))
    _section(console, "Of no handler, by reason", sentences.tallied(review.unwanted))
    _section(console, "Refused payloads", sentences.tallied(review.refused))
    _section(console, "What this run does not show", sentences.limits(review))
    _section(console, "Versions", (f"{k}: {v}" for k, v in (review.versions or {}).items()))


def _table(review: Review, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("handler", "stage", "decision"):
        table.add_column(name, overflow="fold")
    for name in ("keys", "differ", *sentences.VERDICTS):
        table.add_column(name, justify="right", no_wrap=True)
    for handler in review.handlers:
        evidence, answer = handler.evidence, handler.decision.answer
        numbers = (evidence.keys_seen, evidence.keys_mismatched)
        verdicts = (getattr(evidence.tally, name) for name in sentences.VERDICTS)
        table.add_row(
            Text(clipped(handler.name, 80)),
            Text(clipped(handler.stage, 20)),
            Text(answer.value, style=_STYLES[answer]),
            *(Text(count(n)) for n in (*numbers, *verdicts)),
        )
    console.print(table)


def _handler(handler: HandlerReview, review: Review, console: Console) -> None:
    answer = handler.decision.answer
    _say(console, f"{answer.value} {handler.name}: {handler.decision.reason}", style=_STYLES[answer])
    _say(console, sentences.standing(handler), indent=2)
    _say(console, sentences.bar(handler), indent=2)
    _say(console, sentences.capture(handler), indent=2)
    _say(console, sentences.rehearsal(handler), indent=2)
    evidence = handler.evidence
    _lines(console, [*sentences.latency(handler), *sentences.branches(handler)])
    _lines(console, [f"not taken: {one}" for one in untouched(handler)][:MOST_RARE])
    _lines(console, [f"stratum {line}" for line in strata.lines(handler, review)][:MOST_RARE])
    for word, mapping in (
        ("seen", handler.seen),
        ("unpaired", evidence.unpaired_reasons),
        ("undecided", evidence.undecided_reasons),
    ):
        _lines(console, [f"{word}: {line}" for line in sentences.tallied(mapping)])
    _lines(console, [f"finding {_finding(f)}" for f in evidence.findings])
    for group in handler.differences[:MOST_DIFFERENCES]:
        _say(console, f"{group.shape} ({group.kind}), {count(group.count)} × {group.fingerprint}", indent=2)
        _say(console, f"legacy: {_value(group.example.legacy)}", indent=4)
        _say(console, f"split: {_value(group.example.split)}", indent=4)
        _say(console, f"first on message {group.example_message} at {group.example.path}", indent=4)
    if len(handler.differences) > MOST_DIFFERENCES:
        left = counted(len(handler.differences) - MOST_DIFFERENCES, "more group")
        _say(console, f"({left} left out here: see report.json)", indent=2)


def _exercised(review: Review, console: Console) -> None:
    total = exercised.height(review)
    if not total:
        return
    _heading(console, "Exercised")
    ways, shown = exercised.columns(review), list(islice(exercised.rows(review), MOST_ROWS))
    if console.width >= WIDE:
        console.print(_grid(ways, shown))
    else:
        for row in shown:
            told = ", ".join(f"{way} {cell}" for way, cell in zip(ways, row.cells, strict=True) if cell != NOWHERE)
            _say(console, f"{row.handler}, {row.event}: {told}")
    if total > len(shown):
        _say(console, f"({counted(total - len(shown), 'more row')} left out here: see report.json)")
    for name, gap in exercised.gaps(review):
        _say(console, f"{name} {gap}")


def _grid(ways: Sequence[str], rows: Sequence[exercised.Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("handler", "event"):
        table.add_column(name, overflow="fold")
    for way in ways:
        table.add_column(way.replace(":", ":\n"), justify="right", no_wrap=True)
    before = ""
    for row in rows:
        name = row.handler if row.handler != before else ""  # each handler is a group under its name
        before = row.handler
        cells = (Text(cell, style="yellow" if cell == NEVER else "") for cell in row.cells)
        table.add_row(Text(clipped(name, 80)), Text(clipped(row.event, 80)), *cells)
    return table


def _section(console: Console, title: str, lines: Iterable[str]) -> None:
    shown = list(lines)
    if shown:
        _heading(console, title)
        _lines(console, shown, indent=0)


def _lines(console: Console, lines: list[str], indent: int = 2) -> None:
    for line in lines[:MOST_LINES]:
        _say(console, line, indent=indent)
    if len(lines) > MOST_LINES:
        _say(console, f"({count(len(lines) - MOST_LINES)} more left out here: see report.json)", indent=indent)


def _heading(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, style="bold"))


def _say(console: Console, line: str, *, indent: int = 0, style: str = "") -> None:
    """Print one line of text: no markup, no emoji, no escape of the user's takes effect."""
    text = Text(clipped(line, MOST_CHARACTERS * 4), style=style, overflow="fold")
    for part in text.wrap(console, max(10, console.width - indent)):
        part.rstrip()
        console.print(Text(" " * indent) + part, soft_wrap=True)


def _finding(finding: Finding) -> str:
    return f"{finding.code}{sentences.weight(finding)}: {finding.text}"


def _value(value: object) -> str:
    return clipped(orjson.dumps(plain(value)).decode(), MOST_CHARACTERS)
