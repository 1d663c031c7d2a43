"""`tasksplit rollout`: at which stage is each handler, and who moves one to another?"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from tasksplit.cli import rollout_abort, rollout_history, rollout_table
from tasksplit.cli import rollout_said as said
from tasksplit.cli.evidence import latest
from tasksplit.cli.exits import code_of
from tasksplit.cli.rollout_flags import STORE, Kept
from tasksplit.cli.rollout_move import Moved, Shown, Wish, move
from tasksplit.cli.rollout_ready import CeleryProbe, Fleet, app_of, unfit, unready
from tasksplit.cli.rollout_rehearsed import rehearsals
from tasksplit.cli.rollout_table import State, broken_laws, rows
from tasksplit.cli.rollout_words import LOUD, STYLES, line, step
from tasksplit.cli.run import MIGRATION
from tasksplit.cli.run import STORE as EVIDENCE
from tasksplit.errors import StoreError
from tasksplit.model.migration import Migration
from tasksplit.model.rollout import Flags, Stage
from tasksplit.replay.declared import find, load
from tasksplit.rollout import Structure

_MISUSE = 2  #: exit code of what no evidence could allow


def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    handler: Annotated[str | None, typer.Argument(help="Which handler, or dispatch; none: all of them.")] = None,
    stage: Annotated[Stage | None, typer.Argument(help="Where it is to go; none: only show it.")] = None,
    share: Annotated[str, typer.Option(help="Of keys, in canary: 5% or 0.05.")] = "",
    allow: Annotated[list[str] | None, typer.Option(help="A key to allow, in canary; may be repeated.")] = None,
    deny: Annotated[list[str] | None, typer.Option(help="A key to deny, in canary; may be repeated.")] = None,
    forget: Annotated[list[str] | None, typer.Option(help="A key to take out of both lists; may be repeated.")] = None,
    salt: Annotated[str | None, typer.Option(help="Another salt chooses other keys; when canary is entered.")] = None,
    because: Annotated[str, typer.Option(help="Why; it stays in the history.")] = "",
    by: Annotated[str, typer.Option(help="Who; empty: the user's name.")] = "",
    accept_finding: Annotated[
        list[str] | None, typer.Option(help="A finding of the rehearsal to go live with; may be repeated.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Advance although the evidence does not allow it.")] = False,
    probe: Annotated[bool, typer.Option(help="Ask the workers whether they know the tasks.")] = True,
    workers: Annotated[int, typer.Option(min=0, help="How many workers must answer; 0: whoever does in time.")] = 0,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long workers have to answer.")] = 2.0,
    abort: Annotated[str, typer.Option(metavar="MESSAGE", help="Give a message back to legacy, by its id.")] = "",
    history: Annotated[bool, typer.Option("--history", help="Who moved what, newest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Changes of the history at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="The table or the history as JSON.")] = False,
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    store: Annotated[
        str, typer.Option(envvar="TASKSPLIT_STORE", help="Where flags and claims are: a Redis or a database URL.")
    ] = STORE,
    evidence: Annotated[str, typer.Option(help="Where the evidence is kept, as in run and gate.")] = EVIDENCE,
) -> None:
    """Show where each handler stands, or move one. Exit code 0 done, 1 refused by the gate, 3 wait, 2 misuse."""
    told = {"--share": share, "--allow": allow, "--deny": deny, "--forget": forget, "--salt": salt, "--force": force}
    told["--accept-finding"] = accept_finding
    said.check(told, handler=handler, stage=stage, abort=abort, shows={"--history": history, "--json": as_json})
    wanted = None
    if handler is not None and stage is not None:
        wanted = Wish(
            handler=handler, stage=stage, who=by or said.user(), because=because, share=said.share_of(share), salt=salt,
            allow=frozenset(allow or ()), deny=frozenset(deny or ()), forget=frozenset(forget or ()), force=force,
            accept=frozenset(accept_finding or ()),
        )  # fmt: skip
    console = Console(highlight=False)
    declared = find(migration)  # not checked: a step back must not wait for what a broken deployment cannot import
    structure = Structure.of(declared)
    if abort:
        for text in rollout_abort.told(rollout_abort.abort(store, declared.name, abort, structure), declared.name):
            line(console, text)
        return
    kept = Kept(store, declared.name)
    with closing(kept.store):
        if history:
            changes = kept.store.history(handler, limit=limit)
            if handler is not None and not changes:
                structure.check(handler)  # one that is not declared any more may still have a history
            _print(rollout_history.document(changes)) if as_json else rollout_history.draw(changes, console)
        elif wanted is None:
            if handler is not None:
                structure.check(handler)
            _table(_Asked(declared, migration, evidence, handler, as_json), kept, console)
        else:
            prober = _Prober(migration, evidence, workers=workers, seconds=seconds if probe else None, wish=wanted)
            moved = move(kept, wanted, structure=structure, show=prober.show)
            _finish(moved, wanted, kept, console)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Of what is the table?"""

    migration: Migration
    path: str
    evidence: str
    handler: str | None
    as_json: bool


class _Prober:
    """What is known for and against an advance? Looked up once, when somebody asks."""

    def __init__(self, path: str, evidence: str, *, workers: int, seconds: float | None, wish: Wish) -> None:
        self._path, self._evidence, self._workers, self._seconds = path, evidence, workers, seconds
        self._wish = wish

    def show(self, handlers: frozenset[str]) -> Shown:
        migration = load(self._path)
        known = latest(self._evidence, migration, self._path)
        told: dict[str, Any] = {"run": known.run} if known.run else {"problem": known.problem}
        wrong = unfit(migration)
        found = {name: list(wrong) for name in handlers}
        if self._wish.stage is Stage.LIVE:
            shown = rehearsals(self._evidence, migration, self._path, handlers=handlers, accepted=self._wish.accept)
            for name, against in shown.objections.items():
                found[name] += against
            told |= {"accepted": shown.accepted} if shown.accepted else {}
        if self._seconds is None:
            return Shown(known=known, objections=found, told={**told, "probe": "not asked"})
        fleet: Fleet = CeleryProbe(app_of(migration), workers=self._workers, seconds=self._seconds)()
        for name, more in unready(migration, sorted(handlers), fleet, workers=self._workers).items():
            found[name] += more
        return Shown(known=known, objections=found, told={**told, "probe": f"{len(fleet.knows)} workers answered"})


def _table(asked: _Asked, kept: Kept, console: Console) -> None:
    """Print the table; of a store that is away, what this folder last saw of it, and then its error."""
    away: StoreError | None = None
    structure = Structure.of(asked.migration)
    try:
        flags = kept.read()
        found = list(rows(flags, structure, kept.store, asked.handler))
        problems = list(kept.store.problems())
    except StoreError as error:
        away, problems = error, [str(error)]
        flags = kept.remembered() or Flags()
        found = list(rows(flags, structure, None, asked.handler))
    known = latest(asked.evidence, asked.migration, asked.path)
    state = State(
        migration=asked.migration.name, store=kept.name, flags=flags, rows=found, known=known,
        problems=[*kept.warnings, *problems, *broken_laws(flags, structure)], now=datetime.now(UTC),
    )  # fmt: skip
    _print(rollout_table.document(state)) if asked.as_json else rollout_table.draw(state, console)
    if away is not None:
        raise typer.Exit(_MISUSE)


def _finish(moved: Moved, wish: Wish, kept: Kept, console: Console) -> None:
    for warning in kept.warnings:
        line(console, warning, LOUD)
    made = moved.plan
    if made.refused:
        for reason in made.refused:
            line(console, f"refused: {reason}", LOUD if moved.answer is None else STYLES[moved.answer])
        if moved.answer is None:
            raise typer.Exit(_MISUSE)
        line(console, "nothing was changed; --force overrides this, and shouts in the table and in the history")
        raise typer.Exit(code_of(moved.answer))
    if not made.changes:
        line(console, f"nothing to change: {wish.handler} is at {wish.stage} already, on these terms")
        return
    for change in made.changes:
        line(console, step(change), LOUD if change.forced else "bold")
    for note in made.notes:
        line(console, note, LOUD if note.startswith("FORCED") else "")
    line(console, f"revision {made.changes[0].revision}, by {wish.who}, because {wish.because}")
    if any(change.after.stage.position > Stage.SHADOW.position for change in made.changes):
        with suppress(StoreError):  # the change is made: what is asked after it must not look like its failure
            for problem in kept.store.problems():
                line(console, problem, LOUD)


def _print(text: str) -> None:
    typer.echo(text)
