"""`tasksplit watch`: does what shadow workers see speak against a handler that acts? Then it is stepped back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.exits import code_of
from tasksplit.cli.rollout_flags import STORE, Kept
from tasksplit.cli.rollout_words import LOUD, line, step, when
from tasksplit.cli.run import MIGRATION, made
from tasksplit.cli.run import STORE as EVIDENCE
from tasksplit.errors import StoreError
from tasksplit.gate.watch import ARL
from tasksplit.live.watching import EVERY, WHO, Look, look_once
from tasksplit.model.decision import Answer
from tasksplit.model.migration import Migration
from tasksplit.replay.declared import find
from tasksplit.report.words import counted, seconds
from tasksplit.stores import Store, open_store

QUIET = 3600.0  #: seconds without a pair after which it is said


def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    once: Annotated[bool, typer.Option("--once", help="Look once and end, for cron.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = EVERY,
    arl: Annotated[
        float, typer.Option(min=1, help="Pairs of a handler between two false alarms, on average and at least.")
    ] = ARL,
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    flags: Annotated[
        str, typer.Option(envvar="TASKSPLIT_STORE", help="Where the flags are: a Redis or a database URL.")
    ] = STORE,
    store: Annotated[str, typer.Option(help="Where shadow workers keep the evidence.")] = EVIDENCE,
) -> None:
    """Step a handler in canary or live back to shadow when live pairs differ too often; never forward.

    With --once exit code 0: nothing was to do, 1: stepped back, 3: somebody should look, 2 misuse.
    """
    console = Console(highlight=False)
    declared = find(migration)  # not checked: a step back must not wait for what a broken deployment cannot import
    kept = Kept(flags, declared.name)
    with closing(kept.store), closing(open_store(made(store))) as evidence:
        watch = Watch(declared, kept, evidence, arl, console)
        if once:
            answer = watch.look(numbers=True)
            raise typer.Exit(code_of(answer))
        while True:
            watch.try_to_look()
            time.sleep(every)


class Watch:
    """One look after the other: what was said already? What goes on is not said again at each look."""

    def __init__(  # one place where the parts meet
        self, migration: Migration, kept: Kept, evidence: Store, arl: float, console: Console
    ) -> None:
        self._migration, self._kept, self._evidence = migration, kept, evidence
        self._arl, self._console = arl, console
        self._said: set[str] = set()

    def try_to_look(self) -> None:
        """Look; a store that is away is said, and asked again."""
        try:
            self.look()
        except StoreError as error:
            self._tell([_Said("away", f"not looked: {error}", LOUD)])

    def look(self, *, numbers: bool = False) -> Answer:
        """Look once and say what is new: pass where nothing was to do, fail: stepped back, wait: in doubt."""
        look = look_once(self._migration, flags=self._kept, evidence=self._evidence, arl=self._arl)
        for change in look.changes:
            line(self._console, f"{when(change.when)}  {step(change)}  by {WHO}, because {change.why}", LOUD)
        for note in look.notes:
            line(self._console, note)
        warnings = [_Said(text, text, LOUD) for text in self._kept.warnings]
        self._tell([*warnings, *_sights(look, numbers)])
        if look.changes:
            return Answer.FAIL
        return Answer.WAIT if warnings or any(each.doubt for each in look.sights) else Answer.PASS

    def _tell(self, said: Sequence[_Said]) -> None:
        for each in said:
            if each.what not in self._said:
                line(self._console, each.text, each.style)
        self._said = {each.what for each in said}


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said, in which words? What is the same is not said again, though its numbers are others."""

    what: str
    text: str
    style: str = ""


def _sights(look: Look, numbers: bool) -> Iterator[_Said]:
    if not look.sights:
        yield _Said("nothing", "no handler is in canary or live: nothing is watched")
    for each in look.sights:
        who = f"{each.handler} ({each.stage})"
        if each.doubt:
            yield _Said(f"{who} in doubt", f"{who}: {each.doubt}", "yellow")
        elif each.silent >= QUIET:
            silent = f"{who}: no pair for {seconds(each.silent)}: what it does is not seen, and not watched"
            yield _Said(f"{who} silent", silent, "yellow")
        elif not each.why:
            yield _Said(who, f"{who}: {counted(each.new, 'new pair')}" if numbers else f"{who} is watched")
