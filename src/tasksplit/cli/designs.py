"""`tasksplit designs`: which way to cut is best for these messages, in figures side by side?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tasksplit.cli.progress import progress
from tasksplit.cli.rollout_words import line
from tasksplit.cli.run import MIGRATION
from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.design import Design, Designs
from tasksplit.model.message import Message
from tasksplit.replay.declared import load
from tasksplit.replay.designing import DesignRun
from tasksplit.replay.figures import Measured, design
from tasksplit.replay.messages import of_folder
from tasksplit.replay.queueing import ARRIVALS, Load, rate_for
from tasksplit.replay.run import Plan
from tasksplit.report.designs import told
from tasksplit.report.designs.html import as_html
from tasksplit.report.designs.markdown import as_markdown
from tasksplit.report.designs.told import Line
from tasksplit.report.words import clipped, counted

NARROW = 24  #: columns that a figure of one design takes at the least


def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    messages: Annotated[Path, typer.Option(help="Folder of JSON payloads, one a file.")],
    migrations: Annotated[
        list[str] | None, typer.Argument(help="Dotted paths of declarations over the same legacy; none: the default.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Workers of the simulated queues; each consumes all.")] = 4,
    busy: Annotated[
        float, typer.Option(min=0.01, max=0.95, help="Share of their time that legacy's work would keep them busy.")
    ] = 0.7,
    call_seconds: Annotated[
        float, typer.Option(min=0, help="Seconds to add for each call of something outside: stand-ins answer at once.")
    ] = 0.0,
    arrivals: Annotated[int, typer.Option(min=100, help="Messages that are simulated.")] = ARRIVALS,
    seed: Annotated[int, typer.Option(help="Of when they arrive.")] = 0,
    reports: Annotated[Path, typer.Option(help="Folder for designs.json, .md and .html.")] = Path("reports"),
    jobs: Annotated[int, typer.Option(help="Processes at the same time; 0: one for each core.", min=0)] = 0,
    seconds: Annotated[float, typer.Option(help="After which a message counts as hanging.", min=1)] = 60.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")] = False,
) -> None:
    """Hold several ways to cut against each other. Exit code 0; 1 where one of them does not do the same as legacy."""
    console = Console(highlight=False, emoji=False)
    paths = migrations or [MIGRATION]
    if len(set(paths)) < len(paths):
        raise _wrong(f"a migration twice among {', '.join(paths)}", "each once", "leave one out")
    found: list[Measured] = []
    count = 0
    for path in paths:
        declared = load(path)
        used, refused = of_folder(declared, messages)
        if not used:
            raise _wrong(f"no message in {messages} that {path} takes", "some", "name a folder of payloads")
        if refused and not quiet:
            line(console, f"{path}: not used: {counted(len(refused), 'payload')}; tasksplit run says why")
        plan = Plan(
            migration=declared, path=path, messages=used, at_once=jobs or os.cpu_count() or 1,
            seconds_per_message=seconds,
        )  # fmt: skip
        with progress(path, len(used), console=console, quiet=quiet) as advance:
            run = DesignRun(replace(plan, progress=advance))
            run.run()
        found += [*([] if found else [run.legacy()]), run.measured(path)]
        count = _same_messages(count, used, path)
    load_ = _load(found[0], workers, busy, Load(rate=1.0, call_seconds=call_seconds, arrivals=arrivals, seed=seed))
    designs = Designs(
        messages=count, workers=workers, busy=busy, rate=load_.rate, call_seconds=call_seconds, arrivals=arrivals,
        seed=seed, designs=tuple(design(one, load_) for one in _named(found)),
    )  # fmt: skip
    papers = _write(designs, reports)  # first: whatever becomes of the terminal, they are there
    draw(designs, console)
    for paper in papers:
        line(console, f"written: {paper}")
    raise typer.Exit(0 if all(map(_is_the_same, designs.designs)) else 1)


def draw(designs: Designs, console: Console) -> None:
    """Draw the tables on the console, with their reading aids; in whatever width it has."""
    names = told.names(designs)
    wide = console.width >= NARROW * (len(names) + 1)
    _say(console, told.setting(designs))
    console.print()
    if wide:
        console.print(_table(["", *names], told.lines(designs)))
        console.print()
    for one in told.lines(designs):
        _say(console, f"{one.name}: {one.aid}", style="" if wide else "bold")
        for name, text in () if wide else zip(names, one.cells, strict=True):
            _say(console, f"  {name}: {text}")
    ways = list(told.ways(designs))
    if ways:
        console.print()
        _say(console, "Ways to pass data", style="bold")
        console.print(_table(["way", "design", *(column.name for column in told.WAY_COLUMNS)], ways, second=True))
        for column in told.WAY_COLUMNS:
            _say(console, f"{column.name}: {column.aid}")


def _table(heads: Sequence[str], lines: Sequence[Line], *, second: bool = False) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, head in enumerate(heads):
        table.add_column(Text(clipped(head, 60)), overflow="fold", justify="left" if place <= second else "right")
    for one in lines:
        cells = [one.name, *([one.aid] if second else []), *one.cells]
        table.add_row(*(Text(clipped(text, 120)) for text in cells))
    return table


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(clipped(text, 1_000), style=style))


def _named(found: Sequence[Measured]) -> list[Measured]:
    """Return them with names of their own: migrations of one legacy may be called the same."""
    names = [one.name for one in found]
    return [one if names.count(one.name) == 1 else replace(one, name=one.path) for one in found]


def _load(legacy: Measured, workers: int, busy: float, load: Load) -> Load:
    trips = [trip for trip in legacy.trips if trip]
    rate = rate_for(trips, workers, busy, load) if trips else 1.0
    return replace(load, rate=rate, workers=[frozenset()] * workers)


def _same_messages(count: int, used: Sequence[Message], path: str) -> int:
    if count and count != len(used):
        found = f"{path}, which takes {len(used)} of the messages where another design takes {count}"
        raise _wrong(found, "designs of the same legacy", "compare those whose entries accept the same")
    return len(used)


def _is_the_same(one: Design) -> bool:
    return one.pairs is None or (one.pairs > 0 and not one.mismatched and not one.untold)


def _write(designs: Designs, reports: Path) -> list[Path]:
    reports.mkdir(parents=True, exist_ok=True)
    papers = {
        reports / "designs.json": orjson.dumps(told.document(designs), option=orjson.OPT_INDENT_2) + b"\n",
        reports / "designs.md": as_markdown(designs).encode(),
        reports / "designs.html": as_html(designs),
    }
    for path, content in papers.items():
        path.write_bytes(content)
    return list(papers)


def _wrong(found: str, expected: str, do: str) -> DeclarationError:
    return DeclarationError(sentence(found=found, expected=expected, do=do))
