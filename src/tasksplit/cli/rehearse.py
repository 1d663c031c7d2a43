"""`tasksplit rehearse`: what becomes of the world when the split's tasks come twice, fail, are killed or overtaken?"""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from pydantic import TypeAdapter
from rich.console import Console

from tasksplit.cli.exits import code_of
from tasksplit.cli.progress import progress
from tasksplit.cli.rollout_words import LOUD, line
from tasksplit.cli.run import MIGRATION, STORE, made
from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.decision import Answer
from tasksplit.model.migration import Migration
from tasksplit.model.rehearsed import HandlerRehearsed, Rehearsed
from tasksplit.replay.declared import load
from tasksplit.replay.messages import of_folder
from tasksplit.replay.rehearsing import PER_HANDLER, Rehearsing, Wanted
from tasksplit.replay.versions import versions
from tasksplit.report.words import counted
from tasksplit.stores import open_store
from tasksplit.stores.rehearsed import save_rehearsed


def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    messages: Annotated[Path, typer.Option(help="Folder of JSON payloads, one a file.")],
    handlers: Annotated[
        list[str] | None, typer.Argument(help="Which handlers, or dispatch; none: all of them.")
    ] = None,
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    store: Annotated[str, typer.Option(help="Where it is kept, as the evidence of run: rollout asks there.")] = STORE,
    reports: Annotated[Path, typer.Option(help="Folder for rehearsed.json.")] = Path("reports"),
    per_handler: Annotated[
        int,
        typer.Option(min=1, help="Messages of each handler on which all is tried; more only for other effects."),
    ] = PER_HANDLER,
    seed: Annotated[int, typer.Option(help="Of which messages are taken, and of the orders.")] = 0,
    jobs: Annotated[int, typer.Option(help="Processes at the same time; 0: one for each core.", min=0)] = 0,
    seconds: Annotated[float, typer.Option(help="After which a replay counts as hanging.", min=1)] = 60.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")] = False,
) -> None:
    """Rehearse handlers for live. Exit code 0 nothing found, 1 findings, 3 nothing could be tried of a handler."""
    console = Console(highlight=False)
    declared = load(migration)
    names = _checked(declared, handlers or [])
    taken, refused = of_folder(declared, messages)
    if refused and not quiet:
        line(console, f"not used: {counted(len(refused), 'payload')}; tasksplit run says why")
    with closing(open_store(made(store))) as kept:
        with progress("the split", len(taken), console=console, quiet=quiet) as advance:
            rehearsing = Rehearsing(
                Wanted(
                    migration=declared,
                    path=migration,
                    messages=taken,
                    handlers=names,
                    per_handler=per_handler,
                    seed=seed,
                    at_once=jobs or os.cpu_count() or 1,
                    seconds_per_message=seconds,
                    progress=advance,
                )
            )
            found = rehearsing.run()
        rehearsed = Rehearsed(
            migration=declared.name, at=datetime.now(UTC), versions=dict(versions(declared, migration)),
            handlers=found, seed=seed,
        )  # fmt: skip
        save_rehearsed(kept, rehearsed)
    for one in found:
        _draw(one, console)
    for name in sorted(frozenset(declared.inside) & (names or frozenset(declared.inside))):
        line(console, f"{name}: has no task of its own: what befalls that of dispatch befalls it, see there")
    for why, count in rehearsing.untold.items():
        line(console, f"on {counted(count, 'message')} nothing could be tried: {why}", LOUD)
    line(console, f"written: {_write(rehearsed, reports)}")
    raise typer.Exit(code_of(answer(found)))


def answer(found: tuple[HandlerRehearsed, ...]) -> Answer:
    """Return fail where something was found, wait where on some handler nothing was tried, else pass."""
    if any(one.findings for one in found):
        return Answer.FAIL
    return Answer.PASS if found and all(one.tried for one in found) else Answer.WAIT


def _checked(migration: Migration, handlers: list[str]) -> frozenset[str]:
    for name in handlers:
        if name not in migration.names:
            raise DeclarationError(
                sentence(
                    found=f"the handler {name!r}",
                    expected="one of " + ", ".join(migration.names),
                    do="name handlers that the migration declares",
                )
            )
    return frozenset(handlers)


def _draw(one: HandlerRehearsed, console: Console) -> None:
    if not one.tried and not one.findings:
        line(console, f"{one.handler}: nothing could be tried: no message came to it", "yellow")
        return
    tried = ", ".join(f"{how} {count}" for how, count in one.tried.items()) or "to no result"
    said = f"{one.handler}: tried on {counted(one.messages, 'message')}: {tried}"
    line(console, said + ("" if one.findings else "; nothing found"), LOUD if one.findings else "green")
    for finding in one.findings:
        line(console, f"  {finding.code}: {finding.text}")


def _write(rehearsed: Rehearsed, reports: Path) -> Path:
    reports.mkdir(parents=True, exist_ok=True)
    path = reports / "rehearsed.json"
    document = TypeAdapter(Rehearsed).dump_python(rehearsed, mode="json")
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    return path
