"""`tasksplit gate`: may a handler move on, from the evidence that is kept?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.ci import Told, papers
from tasksplit.cli.evidence import said_stale, together
from tasksplit.cli.exits import code_of, strictest
from tasksplit.cli.run import MIGRATION, STORE
from tasksplit.errors import TasksplitError
from tasksplit.model.decision import Answer
from tasksplit.model.message import Origin
from tasksplit.model.migration import Migration
from tasksplit.model.review import Review
from tasksplit.model.strata import declared_names
from tasksplit.replay.accepted import accepted
from tasksplit.replay.declared import load
from tasksplit.replay.versions import versions
from tasksplit.report.cases import Suite, suite
from tasksplit.report.words import visible
from tasksplit.stores import Archive, Run, open_store


def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    handlers: Annotated[list[str] | None, typer.Argument(help="Which handlers; none: all of them.")] = None,
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    store: Annotated[str, typer.Option(help="Where the evidence is kept.")] = STORE,
    run: Annotated[str, typer.Option(help="Which run; empty: the latest.")] = "",
    ci: Annotated[
        bool, typer.Option("--ci", help="Write for a CI system: JUnit and a page, on GitHub annotations and a summary.")
    ] = False,
    junit: Annotated[
        Path | None, typer.Option(help="File for JUnit XML; with --ci by default junit.xml in the reports.")
    ] = None,
    reports: Annotated[Path, typer.Option(help="Folder for the JUnit file and the page of --ci.")] = Path("reports"),
) -> None:
    """Decide from the evidence of a run that is kept. Exit code 0 pass, 1 fail, 3 wait, 2 misuse."""
    console = Console(highlight=False, emoji=False)
    wanted = papers(ci=ci, junit=junit, reports=reports)
    try:
        told = _asked(load(migration), migration, store, run=run, handlers=handlers or ())
    except TasksplitError as error:
        wanted.failed(error)
        raise
    with wanted.muted():
        for line in told.lines:
            console.print(line, markup=False, soft_wrap=True)
    wanted.write(told)
    raise typer.Exit(code_of(told.answer))


def _asked(declared: Migration, path: str, store: str, *, run: str, handlers: Sequence[str]) -> Told:
    for name in handlers:
        if name not in declared.names:
            declared.handler(name)  # raises, and names those that there are
    now = dict(versions(declared, path))
    kept = together(Archive(open_store(store)), declared, now, run, accepted=accepted(declared, path))
    stale = {one.run: said_stale(one, now) for one, _ in kept if dict(one.meta.get("versions", {})) != now}
    answers: list[Answer] = []
    lines: list[str] = []
    for one, review in kept:
        if one.run in stale:
            answers.append(Answer.WAIT)
            lines.append(visible(f"wait: {stale[one.run]}"))
            continue
        lines.append(f"evidence of run {one.run}")
        for answer, line in _said(review, handlers):
            answers.append(answer)
            lines.append(visible(line))
    return Told(
        strictest(answers), lines, _suites(declared, kept, handlers, stale),
        [review for one, review in kept if one.run not in stale],
    )  # fmt: skip


def _said(review: Review, handlers: Sequence[str]) -> list[tuple[Answer, str]]:
    # as they were made: a form that ran on a sample had wider bars than those that are declared
    decisions = [(each.name, each.decision) for each in review.handlers if not handlers or each.name in handlers]
    said = [(decision.answer, f"{decision.answer} {name}: {decision.reason}") for name, decision in decisions]
    blocking = [finding for finding in review.findings if finding.blocks]
    return [*said, *((Answer.FAIL, f"fail: {finding.code}: {finding.text}") for finding in blocking)]


def _suites(
    declared: Migration, kept: Sequence[tuple[Run, Review]], handlers: Sequence[str], stale: Mapping[str, str]
) -> list[Suite]:
    strata = {name: declared_names(declared.strata_of(name)) for name in declared.names}
    tested = any(review.origin is Origin.TEST for _, review in kept)
    return [
        suite(
            review,
            {} if tested and review.origin is Origin.LIVE else strata,  # of live messages they need not be seen then
            handlers=handlers,
            stale=stale.get(one.run, ""),
        )
        for one, review in kept
    ]
