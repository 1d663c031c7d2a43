"""What is seen when legacy runs these messages in a scratch world? Runs inside a process of its own."""

from __future__ import annotations

import inspect
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tasksplit.capture.trace import Tracer
from tasksplit.errors import DeclarationError, TasksplitError, sentence
from tasksplit.model.message import Message, Side
from tasksplit.model.migration import Database, Entry, Migration, World
from tasksplit.replay import messages as payloads
from tasksplit.replay.discover import Errand
from tasksplit.replay.holders import Holders, base_beside, is_engine
from tasksplit.replay.observer import Observer
from tasksplit.replay.process import Job
from tasksplit.replay.sights import Found, SightKind
from tasksplit.replay.worker import end_with_parent
from tasksplit.wire.moments import seconds_until
from tasksplit.wire.redaction import Redactor
from tasksplit.worlds import guard
from tasksplit.worlds.references import hook, resolve
from tasksplit.worlds.sink import Alarm, Undo


def main(descriptor: int) -> None:
    """Run one errand and answer over the pipe."""
    pipe = Connection(descriptor)
    end_with_parent()
    errand = pipe.recv()
    try:
        answer: tuple[str, Any, str] = ("found", explore(errand), "")
    except TasksplitError as error:
        answer = ("refused", type(error).__name__, str(error))
    except BaseException as error:  # noqa: BLE001  # whatever the user's modules raise at import, the parent must say it
        answer = ("refused", "DeclarationError", _at_import(errand, error))
    pipe.send(answer)


def explore(errand: Errand) -> Found:
    """Run the errand in this process, which never acts in the real world from here on."""
    from tasksplit.replay.declared import find
    from tasksplit.replay.side import SideRunner, warm

    warm()
    given = find(errand.migration) if errand.migration else None
    task = _task(errand.task)
    prefixes = (errand.task.partition(":")[0].partition(".")[0],)
    task.app.loader.import_default_modules()  # what its worker imports: handlers and engines may live there
    holders = Holders(prefixes)
    migration, metadata = _unfolded(errand, task, given, holders)
    found, unusable = payloads.of_folder(migration, errand.messages)
    fixture = getattr(resolve(migration.world.fixture).value, "__code__", None) if migration.world.fixture else None
    observer = Observer(prefixes, tracer=Tracer(prefixes), entry=_code(task.run), fixture=fixture)
    runner = SideRunner(migration, Job(name="discover", migration="", side=Side.LEGACY))
    _declared(observer, given)
    standins = Standins(given)
    runner.world.services = standins  # undeclared clients act too, on what the audit hook lets through
    runner.install()
    raised: Counter[str] = Counter()
    stop_tasks = _watch_tasks(observer, _known_tasks(given), raised)
    try:
        taken = _spread(found, errand.limit)
        stopped, errors = _run(runner.run, taken, observer)
    finally:
        stop_tasks()
        runner.uninstall()
    return Found(
        task=errand.task, name=task.name, messages=len(taken), stopped=stopped, sights=dict(observer.sights),
        candidates=observer.candidates(frozenset(h.legacy for h in given.handlers) if given else frozenset()),
        metadata=metadata, fixture=migration.world.fixture, raised=dict(raised),
        unused=tuple(f"{r.name}: {r.said}" for r in unusable), errors=(*errors, *observer.errors),
    )  # fmt: skip


def _spread(found: Sequence[Message], limit: int) -> Sequence[Message]:
    """Take messages from all over the folder: neighbours are of one kind."""
    if not 0 < limit < len(found):
        return found
    return [found[i * len(found) // limit] for i in range(limit)]


def _run(run: Callable[[Message], Any], taken: Sequence[Message], observer: Observer) -> tuple[int, list[str]]:
    stopped = 0
    errors: list[str] = []
    for message in taken:
        before = len(guard.ALARMS)
        _listen(observer)
        observer.start()
        try:
            replayed = run(message)
        finally:
            observer.stop()
        errors += replayed.harness_errors
        stopped += len(guard.ALARMS) > before
    return stopped, errors


class Standins:
    """Which application answers a declared client? Any other client keeps its own transport."""

    def __init__(self, given: Migration | None) -> None:
        self.seen: dict[str, int] = {}
        self._by_client: dict[int, Any] = {}
        self._undo: Undo | None = None
        for service in given.world.services if given else ():
            if service.standin:
                import httpx

                standin = httpx.WSGITransport(resolve(service.standin).value)
                self._by_client[id(resolve(service.client).value)] = standin

    def install(self) -> None:
        """Stand before the transports of the declared clients."""
        if self._by_client:
            self._undo = hook(
                "httpx:Client._transport_for_url",
                lambda original, args, kwargs: self._by_client.get(id(args[0])) or original(*args, **kwargs),
            )

    def uninstall(self) -> None:
        """Let the requests through again."""
        if self._undo is not None:
            self._undo()


def _unfolded(errand: Errand, task: Any, given: Migration | None, holders: Holders) -> tuple[Migration, dict[str, str]]:
    """Return the migration to explore with: what is declared, and every engine that the project holds."""
    databases = list(given.world.databases) if given else []
    declared = {id(resolve(d.engine).value) for d in databases}
    metadata: dict[str, str] = {}
    for path, engine in holders.all(is_engine).items():
        base = base_beside(path, holders)
        if id(engine) not in declared and base:
            metadata[path] = base
            databases.append(Database(path, metadata=base))
    entries = [e for e in given.entries if e.legacy == errand.task] if given else []
    if not entries:
        argument = _first_argument(task)
        entries = [
            Entry(
                name=task.name, legacy=errand.task, split=errand.task, accepts=lambda payload: True,  # noqa: ARG005
                arguments=lambda payload: {argument: payload},
            )
        ]  # fmt: skip
    fixture = errand.fixture or (given.world.fixture if given else "")
    world = World(databases=databases, calls=given.world.calls if given else (), fixture=fixture)
    return Migration(name="discover", entries=entries, world=world), metadata


def _task(path: str) -> Any:
    if "" not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    task = resolve(path).value
    if not callable(getattr(task, "apply_async", None)) or not hasattr(task, "app"):
        raise DeclarationError(
            sentence(
                found=f"{path!r}, which is {type(task).__name__}", expected="a Celery task",
                do="name the task that the broker delivers to, for example legacy.tasks:process_message",
            )
        )  # fmt: skip
    return task


def _code(run: Any) -> Any:
    return getattr(inspect.unwrap(getattr(run, "__func__", run)), "__code__", None)


def _first_argument(task: Any) -> str:
    parameters = inspect.signature(task.run).parameters.values()
    names = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if not names:
        takes = "only says that it takes any" if parameters else "takes no argument"  # a base class may hand them on
        raise DeclarationError(
            sentence(
                found=f"the task {task.name!r}, which {takes}", expected="one that takes the payload",
                do="name the task that the broker delivers to, or give a --migration whose entry has arguments=",
            )
        )  # fmt: skip
    return names[0]


def _declared(observer: Observer, given: Migration | None) -> None:
    if given is None:
        return
    observer.declared = {id(resolve(s.client).value) for s in given.world.services}
    observer.declared |= {id(resolve(d.engine).value) for d in given.world.databases}
    observer.declared_functions = {at for call in given.world.calls for at in call.at}


def _known_tasks(given: Migration | None) -> frozenset[str]:
    if given is None:
        return frozenset()
    entries = {resolve(e.legacy).value.name for e in given.entries}
    return frozenset({*given.plumbing, *entries})


def _watch_tasks(observer: Observer, known: frozenset[str], raised: Counter[str]) -> Undo:
    from celery import signals

    def published(sender: str, headers: Mapping[str, Any], **_rest: Any) -> None:
        if sender in known or str(headers.get("id", "")).startswith("message:"):
            return
        wait = seconds_until(headers.get("eta"), datetime.now(UTC))
        countdown = f", countdown {wait:g} s" if wait else ""
        retry = ", a retry" if headers.get("retries") else ""
        observer.see(SightKind.TASK, f"{sender}{retry}{countdown}", sys._getframe(1))

    def failed(sender: Any, exception: BaseException, **_rest: Any) -> None:
        text = f"{sender.name}: {type(exception).__name__}: {exception}".partition("\n")[0]
        raised[Redactor().text(text)[:160]] += 1

    signals.before_task_publish.connect(published, weak=False, dispatch_uid="tasksplit-discover")
    signals.task_failure.connect(failed, weak=False, dispatch_uid="tasksplit-discover")

    def undo() -> None:
        signals.before_task_publish.disconnect(published, dispatch_uid="tasksplit-discover")
        signals.task_failure.disconnect(failed, dispatch_uid="tasksplit-discover")

    return undo


class _Alarms(list[Alarm]):
    """The guard's list, which tells the observer at once, while the frames still stand."""

    observer: Observer | None = None

    def append(self, alarm: Alarm) -> None:
        super().append(alarm)
        if self.observer is not None:
            what = f"{alarm.event} {alarm.target}"[:120]
            self.observer.see(SightKind.REFUSED, what, sys._getframe(1))


def _listen(observer: Observer) -> None:
    if not isinstance(guard.ALARMS, _Alarms):
        guard.ALARMS = _Alarms(guard.ALARMS)
    guard.ALARMS.observer = observer


def _at_import(errand: Errand, error: BaseException) -> str:
    alarms = "; ".join(f"{a.event} {a.target} at {a.site}" for a in guard.ALARMS[-3:])
    why = f"{type(error).__name__}: {error}" + (f" ({alarms})" if alarms else "")
    return sentence(
        found=f"that {errand.task} cannot be loaded and run: {why}",
        expected="modules that can be imported without acting on the world",
        do="move what acts at import time into a function",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
