"""`tasksplit report`: where does each handler stand, from a review that is kept?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.earlier import with_earlier
from tasksplit.cli.run import STORE
from tasksplit.cli.stages import looked, moved
from tasksplit.compare.explain import explain as describe
from tasksplit.errors import ReportError, sentence
from tasksplit.model.review import Review
from tasksplit.report.files import write, write_page
from tasksplit.report.terminal import draw
from tasksplit.report.words import visible
from tasksplit.stores import Archive, open_store
from tasksplit.stores.run_names import call_of, is_live


def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    store: Annotated[str, typer.Option(help="Where the reviews are kept.")] = STORE,
    run: Annotated[str, typer.Option(help="Which run; empty: the latest.")] = "",
    reports: Annotated[Path | None, typer.Option(help="Folder to write report.html, .json and .md to.")] = None,
    html: Annotated[Path | None, typer.Option(help="File to write the page alone to.")] = None,
    explain: Annotated[str, typer.Option(help="A fingerprint: what differs inside its two values, in words.")] = "",
    flags: Annotated[
        str, typer.Option(envvar="TASKSPLIT_STORE", help="Where the flags are kept: shows the stages of today.")
    ] = "",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also draw what is in order, line by line.")] = False,
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
    if explain:
        for line in _explained(review, explain).splitlines():
            console.print(visible(line), markup=False, soft_wrap=True)
        return
    name = run or archive.runs()[-1]
    review = with_earlier(review, archive, name)
    review = moved(review, looked(flags, [one.name for one in review.handlers], review.migration))
    draw(review, console, verbose=verbose)
    written: list[Path] = []
    others = _others(archive, name) if reports or html else []
    if reports is not None:
        written += write(review, reports, others=others, run=name)
    if html is not None:
        written.append(write_page(review, html, others=others, run=name))
    for path in written:
        console.print(f"written: {path}", markup=False, soft_wrap=True)


def _others(archive: Archive, name: str) -> list[Review]:
    """Return the reviews of the other forms of the same call."""
    if is_live(name):
        return []
    return [archive.load_review(run) for run in archive.runs() if call_of(run) == call_of(name) and run != name]


def _explained(review: Review, fingerprint: str) -> str:
    for handler in review.handlers:
        for group in handler.differences:
            if group.fingerprint == fingerprint:
                example = group.example
                said = describe(example.legacy, example.split)
                return f"{handler.name} {example.path} on {group.example_message}, {group.count} x\n{said}"
    raise ReportError(
        sentence(
            found=f"no difference {fingerprint!r} in the review",
            expected="a fingerprint that the report shows",
            do="copy one from the report, or name the run with --run",
        )
    )
