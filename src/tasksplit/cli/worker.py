"""`tasksplit worker --shadow`: what do recordings of the workers show, as they come?"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.capture.heard import Heard
from tasksplit.cli.earlier import Earlier, before, earlier, known
from tasksplit.cli.evidence import of_workers
from tasksplit.cli.run import MIGRATION, STORE, made
from tasksplit.cli.stages import Moved, looked, moved
from tasksplit.errors import DeclarationError, MessageError, StoreError, sentence
from tasksplit.live.envelope import Envelope, Unopened
from tasksplit.live.secrets import Secrets
from tasksplit.live.shadow import serve, shadow_app
from tasksplit.model.message import Side
from tasksplit.replay.accepted import accepted
from tasksplit.replay.arriving import Arriving
from tasksplit.replay.declared import load
from tasksplit.replay.entries import entry_task
from tasksplit.report.files import write
from tasksplit.stores import Archive, merge, open_store
from tasksplit.stores.run_names import LIVE, live_named, worker_named, worker_of
from tasksplit.wire.redaction_values import scrubbed

MEGABYTES = 4096  #: a service that needs more says so; without a bound one message could take the machine


def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    shadow: Annotated[bool, typer.Option("--shadow", help="Replay what workers recorded.")] = False,
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    key: Annotated[
        list[str] | None, typer.Option(envvar="TASKSPLIT_KEY", help="The deployment's key, as install() has it.")
    ] = None,
    store: Annotated[str, typer.Option(help="Where the evidence is kept: memory:, a database URL or a Redis.")] = STORE,
    reports: Annotated[Path, typer.Option(help="Folder for report.html, .json and .md.")] = Path("reports/live"),
    flags: Annotated[
        str, typer.Option(envvar="TASKSPLIT_STORE", help="Where the flags are kept: the report shows their stages.")
    ] = "",
    seconds: Annotated[float, typer.Option(help="After which a message counts as hanging.", min=1)] = 60.0,
    megabytes: Annotated[
        int, typer.Option(help="Of memory that each side's process may take; 0: no bound.", min=0)
    ] = MEGABYTES,
) -> None:
    """Replay both sides on what workers recorded, compare and keep the evidence; ends with SIGTERM or Ctrl-C."""
    if not shadow:
        raise DeclarationError(
            sentence(
                found="'tasksplit worker' without --shadow",
                expected="--shadow: your own workers run your own tasks, see tasksplit.install",
                do="call 'tasksplit worker --shadow'",
            )
        )
    secrets = Secrets(keys=tuple(key or ()))
    envelope = Envelope(secrets.keys)  # a key that is none is said at once
    declared = load(migration)
    arriving = Arriving(
        declared, migration, token_key=secrets.tokens, seconds=seconds, megabytes=megabytes,
        accepted=accepted(declared, migration),
    )  # fmt: skip
    look = partial(looked, flags, declared.names, declared.name)
    kept = Kept(arriving, Archive(open_store(made(store))), reports, look)
    theirs = entry_task(declared, declared.entries[0].name, Side.LEGACY).app
    batches = Batches(envelope, arriving, kept)
    arriving.start()
    try:
        code = serve(shadow_app(theirs, batches.take), name="tasksplit-shadow")
    finally:
        arriving.stop()
    Console(highlight=False).print(f"{batches.messages:,} messages replayed, {batches.unread:,} not to be read")
    raise typer.Exit(code)


class Batches:
    """What is done with a batch? Whatever it is, the next one is taken."""

    def __init__(self, envelope: Envelope, arriving: Arriving, kept: Kept) -> None:
        self._envelope, self._arriving, self._kept = envelope, arriving, kept
        self.messages = 0
        self.unread = 0

    def take(self, sealed: bytes) -> None:
        """Replay what is in a batch, and keep what it shows."""
        opened = self._envelope.open_(sealed)
        if isinstance(opened, Unopened):
            self.unread += 1
            self._arriving.unpaired(f"batch {self.unread} that is {opened.value}", f"a batch that is {opened.value}")
        else:
            for record in opened.records:
                self.messages += 1
                self._one(record)
        self._kept.save()

    def _one(self, record: bytes) -> None:
        try:
            heard: Heard = pickle.loads(record)  # noqa: S301  # sealed by whoever has the key, see Envelope.open_
            recorded = heard.recorded(self._arriving.migration)
        except MessageError as error:
            self._arriving.unpaired(heard.message, str(error))
            return
        except Exception as error:  # noqa: BLE001  # of code that is not here, or of another version of it
            self._arriving.unpaired(
                f"record {self.messages}", f"a recording that cannot be read here: {type(error).__name__}"
            )
            return
        self._arriving.take(recorded)


class Kept:
    """How does the evidence outlive this process? Its own as a whole each time, beside that of other processes.

    The report shows the sum: shadow workers may run side by side, and one that starts again is another one.
    """

    def __init__(
        self,
        arriving: Arriving,
        archive: Archive,
        reports: Path,
        look: Callable[[], Moved] = Moved,
    ) -> None:
        """``look``: returns at which stage each handler is now, and how it came there."""
        self._look = look
        self._arriving, self._archive, self._reports = arriving, archive, reports
        self._began = worker_named(datetime.now(UTC))
        self._saved = 0
        self._last = ""
        self._before: Earlier | None = None

    def save(self) -> None:
        """Keep what is known now; it takes the place of what this process kept before."""
        self._saved += 1
        name = live_named(self._began, self._saved)
        meta = {"form": LIVE, "versions": self._versions()}
        found = self._look()
        self._arriving.stages = found.stages
        others = [run for run in of_workers(self._archive, self._versions()) if worker_of(run.run) != self._began]
        self._arriving.beside(merge(others) if others else None)
        review = scrubbed(known(moved(self._arriving.reviewed(), found), self._earlier(name)))
        self._archive.save_run(name, *self._arriving.own(), meta)
        self._archive.save_review(name, review)
        write(review, self._reports)
        if self._last:
            self._archive.forget_run(self._last)
        self._last = name

    def _earlier(self, name: str) -> Earlier:
        """Return what workers before this one have shown: read once, if it can be read."""
        if self._before is None or self._before.problem:
            try:
                names = before(self._archive, LIVE, name)
                self._before = earlier(self._archive, names, migration=self._arriving.migration.name, wanted=None)
            except StoreError as error:
                return Earlier(problem=str(error))
        return self._before

    def _versions(self) -> dict[str, str]:
        return dict(self._arriving.versions)
