"""`tasksplit messages`: which messages are worth keeping?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.progress import progress
from tasksplit.cli.run import MIGRATION
from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.message import Message, Refused
from tasksplit.model.review import Review
from tasksplit.model.verdict import Verdict
from tasksplit.replay.declared import load
from tasksplit.replay.measured import MeasuredRun
from tasksplit.replay.messages import of_folder
from tasksplit.replay.minimise import Kept, keep
from tasksplit.replay.run import Plan
from tasksplit.report.words import count, counted, visible

app = typer.Typer(no_args_is_help=True, help="Which messages are worth keeping?")

_NAMED = 10  # of messages that are left out because nobody knows what they show


@app.callback()
def _words() -> None:
    """Which messages are worth keeping?"""


@app.command("minimise")
def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    messages: Annotated[Path, typer.Option(help="Folder of JSON payloads, one a file.")],
    out: Annotated[Path, typer.Option(help="Folder for copies of those that are kept: new, or empty.")],
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    jobs: Annotated[int, typer.Option(help="Processes at the same time; 0: one for each core.", min=0)] = 0,
    seconds: Annotated[float, typer.Option(help="After which a message counts as hanging.", min=1)] = 60.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")] = False,
) -> None:
    """Keep the fewest messages that take every branch and show every stratum and difference that all of them do.

    Exit code 0; 3 when of some messages nobody could tell what they show: these are not among the kept; 2 misuse.
    """
    _check(messages, out)
    console = Console(highlight=False)
    declared = load(migration)
    taken, refused = of_folder(declared, messages)
    plan = Plan(
        migration=declared, path=migration, messages=taken, refused=refused, at_once=jobs or os.cpu_count() or 1,
        seconds_per_message=seconds,
    )  # fmt: skip
    with progress("measured", len(taken), console=console, quiet=quiet) as advance:
        run = MeasuredRun(replace(plan, progress=advance))
        run.run()
    kept = keep(run.coverage.messages)
    for name in kept.messages:
        _copy(messages / name, out / name)
    for line in (*said(kept, taken, out), *left_out(_pairs(run.review), run.book.gone, refused)):
        console.print(visible(line), markup=False, soft_wrap=True)
    raise typer.Exit(0 if kept.messages and run.review.ledger.balanced else 3)


def _check(messages: Path, out: Path) -> None:
    found = ""
    if out.resolve().is_relative_to(messages.resolve()):
        found = f"--out {str(out)!r} inside the folder of messages, where the next run would find each of them twice"
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        found = f"--out {str(out)!r}, which holds something"
    if found:
        raise DeclarationError(sentence(found=found, expected="a folder that is new or empty", do="name another one"))


def _copy(here: Path, there: Path) -> None:
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(here, there)


def said(kept: Kept, taken: Sequence[Message], out: Path) -> Iterator[str]:
    """Yield what the kept messages show of what all of them showed, and what they no longer do."""
    yield f"kept: {count(len(kept.messages))} of {counted(len(taken), 'message')}, in {out}"
    for what in ("branches", "strata", "differences"):
        mine, all_ = (getattr(shown, what).bit_count() for shown in (kept.shown, kept.of))
        if all_ or what != "differences":
            yield f"{what}: {count(mine)} of {count(all_)}"
    names = set(kept.messages)
    keys, all_keys = {m.key for m in taken if m.id in names} - {None}, {m.key for m in taken} - {None}
    if len(keys) < len(all_keys):
        yield f"lost: keys, {count(len(keys))} of {count(len(all_keys))} are left, and a bar counts keys"


def left_out(pairs: Mapping[Verdict, int], lost: Mapping[str, str], refused: Sequence[Refused]) -> Iterator[str]:
    """Yield what nobody can tell: it is not in the counts."""
    for one in refused:
        yield f"not used: {one.name}: {one.said}"
    for name in list(lost)[:_NAMED]:
        yield f"not kept: {name}: nobody knows what it shows ({lost[name]})"
    if len(lost) > _NAMED:
        yield f"not kept: {counted(len(lost) - _NAMED, 'message')} more of which nobody knows what they show"
    for verdict in (Verdict.ACCEPTED, Verdict.UNPAIRED, Verdict.UNDECIDED):
        if pairs[verdict]:
            yield f"{verdict}: {counted(pairs[verdict], 'pair')}, which is no evidence: no branch was counted for it"


def _pairs(review: Review) -> Mapping[Verdict, int]:
    return {verdict: sum(h.evidence.tally.of(verdict) for h in review.handlers) for verdict in Verdict}
