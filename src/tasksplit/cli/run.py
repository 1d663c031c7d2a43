"""`tasksplit run`: what do both sides do on these messages, and may the handlers move on?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.progress import progress
from tasksplit.gate.bound import needed
from tasksplit.model.decision import Answer
from tasksplit.model.message import Message, Refused
from tasksplit.model.migration import Migration
from tasksplit.model.review import Review
from tasksplit.replay.messages import generated, of_folder, once
from tasksplit.replay.run import Plan, Run
from tasksplit.replay.side import load
from tasksplit.report.files import write
from tasksplit.report.terminal import draw

EXIT = {Answer.PASS: 0, Answer.FAIL: 1, Answer.WAIT: 3}
MIGRATION = "shadow.migration:migration"


def command(
    messages: Annotated[Path, typer.Option(help="Folder of JSON payloads, one a file.")],
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    generate: Annotated[
        bool, typer.Option(help="Also run as many generated messages as the bars ask for, where a generator is declared.")
    ] = True,
    reports: Annotated[Path, typer.Option(help="Folder for report.json and report.md.")] = Path("reports"),
    jobs: Annotated[int, typer.Option(help="Processes at the same time; 0: one for each core.", min=0)] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")] = False,
) -> None:
    """Run both sides over the same messages, compare, gate and report. Exit code 0 pass, 1 fail, 3 wait, 2 misuse."""
    console = Console(highlight=False)
    declared = load(migration)
    taken, refused = _messages(declared, messages, generate)
    _say(console, refused, quiet)
    with progress("both sides", len(taken), console=console, quiet=quiet) as advance:
        plan = Plan(
            migration=declared, path=migration, messages=taken, refused=refused, at_once=jobs or os.cpu_count() or 1,
            progress=advance,
        )  # fmt: skip
        review = Run(plan).run()
    _finish(console, review, reports)


def _messages(migration: Migration, folder: Path, generate: bool) -> tuple[list[Message], list[Refused]]:
    taken, refused = of_folder(migration, folder)
    if generate and migration.messages:
        more, others = generated(migration, _per_kind(migration))
        return once([*taken, *more], [*refused, *others])
    return taken, refused


def _per_kind(migration: Migration) -> int:
    """Return how many distinct keys the strictest bar asks for, with a tenth more for what turns out to be no evidence."""
    names = migration.names
    bars = [migration.bar_of(name) for name in names]
    return int(1.1 * max(needed(bar.max_mismatch_rate, (1 - bar.confidence) / len(names)) for bar in bars)) + 1


def _say(console: Console, refused: list[Refused], quiet: bool) -> None:
    for one in refused if not quiet else []:
        console.print(f"not used: {one.name}: {one.reason}", markup=False, soft_wrap=True)


def _finish(console: Console, review: Review, reports: Path) -> None:
    draw(review, console)
    for path in write(review, reports):
        console.print(f"written: {path}", markup=False, soft_wrap=True)
    raise typer.Exit(EXIT[review.answer])
