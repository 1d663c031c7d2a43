"""`tasksplit accept`: may one difference stand for a while?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.evidence import said_stale, together
from tasksplit.cli.run import MIGRATION, STORE
from tasksplit.errors import DeclarationError, sentence
from tasksplit.gate.accepted import NONE_ACCEPTED
from tasksplit.model.accepted import CEILING, Acceptance
from tasksplit.model.evidence import Grouped
from tasksplit.model.migration import Migration
from tasksplit.replay.accepted import read, today, write
from tasksplit.replay.declared import load
from tasksplit.replay.versions import accepted_file, versions
from tasksplit.report.words import visible
from tasksplit.stores import Archive, Run, open_store


def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    fingerprint: Annotated[str, typer.Argument(help="Of the difference, 12 digits as the report shows it.")],
    because: Annotated[str, typer.Option(help="Why it may stand.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day on which it may.")],
    by: Annotated[str, typer.Option(help="Who says so.")],
    handler: Annotated[str, typer.Option(help="Of which handler; empty: the one that shows it.")] = "",
    ceiling: Annotated[float, typer.Option(help="Share of pairs, above 0 to 1, that may show it.")] = CEILING,
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    store: Annotated[str, typer.Option(help="Where the evidence is kept.")] = STORE,
) -> None:
    """Write a line into accepted.toml, beside the declaration: one difference of one handler, of this code alone."""
    declared = load(migration)
    place = accepted_file(migration)
    if place is None:
        raise DeclarationError(
            sentence(
                found=f"{migration!r}, which is in no file", expected="a module", do="put the declaration into one"
            )
        )
    code = versions(declared, migration)
    name, shown = _shown(declared, code, store, fingerprint=fingerprint, handler=handler)
    one = Acceptance(
        handler=name, fingerprint=shown.fingerprint, because=because, by=by, since=today(), until=_day(until),
        legacy=code["legacy"], split=code["split"], ceiling=ceiling, shape=shown.shape,
    )  # fmt: skip
    others = [e for e in read(place) if (e.handler, e.fingerprint) != (one.handler, one.fingerprint)]
    write(place, [*others, one])
    console = Console(highlight=False)
    text = f"accepted: {one.shape} of {one.handler} until {one.until}, in {place}; run again: what is accepted is code"
    console.print(visible(text), markup=False, soft_wrap=True)


def _day(until: datetime) -> date:
    if until.date() < today():
        found = f"--until {until.date()}, which is over"
        raise DeclarationError(sentence(found=found, expected="a day to come", do="give a later one, or mend it"))
    return until.date()


def _shown(
    migration: Migration, code: Mapping[str, str], store: str, *, fingerprint: str, handler: str
) -> tuple[str, Grouped]:  # fmt: skip
    """Return the handler and the difference that the latest evidence has under that fingerprint."""
    with closing(open_store(store)) as opened:
        runs = together(Archive(opened), migration, dict(code), accepted=NONE_ACCEPTED)
    for run, _ in runs:
        _check(run, code)
    found = {
        review.name: grouped
        for _, kept in runs
        for review in kept.handlers
        for grouped in review.differences
        if grouped.fingerprint == fingerprint and handler in ("", review.name)
    }
    if len(found) != 1:
        who = " and ".join(found)
        raise DeclarationError(
            sentence(
                found=f"{fingerprint!r}, which {who} show"
                if found
                else f"no difference {fingerprint!r} in the evidence",
                expected="one of the latest run, of one handler",
                do="give --handler" if found else "run first, and take the fingerprint from its report",
            )
        )
    return next(iter(found.items()))


def _check(run: Run, code: Mapping[str, str]) -> None:
    """Refuse evidence of other code of a side; what was accepted since changes nothing of a difference."""
    then = run.meta.get("versions", {})
    if any(then.get(side) != code[side] for side in ("legacy", "split")):
        raise DeclarationError(
            sentence(
                found=said_stale(run, code), expected="a difference of the code that is here", do="run, and look again"
            )
        )
