"""`tasksplit gate`: may a handler move on, from the evidence that is kept?"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.evidence import said_stale, together
from tasksplit.cli.exits import code_of, strictest
from tasksplit.cli.run import MIGRATION, STORE
from tasksplit.model.decision import Answer
from tasksplit.replay.declared import load
from tasksplit.replay.versions import versions
from tasksplit.report.words import visible
from tasksplit.stores import Archive, open_store


def command(
    handlers: Annotated[list[str] | None, typer.Argument(help="Which handlers; none: all of them.")] = None,
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    store: Annotated[str, typer.Option(help="Where the evidence is kept.")] = STORE,
    run: Annotated[str, typer.Option(help="Which run; empty: the latest.")] = "",
) -> None:
    """Decide from the evidence of a run that is kept. Exit code 0 pass, 1 fail, 3 wait, 2 misuse."""
    declared = load(migration)
    for name in handlers or ():
        if name not in declared.names:
            declared.handler(name)  # raises, and names those that there are
    archive = Archive(open_store(store))
    console = Console(highlight=False)
    answers: list[Answer] = []
    now = dict(versions(declared, migration))
    for kept, review in together(archive, declared, now, run):
        if dict(kept.meta.get("versions", {})) != now:
            answers.append(Answer.WAIT)
            console.print(f"wait: {said_stale(kept, now)}", markup=False, soft_wrap=True)
            continue
        # as they were made: a form that ran on a sample had wider bars than those that are declared
        decisions = {each.name: each.decision for each in review.handlers}
        console.print(f"evidence of run {kept.run}", markup=False, soft_wrap=True)
        for handler in (h for h in decisions if not handlers or h in handlers):
            decision = decisions[handler]
            answers.append(decision.answer)
            console.print(visible(f"{decision.answer} {handler}: {decision.reason}"), markup=False, soft_wrap=True)
        for finding in (f for f in review.findings if f.blocks):
            answers.append(Answer.FAIL)
            console.print(visible(f"fail: {finding.code}: {finding.text}"), markup=False, soft_wrap=True)
    raise typer.Exit(code_of(strictest(answers)))
