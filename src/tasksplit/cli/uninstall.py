"""`tasksplit uninstall --check`: may tasksplit be taken off the workers, and what may be deleted after?"""

from __future__ import annotations

from typing import Annotated

import typer

from tasksplit.cli.retire import look, tell
from tasksplit.cli.rollout_flags import STORE
from tasksplit.cli.run import MIGRATION
from tasksplit.errors import DeclarationError, sentence
from tasksplit.live.leaving import to_uninstall
from tasksplit.replay.declared import find


def command(
    check: Annotated[bool, typer.Option("--check", help="Look, and change nothing.")] = False,
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    store: Annotated[str, typer.Option(envvar="TASKSPLIT_STORE", help="Where flags and claims are kept.")] = STORE,
    queue: Annotated[list[str] | None, typer.Option(help="A queue to look into, beside the declared ones.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long workers have to answer.")] = 2.0,
) -> None:
    """Say what holds tasksplit on the workers. Exit code 0: nothing, 3: wait, 2 misuse."""
    if not check:
        raise DeclarationError(
            sentence(
                found="`tasksplit uninstall` without --check",
                expected="--check: what is installed is a line in your code, and you take it out",
                do="add --check, and do what it says",
            )
        )
    declared = find(migration)
    tell(to_uninstall(declared, look(declared, store, queue or (), seconds)))
