"""What does a team add to its Celery app? One line; from then on legacy is recorded and routed on its own workers.

In a process that is no worker nothing happens but that routes travel with what it publishes. A worker that starts has
its entries, boundaries and adapters wrapped before it forks; threads of ours start in each process with its first
message. What fails in our set-up is logged, and legacy runs as if we were not there.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import Celery, signals

from tasksplit.capture.arrival import live_message
from tasksplit.capture.outcomes import is_time_limit
from tasksplit.errors import DeclarationError, MessageError, sentence
from tasksplit.live.claiming import guard
from tasksplit.live.counters import Count, Counters
from tasksplit.live.cutover import Cutover, Settings
from tasksplit.live.envelope import Envelope
from tasksplit.live.folder import of_waits, usual
from tasksplit.live.noted import Tally
from tasksplit.live.outbox import Outbox
from tasksplit.live.parking import Parking
from tasksplit.live.recorder import Received, Recorder, payload_of
from tasksplit.live.secrets import Secrets
from tasksplit.live.sender import Sender
from tasksplit.live.starting import Starting
from tasksplit.live.waits import Waits
from tasksplit.model.message import Message
from tasksplit.model.migration import Entry, Migration
from tasksplit.model.rollout import Flag, Flags, Stage
from tasksplit.rollout.snapshot import Local
from tasksplit.stores.claims_store import open_claim_store
from tasksplit.stores.flags_protocol import open_flag_store
from tasksplit.wire.header import Headers
from tasksplit.worlds.references import resolve

_log = logging.getLogger(__name__)

REDELIVERY = timedelta(hours=12)  #: after which a broker has delivered again what nobody acknowledged: declare yours
SECONDS_FOR_FLAGS = 2.0  #: that a worker's process waits for its first look at the flags
SECONDS_TO_FLUSH = 5.0  #: that a process which ends takes to send what was recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What may a deployment set beside the store and its key?"""

    folder: Path = field(default_factory=usual)
    """Where counts and the last known flags are kept, beside the worker; it should outlive a restart."""
    redelivery: timedelta = REDELIVERY
    """The longest time after which the broker may deliver a message again: its visibility timeout, at the least."""
    lives: timedelta = timedelta(days=1)
    """For how long a recording may be replayed."""
    cutover: Settings = field(default_factory=Settings)
    strict: bool = False
    """Whether our own failures are raised, as in tests."""


def install(
    app: Celery, migration: Migration | str, *, store: str, key: str | Sequence[str], options: Options | None = None
) -> Installed:
    """Record legacy on its own workers, and route handlers by their flags. The one line that a team adds.

    Args:
        app: The Celery application whose workers run legacy, the split, or both.
        migration: The declaration, or its dotted path: then its modules are imported when a worker starts.
        store: Where flags, routes and claims are kept: ``redis://host/1`` or the URL of a database.
        key: The deployment's key, 32 random bytes as base64 (``openssl rand -base64 32``). Several: the first seals,
            all open.
        options: What else may be set.

    Raises:
        DeclarationError: there is no key. (The store is opened when a worker starts: one that cannot be used is
            said there.)
    """
    keys = (key,) if isinstance(key, str) else tuple(key)
    if not keys or not all(keys):
        raise DeclarationError(
            sentence(
                found="no key",
                expected="the deployment's key, since recordings hold raw values and leave a worker sealed only",
                do="make one with 'openssl rand -base64 32' and hand it to the workers as a secret",
            )
        )
    installed = Installed(app, migration, store=store, secrets=Secrets(keys=keys), options=options or Options())
    installed.connect()
    return installed


class Installed:
    """What is installed on one application?"""

    def __init__(
        self, app: Celery, migration: Migration | str, *, store: str, secrets: Secrets, options: Options
    ) -> None:
        """Wire nothing yet: see ``prepare``."""
        self._app, self._declared = app, migration
        self._store, self._secrets, self._options = store, secrets, options
        self._envelope = Envelope(secrets.keys, lives=options.lives)  # a key that is none is said at once
        self._worker: OnWorker | None = None

    def connect(self) -> None:
        """Wait for a worker of this application to start."""
        mine = f"tasksplit-install-{id(self._app)}"
        signals.worker_init.connect(self._worker_starts, weak=False, dispatch_uid=mine)
        signals.worker_ready.connect(self._worker_is_ready, weak=False, dispatch_uid=mine)
        signals.worker_process_init.connect(self._process_starts, weak=False, dispatch_uid=mine)
        signals.worker_process_shutdown.connect(self._ends, weak=False, dispatch_uid=mine)
        signals.worker_shutdown.connect(self._ends, weak=False, dispatch_uid=mine)

    def prepare(self) -> OnWorker:
        """Wrap the tasks of the application in this process, before it builds its tracers or forks.

        Raises DeclarationError where something that is declared is not there.
        """
        if self._worker is None:
            found = resolve(self._declared).value if isinstance(self._declared, str) else self._declared
            if not isinstance(found, Migration):
                raise DeclarationError(
                    sentence(
                        found=f"{self._declared!r}, which is {type(found).__name__}",
                        expected="a tasksplit.Migration",
                        do="name the migration, for example shadow.migration:migration",
                    )
                )
            self._worker = OnWorker(self._app, found, self._wired(found))
            self._worker.install()
        return self._worker

    def _wired(self, migration: Migration) -> Wired:
        options = self._options
        store = open_flag_store(self._store, migration.name)
        flags = Local(store.read, migration.name, file=options.folder / f"{migration.name}.flags")
        counters = Counters(options.folder / "counts" / migration.name)
        note, claims = Tally(), open_claim_store(self._store, migration.name, redelivery=options.redelivery)
        cutover = Cutover(
            migration,
            self._app,
            flags=flags,
            claims=claims,
            headers=Headers(self._secrets.routes, migration.name, migration.names),
            settings=options.cutover,
            note=note,
        )
        waits = Waits(of_waits(options.folder, migration.name), migration.names)
        cutover.claiming.waited = waits.add
        outbox = Outbox(Sender(self._app), self._envelope.seal, counters)
        recorder = Recorder(
            migration,
            hand_over=outbox.put,
            counting=counters,
            token_key=self._secrets.tokens,
            strict=options.strict,
        )
        starting = Starting(self._app, migration, claims=claims, read=store.read, declared=options.cutover.composed)
        parking = Parking(self._app, note)
        return Wired(
            flags=flags, counters=counters, cutover=cutover, outbox=outbox, recorder=recorder, parking=parking,
            starting=starting, waits=waits,
        )  # fmt: skip

    def _worker_starts(self, sender: Any, **_rest: Any) -> None:
        if getattr(sender, "app", None) is not self._app:
            return
        try:
            self.prepare()
        except Exception:  # noqa: BLE001  # legacy starts all the same
            _log.critical("tasksplit is not installed on this worker: legacy runs unrecorded.", exc_info=True)

    def _worker_is_ready(self, sender: Any, **_rest: Any) -> None:
        if self._worker is not None and getattr(sender, "app", None) is self._app:
            self._worker.say_what_is_wrong()

    def _process_starts(self, **_rest: Any) -> None:
        if self._worker is not None:
            self._worker.begin()

    def _ends(self, **_rest: Any) -> None:
        if self._worker is not None:
            self._worker.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """What works together on a worker?"""

    flags: Local
    counters: Counters
    cutover: Cutover
    outbox: Outbox
    recorder: Recorder
    parking: Parking
    starting: Starting
    waits: Waits


class OnWorker:
    """What happens with a message on a worker with tasksplit?"""

    def __init__(self, app: Celery, migration: Migration, parts: Wired) -> None:
        self._app, self._migration, self._parts = app, migration, parts
        self._begun_in = 0
        self._beginning = threading.Lock()
        self._shadowed_of: tuple[Mapping[str, Flag], bool] = ({}, False)
        self._undo: list[Callable[[], None]] = []

    def install(self) -> None:
        """Wrap entries and split tasks of this application."""
        entries = {resolve(e.legacy).value.name: e for e in self._migration.entries if e.legacy}
        splits = {resolve(e.split).value.name for e in self._migration.entries if e.split}
        legacys = {id(resolve(e.legacy).value.app) for e in self._migration.entries if e.legacy}
        handlers = set(self._migration.tasks)
        self._parts.cutover.parts.handover.prepare()  # routes are those of the split's own applications
        self._parts.cutover.install()
        self._parts.parking.install()
        for name in sorted(self._app.tasks.keys() & (entries.keys() | splits | handlers)):
            task = self._app.tasks[name]
            if name in entries and (name not in splits or id(self._app) in legacys):
                self._undo.append(self._entry(task, entries[name]))
            else:
                self._undo.append(guard(task, self._claimed))
        if self._app.tasks.keys() & entries.keys():
            self._parts.recorder.install()
            self._undo.append(self._parts.recorder.uninstall)

    def uninstall(self) -> None:
        """Give the process back."""
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        self._parts.parking.uninstall()
        self._parts.cutover.uninstall()
        self.end()
        self._parts.flags.close()  # whoever asked for them without a message has started its thread, too

    def say_what_is_wrong(self) -> None:
        """Log what speaks against this worker's settings and store; returns at once."""
        self._parts.starting.say()

    def begin(self) -> None:
        """Start our threads in this process, after the fork; again: nothing happens."""
        if self._begun_in == os.getpid():
            return
        with self._beginning:  # in a pool of threads the others wait for the flags as the first one does
            if self._begun_in == os.getpid():
                return
            try:
                self._parts.counters.open()
                self._parts.waits.open()
                self._parts.flags.start(SECONDS_FOR_FLAGS)
                self._parts.outbox.start()
            except Exception as error:  # such as no more threads: legacy runs all the same
                if is_time_limit(error):
                    raise
                _log.critical("tasksplit has not started in this process: nothing is recorded.", exc_info=True)
            self._begun_in = os.getpid()

    def end(self) -> None:
        """Send what was recorded; this process ends."""
        if self._begun_in == os.getpid():
            self._begun_in = 0
            self._parts.outbox.stop(SECONDS_TO_FLUSH)
            self._parts.flags.close()

    def _claimed(self, task: Any) -> Any:
        self.begin()
        return self._parts.cutover.claiming.around(task)

    def _entry(self, task: Any, entry: Entry) -> Callable[[], None]:
        original = task.run

        @functools.wraps(original)
        def run(*args: Any, **kwargs: Any) -> Any:
            if task.request.called_directly:
                return original(*args, **kwargs)
            return self._message(task, entry, functools.partial(original, *args, **kwargs))

        task.run = run
        return functools.partial(setattr, task, "run", original)

    def _message(self, task: Any, entry: Entry, call: functools.partial[Any]) -> Any:
        """Run one delivery of an entry's task: routed, recorded, or left alone."""
        self.begin()
        shadowed = self._shadowed(self._parts.flags.flags())
        request = task.request
        came: list[Any] = []  # the payload, once somebody asked for it

        def payload() -> Any:
            if not came:
                came.append(payload_of(entry, call.func, call.args, call.keywords))
            return came[0]

        def message() -> Message:
            try:
                return live_message(self._migration, entry, task_id=str(request.id), payload=payload())
            except (TypeError, ValueError) as error:  # a number of more than 64 bits, half of a surrogate pair
                raise MessageError("its payload cannot be written down", str(error)) from error

        with self._parts.cutover.message(task, message) as acting:
            if acting is not None and acting.handed_over:
                return None
            record = shadowed and self._is_recorded(request)
            if not record and acting is None:
                return call()
            try:
                received = Received(entry=entry, id=str(request.id), payload=payload(), divert=acting, record=record)
            except MessageError:
                self._parts.counters.add(Count.FAILED)
                return call()
            return self._parts.recorder.run(received, call)

    def _is_recorded(self, request: Any) -> bool:
        """Count a message that arrived; one that came before may have been half done, and shows nothing."""
        self._parts.counters.add(Count.RECEIVED)
        if request.retries or (request.delivery_info or {}).get("redelivered"):
            self._parts.counters.add(Count.SAMPLED_OUT)
            return False
        return True

    def _shadowed(self, flags: Flags) -> bool:
        """Return whether any handler's legacy side is to be recorded."""
        known, answer = self._shadowed_of
        if flags.flags is not known:
            answer = any(flag.stage in (Stage.SHADOW, Stage.CANARY) for flag in flags.flags.values())
            self._shadowed_of = flags.flags, answer
        return answer
