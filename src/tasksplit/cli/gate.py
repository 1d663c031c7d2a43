"""`tasksplit gate`: may a handler move on, from the evidence that is kept?"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.exits import code_of
from tasksplit.cli.run import MIGRATION, STORE
from tasksplit.flow import Flow
from tasksplit.gate.decide import overall
from tasksplit.model.message import Origin
from tasksplit.replay.declared import load
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
    kept = Archive(open_store(store)).load_run(run or None)
    evidence = [e for e in kept.evidence if e.handler in declared.names]
    decisions = Flow(declared).decide(evidence, kept.ledger, Origin.TEST)
    console = Console(highlight=False)
    chosen = {name: decisions[name] for name in decisions if not handlers or name in handlers}
    console.print(f"evidence of run {kept.run}", markup=False, soft_wrap=True)
    for name, decision in chosen.items():
        console.print(f"{decision.answer} {name}: {decision.reason}", markup=False, soft_wrap=True)
    raise typer.Exit(code_of(overall(chosen.values())))
