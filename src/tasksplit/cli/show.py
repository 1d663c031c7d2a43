"""`tasksplit show`: what did both sides do where they differ, and which test shows it?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from tasksplit.cli import show_pytest
from tasksplit.cli.asked import Asked, asked
from tasksplit.cli.run import STORE
from tasksplit.errors import DeclarationError, sentence
from tasksplit.report import sentences
from tasksplit.report.plain import plain
from tasksplit.report.shown.unified import unified
from tasksplit.report.words import visible
from tasksplit.stores import Archive, open_store

_STYLES = {"-": "red", "+": "green", "~": "dim", "~-": "dim", "~+": "dim", ">": "yellow", "": "bold"}
_LEGEND = "- legacy   + split   ~ differs and counts as no difference   > stands elsewhere"


def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    fingerprint: Annotated[
        str, typer.Argument(help="Of the difference; four digits are enough where no other has them.")
    ],
    file: Annotated[Path | None, typer.Argument(help="With --pytest: the file to write.")] = None,
    pytest: Annotated[
        bool, typer.Option("--pytest", help="Write a test that fails: the smallest message that still shows it.")
    ] = False,
    message: Annotated[str, typer.Option(help="On which of the messages that are kept of it; empty: the first.")] = "",
    json: Annotated[bool, typer.Option("--json", help="For programs: one JSON document.")] = False,
    store: Annotated[str, typer.Option(help="Where the reviews are kept.")] = STORE,
    run: Annotated[str, typer.Option(help="Which run; empty: the latest that shows it.")] = "",
    messages: Annotated[
        Path | None, typer.Option(help="With --pytest: the folder of payloads; by default that of the run.")
    ] = None,
    migration: Annotated[str, typer.Option(help="With --pytest: dotted path; by default that of the run.")] = "",
    seconds: Annotated[
        float, typer.Option(help="With --pytest: after which the smallest so far is taken.", min=1)
    ] = 60.0,
    jobs: Annotated[
        int, typer.Option(help="With --pytest: processes at the same time; 0: one for each core.", min=0)
    ] = 0,
    force: Annotated[bool, typer.Option("--force", help="With --pytest: overwrite the file.")] = False,
) -> None:
    """Print one pair in full, or write a test of it. Exit code 0; 2: there is none, or no test can be written."""
    _check(file, pytest=pytest, json=json)
    console = Console(highlight=False)
    with closing(open_store(store)) as opened:
        archive = Archive(opened)
        found = asked(archive, fingerprint, run=run, message=message)
        meta = archive.load_run(found.run).meta
    if pytest:
        wanted = show_pytest.Wanted(
            file=file, messages=messages, migration=migration, seconds=seconds, jobs=jobs, force=force
        )
        for line in show_pytest.write(found, meta, wanted):
            console.print(visible(line), markup=False, soft_wrap=True)
    elif json:
        typer.echo(orjson.dumps(document(found), option=orjson.OPT_INDENT_2))
    else:
        _draw(found, console)


def _check(file: Path | None, *, pytest: bool, json: bool) -> None:
    found = ""
    if file is not None and not pytest:
        found = f"the file {str(file)!r} without --pytest"
    elif pytest and json:
        found = "--pytest --json"
    if found:
        raise DeclarationError(
            sentence(found=found, expected="--pytest [FILE], --json, or neither", do="leave one of them out")
        )


def head(found: Asked) -> Iterator[str]:
    """Yield what stands above a pair: which difference it is, how often it shows, and on what this is."""
    grouped, pair = found.grouped, found.pair
    yield f"{found.handler.name} {sentences.group(grouped)}"
    if told := sentences.extent(grouped, found.handler):
        yield told
    parts = [f"message {pair.message}", f"instance {pair.instance}" if pair.instance else "", pair.stratum]
    yield ", ".join(filter(None, parts))
    others = [one.message for one in found.pairs if one is not pair]
    if others:
        yield f"also kept, with --message: {', '.join(others)}"
    yield f"run {found.run}, form {found.review.form}"


def _draw(found: Asked, console: Console) -> None:
    for line in head(found):
        console.print(visible(line), markup=False, soft_wrap=True)
    console.print(_LEGEND, style="dim", markup=False, soft_wrap=True)
    for printed in unified(found.pair):
        console.print(printed.whole, style=_STYLES.get(printed.sign, ""), markup=False, soft_wrap=True)


def document(found: Asked) -> dict[str, Any]:
    """Return the pair for programs; ``legacy`` and ``split`` are null where they were too long to keep."""
    grouped, pair = found.grouped, found.pair
    return {
        "format": "tasksplit pair",
        "format_version": 1,
        "run": found.run,
        "migration": found.review.migration,
        "form": found.review.form,
        "handler": found.handler.name,
        "fingerprint": grouped.fingerprint,
        "path": grouped.shape,
        "kind": str(grouped.kind),
        "count": grouped.count,
        "strata": dict(grouped.strata),
        "message": pair.message,
        "instance": pair.instance,
        "stratum": pair.stratum,
        "messages": [one.message for one in found.pairs],
        "bytes": pair.size,
        "legacy": _tree(pair.legacy),
        "split": _tree(pair.split),
        "differences": [
            {
                "fingerprint": one.fingerprint, "path": one.path, "kind": str(one.kind), "legacy": plain(one.legacy),
                "split": plain(one.split),
            }
            for one in pair.differences
        ],
    }  # fmt: skip


def _tree(content: str) -> Any:
    """Return the tagged JSON of an observation: types that JSON has no word for are ``{"$set": [...]}``."""
    try:
        return orjson.loads(content) if content else None
    except ValueError:
        return None
