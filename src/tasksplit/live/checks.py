"""What is said when a worker starts, and before a handler leaves ``shadow``? Pure, over settings as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from celery import Celery

from tasksplit.errors import sentence
from tasksplit.model.evidence import Finding
from tasksplit.model.migration import Migration
from tasksplit.model.rollout import Flags
from tasksplit.rollout.laws import broken
from tasksplit.rollout.structure import Structure
from tasksplit.worlds.references import resolve

_MOST_RETRIES = 20  # of a lost worker: a message that kills its worker each time must come to an end


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSettings:
    """What do Celery's settings come to for one task?"""

    name: str
    acks_late: bool
    reject_on_lost: bool = False
    retry_on_lost: bool = False
    max_retries: int | None = 3
    retry_delay: float = 180.0
    """Seconds."""
    time_limit: float | None = None
    """Seconds; of the hard limit, or the soft one where there is none."""
    keeps_result: bool = False
    """Whether somebody could read its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """What do Celery's settings come to for a worker?"""

    broker: str
    """The transport: ``redis``, ``amqp`` ..."""
    visibility_timeout: float = 3600.0
    """Seconds; of Redis and its like."""
    restore_interval: float = 10.0
    restore_throttle: float = 10.0
    tasks: Sequence[TaskSettings] = ()
    result_declared: bool = False
    """Whether the migration's owner declared that ``skipped`` may stand for a result."""


def settings_of(app: Celery, migration: Migration, *, result_declared: bool = False) -> AppSettings:
    """Return the settings of the entries of legacy, on their app. Raises ``DeclarationError`` of a path."""
    options = dict(app.conf.broker_transport_options or {})
    return AppSettings(
        broker=str(app.connection_for_read().transport_cls),
        visibility_timeout=float(options.get("visibility_timeout", 3600)),
        restore_interval=float(options.get("unacked_restore_interval", 10)),
        restore_throttle=float(options.get("unacked_restore_throttle", 10)),
        tasks=tuple(_task(app, resolve(entry.legacy).value) for entry in migration.entries if entry.legacy),
        result_declared=result_declared,
    )


def findings(settings: AppSettings) -> tuple[Finding, ...]:
    """Return what is wrong, what blocks first."""
    found = [*_broker(settings)]
    for task in settings.tasks:
        found += [*_acknowledged(task), *_lost(task), *_timed(task, settings), *_result(task, settings)]
    return tuple(sorted(found, key=lambda one: not one.blocks))


def flags_findings(flags: Flags, structure: Structure) -> tuple[Finding, ...]:
    """Return which laws the stored flags break; routes are closed all the same, so that less is the split's."""
    return tuple(
        Finding(code="flags-not-closed", text=f"The flags say {law}.", blocks=False) for law in broken(flags, structure)
    )


def store_findings(problems: Sequence[str]) -> tuple[Finding, ...]:
    """Return what the stores of flags and claims say against themselves, by ``problems()`` of each."""
    return tuple(Finding(code="store", text=text, blocks=True) for text in dict.fromkeys(problems))


def _acknowledged(task: TaskSettings) -> Iterator[Finding]:
    if not task.acks_late:
        yield Finding(
            code="acks-early",
            text=sentence(
                found=f"{task.name!r}, which is acknowledged before it runs",
                expected="late acknowledgement: a message comes again whose worker dies, or that waits for the store",
                do=f"set acks_late=True on {task.name!r}",
            ),
            blocks=True,
        )


def _lost(task: TaskSettings) -> Iterator[Finding]:
    if not task.acks_late:
        return
    if not task.reject_on_lost and not task.retry_on_lost:
        yield Finding(
            code="lost-worker",
            text=sentence(
                found=f"{task.name!r}, of which a message is lost when its process is killed",
                expected="that it comes again, a bounded number of times",
                do="set task_retry_on_worker_lost=True with max_retries and default_retry_delay=0 (Celery 5.7),"
                " or task_reject_on_worker_lost=True",
            ),
            blocks=True,
        )
    elif task.reject_on_lost and not task.retry_on_lost:
        yield Finding(
            code="lost-worker-unbounded",
            text=sentence(
                found=f"{task.name!r}, of which a message that kills its process comes again without end",
                expected="a bounded number of times",
                do="set task_retry_on_worker_lost=True instead of task_reject_on_worker_lost (Celery 5.7)",
            ),
            blocks=False,
        )
    elif task.max_retries is None or task.max_retries > _MOST_RETRIES:
        yield Finding(
            code="lost-worker-unbounded",
            text=sentence(
                found=f"{task.name!r} with max_retries={task.max_retries} where a killed process counts as a retry",
                expected=f"{_MOST_RETRIES} at most: a message that kills its process must come to an end",
                do="set max_retries",
            ),
            blocks=False,
        )
    if task.retry_on_lost and task.retry_delay > 60:
        yield Finding(
            code="lost-worker-slow",
            text=sentence(
                found=f"{task.name!r}, which waits {task.retry_delay:g} s after its process was killed",
                expected="seconds",
                do="set default_retry_delay",
            ),
            blocks=False,
        )


def _timed(task: TaskSettings, settings: AppSettings) -> Iterator[Finding]:
    if "redis" not in settings.broker:
        return
    if task.time_limit is None:
        yield Finding(
            code="no-time-limit",
            text=sentence(
                found=f"{task.name!r} without a time limit; visibility timeout {settings.visibility_timeout:g} s",
                expected="a time limit below it: a longer run is delivered to a second worker while the first is at it",
                do="set time_limit, or a visibility timeout beyond the longest run",
            ),
            blocks=False,
        )
    elif task.time_limit >= settings.visibility_timeout:
        yield Finding(
            code="visibility-timeout",
            text=sentence(
                found=f"a visibility timeout of {settings.visibility_timeout:g} s, and {task.name!r} may run"
                f" {task.time_limit:g} s",
                expected="a longer one: else a second worker begins what the first is still at",
                do="lengthen visibility_timeout in broker_transport_options, or shorten the time limit",
            ),
            blocks=True,
        )


def _result(task: TaskSettings, settings: AppSettings) -> Iterator[Finding]:
    if task.keeps_result and not settings.result_declared:
        yield Finding(
            code="result-read",
            text=sentence(
                found=f"{task.name!r} with a result that is kept, where somebody may read it",
                expected="ignore_result=True, or a declaration: 'skipped' changes what legacy returns",
                do="set ignore_result=True, or declare that the result may hold 'skipped'",
            ),
            blocks=True,
        )


def _broker(settings: AppSettings) -> Iterator[Finding]:
    if "redis" not in settings.broker:
        return
    sweep = settings.restore_interval * settings.restore_throttle
    if sweep > 30:
        yield Finding(
            code="redelivery-slow",
            text=sentence(
                found=f"a broker that looks every {sweep:g} s for messages of dead workers",
                expected="every few seconds: until then nobody acts on them",
                do="set unacked_restore_interval and unacked_restore_throttle to 1 in broker_transport_options",
            ),
            blocks=False,
        )


def _task(app: Celery, task: Any) -> TaskSettings:
    conf = app.conf

    def own(name: str) -> Any:
        value = getattr(task, name, None)
        return conf.get(f"task_{name}") if value is None else value

    hard, soft = own("time_limit"), own("soft_time_limit")
    return TaskSettings(
        name=task.name,
        acks_late=bool(own("acks_late")),
        reject_on_lost=bool(own("reject_on_worker_lost")),
        retry_on_lost=bool(own("retry_on_worker_lost")),
        max_retries=task.max_retries,
        retry_delay=float(task.default_retry_delay or 0),
        time_limit=hard or soft,
        keeps_result=not own("ignore_result") and conf.result_backend not in (None, "", "disabled://"),
    )
