"""`tasksplit evidence merge`: what do runs on several machines show together?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.evidence import said_stale, together
from tasksplit.cli.run import MIGRATION, STORE, made
from tasksplit.cli.summed import summed
from tasksplit.errors import StoreError, sentence
from tasksplit.flow import Flow
from tasksplit.gate.accepted import Accepted
from tasksplit.model.migration import Migration
from tasksplit.model.review import Review
from tasksplit.replay.accepted import accepted
from tasksplit.replay.declared import load
from tasksplit.replay.versions import versions
from tasksplit.report.words import counted
from tasksplit.stores import Archive, Run, open_store
from tasksplit.stores.run_names import LIVE, live_named, named, worker_named

app = typer.Typer(help="What is kept of runs.", no_args_is_help=True)


@app.callback()
def _words() -> None:
    """What is kept of runs."""


@app.command("merge")
def merge(
    stores: Annotated[list[str], typer.Argument(help="Stores of other machines: database or Redis URLs.")],
    into: Annotated[str, typer.Option(help="The store that gets the sum, as a new run.")] = STORE,
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
) -> None:
    """Add up the latest evidence of several stores, form by form; all of it must be of the code that is here."""
    declared = load(migration)
    now = dict(versions(declared, migration))
    holding = accepted(declared, migration)
    forms = _by_form(stores, declared, now, holding)
    flow = Flow(declared, holding)
    began = datetime.now(UTC)
    console = Console(highlight=False)
    with closing(open_store(made(into))) as target:
        archive = Archive(target)
        for form in sorted(forms, reverse=True):  # the fixtures after the recordings: they are the latest, and decide
            total, review = summed(list(forms[form].values()), flow, beside=form == LIVE and len(forms) > 1)
            name = live_named(worker_named(began), 1) if form == LIVE else named(began, form)
            archive.save_run(name, total.evidence, total.ledger, {"form": form, "versions": now})
            archive.save_review(name, review)
            pairs = sum(one.tally.pairs for one in total.evidence)
            text = f"{form}: {counted(pairs, 'pair')} of {counted(len(forms[form]), 'run')}, {review.answer}"
            console.print(text, markup=False, soft_wrap=True)


def _by_form(
    stores: Iterable[str], migration: Migration, now: dict[str, str], holding: Accepted
) -> dict[str, dict[str, tuple[Run, Review]]]:  # fmt: skip
    """Return form -> id of a run -> it: a run that two stores hold, one a copy of the other, counts once."""
    found: dict[str, dict[str, tuple[Run, Review]]] = defaultdict(dict)
    for url in stores:
        with closing(open_store(url)) as store:
            for run, review in together(Archive(store), migration, now, accepted=holding):
                if dict(run.meta.get("versions", {})) != now:
                    raise StoreError(
                        sentence(
                            found=f"in {url}: {said_stale(run, now)}",
                            expected="evidence of the code that is here",
                            do="run again there, or leave that store out",
                        )
                    )
                found[review.form][run.run] = (run, review)
    return found
