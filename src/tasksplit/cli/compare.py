"""`tasksplit compare`: what changed between two reports, for a reviewer of a fix?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tasksplit.cli.ci import write
from tasksplit.cli.exits import code_of
from tasksplit.cli.run import STORE
from tasksplit.errors import ReportError, sentence
from tasksplit.report.compared.changes import changes
from tasksplit.report.compared.drawn import as_lines, as_markdown
from tasksplit.report.compared.reading import Told, told
from tasksplit.report.document import document
from tasksplit.report.files import read
from tasksplit.stores import Archive, open_store


def command(
    reports: Annotated[
        list[Path] | None, typer.Argument(help="Two files: the earlier report.json, then the later one.")
    ] = None,
    run: Annotated[
        list[str] | None, typer.Option(help="In place of two files: two runs that are kept; give it twice.")
    ] = None,
    store: Annotated[str, typer.Option(help="Where these runs are kept.")] = STORE,
    markdown: Annotated[
        Path | None, typer.Option(help="Also write it to this file, for a comment on a pull request.")
    ] = None,
) -> None:
    """Say what is gone, new, more and fewer. Exit code 0 nothing new or more, 1 something, 3 not all looked at."""
    console = Console(highlight=False, emoji=False)
    found = changes(*_two(reports or [], run or [], store))
    for line in as_lines(found):
        console.print(line, markup=False, soft_wrap=True)
    if markdown is not None:
        write(markdown, as_markdown(found).encode(), option="--markdown")
        console.print(f"written: {markdown}", markup=False, soft_wrap=True)
    raise typer.Exit(code_of(found.answer))


def _two(files: list[Path], runs: list[str], store: str) -> tuple[Told, Told]:
    if (len(files), len(runs)) == (2, 0):
        documents: list[Any] = [read(path) for path in files]
    elif (len(files), len(runs)) == (0, 2):
        with closing(open_store(store)) as opened:
            documents = [document(Archive(opened).load_review(name)) for name in runs]
    else:
        raise ReportError(
            sentence(
                found=f"{len(files)} files and {len(runs)} runs",
                expected="two reports",
                do="call 'tasksplit compare OLD.json NEW.json', or give --run twice",
            )
        )
    before, after = (told(each, str(name)) for each, name in zip(documents, files or runs, strict=True))
    return before, after
