"""`tasksplit live`: how does a handler move over, from the first look to live and back, before one's eyes?"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.exits import code_of
from tasksplit.cli.live_view import WIDEST, View
from tasksplit.cli.rollout_words import LOUD, STYLES, line
from tasksplit.errors import DeclarationError, StoreError, sentence
from tasksplit.live.play import told
from tasksplit.live.play.ending import Ending, acted
from tasksplit.live.play.parts import Parts
from tasksplit.live.play.script import Part, Place, Play, PlayError, Setting
from tasksplit.live.play.seen import Lookout, Seen
from tasksplit.live.play.signals import Signals
from tasksplit.live.play.story import STORY, Moves, Story
from tasksplit.live.play.traffic import Traffic
from tasksplit.model.migration import Migration
from tasksplit.replay.declared import find
from tasksplit.report.words import clipped
from tasksplit.stores import Archive, open_store
from tasksplit.stores.claims_store import open_claim_store
from tasksplit.stores.flags_protocol import open_flag_store
from tasksplit.stores.redis_server import RedisServer
from tasksplit.testing.child import Child, free_port
from tasksplit.testing.redis import find_or_start
from tasksplit.worlds.references import resolve

PLAY = "shadow.live:play"
SECONDS = 90.0
_PORTS = 4  #: free ones that a play is offered
_TO_SETTLE = 0.25  #: of the time, kept for what is on its way when the story is over


def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    play: Annotated[str, typer.Option(help="Dotted path of the play: which processes and messages.")] = PLAY,
    messages: Annotated[Path | None, typer.Option(help="Folder of JSON payloads; else the play's own.")] = None,
    handler: Annotated[str, typer.Option(help="Which handler moves; else the play's own.")] = "",
    redis: Annotated[str, typer.Option(help="URL of an empty database of a Redis; else one is started.")] = "",
    seconds: Annotated[float, typer.Option(min=10, help="How long all of it may take.")] = SECONDS,
    rate: Annotated[float, typer.Option(min=0.1, max=100, help="Messages a second.")] = 3.0,
    most: Annotated[int, typer.Option(min=0, help="Messages at most; 0: as many as there is time for.")] = 0,
    reports: Annotated[Path, typer.Option(help="Folder for story.md and the report.")] = Path("reports/live"),
) -> None:
    """Play the whole story with real workers: off, shadow, canary, live and back. Exit code 0, 1 differ, 3 not all."""
    console = Console(highlight=False)
    wanted = _Wanted(
        play=_found(play), messages=messages, handler=handler, redis=redis, seconds=seconds, rate=rate, most=most,
        reports=reports.resolve(),
    )  # fmt: skip
    signals = Signals()
    try:
        with signals:
            ending = _played(wanted, signals, console)
    except KeyboardInterrupt:
        line(console, "ended by a signal: nothing is left of it", "yellow")
        raise typer.Exit(128 + (signals.came or signal.SIGINT)) from None
    _tell(ending, wanted, console)
    raise typer.Exit(code_of(ending.answer))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What was asked for?"""

    play: Play
    messages: Path | None
    handler: str
    redis: str
    seconds: float
    rate: float
    most: int
    reports: Path

    @property
    def moves(self) -> str:
        return self.handler or self.play.handler


def _found(path: str) -> Play:
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    value = resolve(path).value
    if not isinstance(value, Play):
        raise DeclarationError(
            sentence(
                found=f"{path!r}, which is {type(value).__name__}", expected="a tasksplit.live.play.script.Play",
                do="name the play, for example shadow.live:play",
            )
        )  # fmt: skip
    return value


def _played(wanted: _Wanted, signals: Signals, console: Console) -> Ending:
    deadline = time.monotonic() + wanted.seconds
    migration = find(wanted.play.migration)
    migration.handler(wanted.moves)  # raises, and names those that there are
    with ExitStack() as stack:
        folder = stack.enter_context(_folder())
        with signals.held():
            place = _place(wanted, folder, stack, console)
        setting = wanted.play.setting(place)
        setting.prepare()
        view = stack.enter_context(View(console, len(STORY)))
        return _Stage(wanted, migration, place, setting, view, stack, signals).play(deadline)


class _Stage:
    """What works together while the story is played?"""

    def __init__(  # noqa: PLR0913, PLR0917  # one place where the parts meet
        self,
        wanted: _Wanted,
        migration: Migration,
        place: Place,
        setting: Setting,
        view: View,
        stack: ExitStack,
        signals: Signals,
    ) -> None:
        self._wanted, self._place, self._view = wanted, place, view
        self._evidence = f"sqlite:///{place.folder / 'evidence.db'}"
        self._setting = setting
        folder = wanted.messages or wanted.play.messages
        files = wanted.play.choose(sorted(folder.glob("*.json")), wanted.moves)
        self._traffic = Traffic(files, setting.send, rate=wanted.rate, most=wanted.most)
        stack.callback(self._traffic.end)
        self._flags = stack.enter_context(closing(open_flag_store(place.store, migration.name)))
        self._claims = stack.enter_context(
            closing(open_claim_store(place.store, migration.name, redelivery=timedelta(0)))
        )
        kept = stack.enter_context(closing(open_store(self._evidence)))
        self._lookout = Lookout(
            wanted.moves, flags=self._flags, archive=Archive(kept), counts=place.folder / "counts" / migration.name,
            runs=setting.witness, traffic=self._traffic,
        )  # fmt: skip
        self._parts = stack.enter_context(
            Parts(
                Child, folder=place.folder, root=place.root, environment=_environment(place, setting),
                meanwhile=lambda: view.draw(self._lookout.look()), whole=signals.held,
            )
        )  # fmt: skip

    def play(self, deadline: float) -> Ending:
        """Play the story, let everything settle, and say how it ended."""
        began = time.monotonic()
        over = deadline - (deadline - began) * _TO_SETTLE
        path = self._wanted.play.migration
        options = ["--migration", path, "--evidence", self._evidence, "--by", "tasksplit live"]
        if self._setting.workers:
            answering = self._setting.workers + 1  # the shadow worker too
            options += ["--workers", str(answering), "--seconds", "10"]
        story = Story(
            run=self._parts.run, look=self._lookout.look, screen=self._view, check=self._check,
            moves=Moves(handler=self._wanted.moves, options=options),
        )  # fmt: skip
        stopped = ""
        try:
            for part in [*self._setting.parts, self._shadow()]:
                self._parts.begin(part)
            self._parts.wait(over)
            self._traffic.begin()
            story.play(over, deadline=deadline)
        except PlayError as error:
            stopped = str(error)
        self._traffic.end()
        if self._traffic.sent:
            self._view.note("the traffic has ended; what is on its way arrives")
        try:
            seen = story.settle(deadline)
        except PlayError as error:
            stopped, seen = stopped or str(error), self._lookout.look()
        return self._ended(seen, story, stopped, deadline)

    def _ended(self, seen: Seen, story: Story, stopped: str, deadline: float) -> Ending:
        claims = self._claims.claims
        who = acted(seen, self._traffic.sent, claims)
        while who.neither and time.monotonic() < deadline:  # what was handed over last may wait in its queue
            time.sleep(0.3)
            seen = self._lookout.look()
            who = acted(seen, self._traffic.sent, claims)
        history = tuple(reversed(self._flags.history(self._wanted.moves)))
        return Ending(seen=seen, acted=who, history=history, short=tuple(story.short), stopped=stopped)

    def _check(self) -> None:
        self._parts.check()
        self._traffic.check()

    def _shadow(self) -> Part:
        options = ["--migration", self._wanted.play.migration, "--store", self._evidence]
        reports = ["--reports", str(self._wanted.reports)]
        return Part(
            name="shadow worker",
            arguments=[sys.executable, "-m", "tasksplit", "worker", "--shadow", *options, *reports],
        )


def _environment(place: Place, setting: Setting) -> Mapping[str, str]:
    paths = [str(place.root), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "200",
        "BROKER_URL": place.broker, "TASKSPLIT_STORE": place.store, "TASKSPLIT_KEY": place.key,
        "TASKSPLIT_FOLDER": str(place.folder), **setting.environment,
    }  # fmt: skip


def _place(wanted: _Wanted, folder: Path, stack: ExitStack, console: Console) -> Place:
    server = stack.enter_context(find_or_start(wanted.redis or None, persistent=True, folder=folder / "redis"))
    line(console, f"Redis: {server.source}")
    if wanted.redis:
        stack.enter_context(_borrowed(server.url))
    return Place(
        folder=folder, root=Path.cwd(), broker=server.url, store=server.url,
        key=base64.b64encode(secrets.token_bytes(32)).decode(), ports=tuple(free_port() for _ in range(_PORTS)),
    )  # fmt: skip


@contextmanager
def _borrowed(url: str) -> Iterator[None]:
    """Use somebody's database, if it is empty, and leave it empty."""
    with closing(RedisServer(url, 5.0)) as server:
        with server.in_words("read"):
            keys = server.client.dbsize()
        if keys:
            raise StoreError(
                sentence(
                    found=f"{keys} keys in the database of --redis", expected="an empty one: it is emptied at the end",
                    do="name another by its number, for example redis://localhost/9, or leave --redis out",
                )
            )  # fmt: skip
        try:
            yield
        finally:
            with server.in_words("change"):
                server.client.flushdb()


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tasksplit-live-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tell(ending: Ending, wanted: _Wanted, console: Console) -> None:
    paper = told.write(ending, wanted.reports)
    for number, (heading, lines) in enumerate(told.sections(ending)):
        console.print()
        line(console, heading, LOUD if heading == "FORCED" else STYLES[ending.answer] if not number else "bold")
        for each in lines:
            line(console, f"  {clipped(each, WIDEST)}")
    console.print()
    line(console, f"written: {paper}, and report.html beside it")
