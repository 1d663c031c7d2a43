"""`tasksplit report`: where does each handler stand, from a review that is kept?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.run import STORE
from tasksplit.report.files import write
from tasksplit.report.terminal import draw
from tasksplit.stores import Archive, open_store


def command(
    store: Annotated[str, typer.Option(help="Where the reviews are kept.")] = STORE,
    run: Annotated[str, typer.Option(help="Which run; empty: the latest.")] = "",
    reports: Annotated[Path | None, typer.Option(help="Folder to write report.json and report.md to.")] = None,
    runs: Annotated[bool, typer.Option("--runs", help="List the runs that are kept, and end.")] = False,
) -> None:
    """Draw the review of a run that is kept, and write its papers again where a folder is named."""
    console = Console(highlight=False)
    archive = Archive(open_store(store))
    if runs:
        for name in archive.runs():
            console.print(name, markup=False, soft_wrap=True)
        return
    review = archive.load_review(run or None)
    draw(review, console)
    for path in write(review, reports) if reports is not None else ():
        console.print(f"written: {path}", markup=False, soft_wrap=True)
