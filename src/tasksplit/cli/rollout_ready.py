"""Would the split's tasks find workers that know them, and is legacy set up to be routed?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from celery import Celery

from tasksplit.live.checks import findings, settings_of
from tasksplit.model.decision import Answer
from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH
from tasksplit.replay.entries import entry_task
from tasksplit.report.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Which workers answered, which tasks does each know, and in which queues does it look?"""

    knows: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Worker -> names of tasks."""
    consumes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Worker -> names of queues."""
    problem: str = ""
    """Why nobody could be asked, in words."""


class Probe(Protocol):
    """Who can ask the workers?"""

    def __call__(self) -> Fleet:
        """Return who answered, in a bounded time; never raises for a broker that is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What speaks against an advance, and is it a defect (fail), or is something still to come (wait)?"""

    answer: Answer
    said: str


class CeleryProbe:
    """Which workers are there, as Celery's remote control knows them?"""

    def __init__(self, app: Celery, *, workers: int = 0, seconds: float = 2.0) -> None:
        """Name the app; end when ``workers`` have answered, 0: wait ``seconds`` seconds for whoever does."""
        self._app, self._workers, self._seconds = app, workers, seconds

    def __call__(self) -> Fleet:
        """Ask once which tasks they know, and once which queues they consume."""
        try:
            with self._app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0, timeout=self._seconds)
                inspect = self._app.control.inspect(
                    connection=connection, timeout=self._seconds, limit=self._workers or None
                )
                registered = inspect.registered() or {}
                queues = inspect.active_queues() or {}
        except Exception as error:  # noqa: BLE001  # each transport has errors of its own, and all mean the same
            said = f"no worker can be asked ({type(error).__name__}: {str(error)[:200]}): see that the broker is there"
            return Fleet(problem=said)
        return Fleet(
            # each as "name", or "name [rate_limit=10/m]"
            knows={worker: frozenset(task.split(" ", 1)[0] for task in tasks) for worker, tasks in registered.items()},
            consumes={worker: frozenset(queue["name"] for queue in each) for worker, each in queues.items()},
        )


def app_of(migration: Migration) -> Celery:
    """Return the app that the split's tasks belong to."""
    app: Celery = entry_task(migration, migration.entries[0].name, Side.SPLIT).app
    app.loader.import_default_modules()  # a task's own queue is known once its module is
    return app


def tasks_of(migration: Migration, handler: str) -> tuple[str, ...]:
    """Return the tasks that stand for a handler on the split; for dispatch its entries, and those they go on in."""
    if handler == DISPATCH:
        entries = (entry_task(migration, entry.name, Side.SPLIT).name for entry in migration.entries)
        return (*entries, *migration.dispatch.goes_on)
    own = migration.handler(handler).split
    return (own,) if own else ()


def unready(
    migration: Migration, handlers: Sequence[str], fleet: Fleet, *, workers: int = 0
) -> dict[str, tuple[Objection, ...]]:
    """Return what speaks against each handler: too few workers, or one that would get its task and not know it."""
    app = app_of(migration)
    common = tuple(_wait(said) for said in _too_few(fleet, workers))
    return {
        name: common or tuple(_wait(said) for task in tasks_of(migration, name) for said in _unknown(app, task, fleet))
        for name in handlers
    }


def unfit(migration: Migration) -> tuple[Objection, ...]:
    """Return what blocks in how legacy is set up, as its workers say it at start: above all early acknowledgement."""
    app: Celery = entry_task(migration, migration.entries[0].name, Side.LEGACY).app
    found = findings(settings_of(app, migration))
    return tuple(Objection(answer=Answer.FAIL, said=f"{each.code}: {each.text}") for each in found if each.blocks)


def queue_of(app: Celery, task: str) -> str:
    """Return the queue in which a task waits: its own, that of its route, or the default one."""
    known: Any = app.tasks.get(task)
    own = getattr(known, "queue", None)
    return str(app.amqp.router.route({"queue": own} if own else {}, task, task_type=known)["queue"].name)


def _too_few(fleet: Fleet, workers: int) -> Iterator[str]:
    if fleet.problem:
        yield fleet.problem
    elif len(fleet.knows) < max(1, workers):
        yield f"{counted(len(fleet.knows), 'worker')} answered, {max(1, workers)} must: start them, or give them longer"


def _unknown(app: Celery, task: str, fleet: Fleet) -> Iterator[str]:
    queue = queue_of(app, task)
    takers = [worker for worker, queues in fleet.consumes.items() if queue in queues]
    if not takers:
        yield f"no worker that answered consumes {queue!r}, the queue of {task!r}: start one"
    ignorant = sorted(worker for worker in takers if task not in fleet.knows.get(worker, ()))
    if ignorant:
        yield f"{', '.join(ignorant)} would get the task {task!r} and does not know it: deploy the split there first"


def _wait(said: str) -> Objection:
    return Objection(answer=Answer.WAIT, said=said)
