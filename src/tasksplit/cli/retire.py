"""`tasksplit retire`: what is left of a handler in legacy, and what may be deleted?"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from typing import Annotated

import typer
from celery import Celery
from rich.console import Console

from tasksplit.cli.exits import code_of
from tasksplit.cli.rollout_flags import STORE
from tasksplit.cli.run import MIGRATION
from tasksplit.live.leaving import Drain, Found, Left, drain, to_retire, to_retire_dispatch
from tasksplit.model.decision import Answer
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH
from tasksplit.replay.declared import find
from tasksplit.report.words import visible
from tasksplit.stores.claims_store import open_claim_store
from tasksplit.stores.flags_protocol import open_flag_store
from tasksplit.worlds.references import resolve


def command(
    handler: Annotated[str, typer.Argument(help="Which handler; dispatch: all of legacy.")] = DISPATCH,
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    store: Annotated[str, typer.Option(envvar="TASKSPLIT_STORE", help="Where flags and claims are kept.")] = STORE,
    queue: Annotated[list[str] | None, typer.Option(help="A queue to look into, beside the declared ones.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long workers have to answer.")] = 2.0,
) -> None:
    """Say what is left, with counts. Exit code 0: nothing holds it, 3: wait, 2 misuse."""
    declared = find(migration)
    found = look(declared, store, queue or (), seconds)
    if handler == DISPATCH:
        tell(to_retire_dispatch(declared, found))
    else:
        tell(to_retire(declared.handler(handler), declared, found))


def look(migration: Migration, store: str, queues: Iterable[str], seconds: float) -> Found:
    """Look at stores, broker and workers, of all applications of the entries."""
    # how long claims are kept matters to who forgets them, and nothing is forgotten here
    with (
        closing(open_flag_store(store, migration.name)) as flags,
        closing(open_claim_store(store, migration.name, redelivery=timedelta(0))) as claims,
    ):
        told, counts = flags.read(), claims.counts()
    drained = Drain()
    for app in apps_of(migration):
        names = [*queues, *migration.queues, *app.amqp.queues, app.conf.task_default_queue]
        one = drain(app, names, seconds=seconds)
        drained = one if drained == Drain() else drained.beside(one)
    return Found(flags=told, claims=counts, drained=drained)


def apps_of(migration: Migration) -> list[Celery]:
    """Return the applications of all entries, of both sides, each once."""
    apps: list[Celery] = []
    for entry in migration.entries:
        for path in (entry.legacy, entry.split):
            app = resolve(path).value.app if path else None
            if app is not None and app not in apps:
                apps.append(app)
    return apps


def tell(left: Iterable[Left]) -> None:
    """Print a line each, what holds first, and end with the exit code."""
    console = Console(highlight=False)
    lines = sorted(left, key=lambda one: not one.holds)
    for one in lines:
        console.print(visible(f"{'wait' if one.holds else 'note'}: {one.text}"), markup=False, soft_wrap=True)
    raise typer.Exit(code_of(Answer.WAIT if any(one.holds for one in lines) else Answer.PASS))
