"""Does every task of the split wait in a queue that somebody consumes, and because it was routed there?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from celery import Celery
from celery.exceptions import QueueNotFound

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
from tasksplit.replay.broker import Published
from tasksplit.replay.entries import entry_task
from tasksplit.wire.moments import seconds_until


def check(migration: Migration) -> None:
    """Look up the queue of every task of the split that the migration names; nothing where it declares no queues.

    Raises DeclarationError, one sentence a line, where a task is routed nowhere, or to a queue without a consumer.
    """
    if not migration.queues:
        return
    wrong = [problem for app, name in _tasks(migration) if (problem := _problem(app, name, migration))]
    if wrong:
        raise DeclarationError("\n".join(wrong))


def _tasks(migration: Migration) -> Iterator[tuple[Celery, str]]:
    """Yield the entries' tasks, those they go on in, the handlers' and the plumbing, each with its app and once."""
    entries = [entry_task(migration, entry.name, Side.SPLIT) for entry in migration.entries]
    app: Celery = entries[0].app
    _import_tasks(app)
    found = {task.name: task.app for task in entries}
    own = [*migration.dispatch.goes_on, *(handler.split for handler in migration.handlers if handler.split)]
    found |= {name: app for name in own if name not in found}
    found |= {name: app for name in migration.plumbing if name not in found and name in app.tasks}  # else legacy's own
    yield from ((app, name) for name, app in found.items())


def _import_tasks(app: Celery) -> None:
    """Import what the app includes: a task's own queue is known once its module is."""
    try:
        app.loader.import_default_modules()
    except Exception as error:
        raise DeclarationError(
            sentence(
                found=f"that the app {app.main!r} cannot import its tasks: {type(error).__name__}: {error}",
                expected="modules that can be imported",
                do="correct include= or imports= of the app, or the module",
            )
        ) from error


def _problem(app: Celery, name: str, migration: Migration) -> str:
    known = "one of the queues " + ", ".join(migration.queues)
    try:
        queue = queue_of(app, name)
    except QueueNotFound as error:
        return sentence(
            found=f"the task {name!r}, whose route Celery refuses: {error.args[0]}",
            expected=f"an explicit route to {known}",
            do=f"declare that queue in task_queues, or correct the route of {name!r}",
        )
    except Exception as error:  # noqa: BLE001  # a router is the user's function
        return sentence(
            found=f"the task {name!r}, for which a router raised {type(error).__name__}: {error}",
            expected=f"an explicit route to {known}, for a call without arguments too",
            do="let the router answer by the name of the task",
        )
    if not queue:
        told = "routed without the name of a queue" if queue == "" else "without a route"
        return sentence(
            found=f"the task {name!r} {told}, which leaves it to the default queue {app.conf.task_default_queue!r}",
            expected=f"an explicit route to {known}",
            do=f"add {name!r} with a queue to task_routes of the app {app.main!r}",
        )
    if queue not in migration.queues:
        return sentence(
            found=f"the task {name!r} routed to the queue {queue!r}, which no worker consumes",
            expected=known,
            do=f"correct its route, or start a worker for {queue!r} and add it to Migration(queues=...)",
        )
    return ""


def sent_with(sent: Published, now: datetime) -> dict[str, Any]:
    """Return countdown and expiry (seconds from ``now``; None: none) and priority that a task was sent with."""
    return {
        "countdown": seconds_until(sent.headers.get("eta"), now),
        "expires": seconds_until(sent.headers.get("expires"), now),
        "priority": sent.properties.get("priority"),
    }


def may_not_come(app: Celery, sent: Published, options: Mapping[str, Any], queues: Sequence[str]) -> bool:
    """Return whether a task was sent so that it comes late, or never: legacy does the same at once.

    ``options``: as of ``sent_with``. What the task itself declares is its own affair.
    """
    expires = getattr(app.tasks.get(sent.task), "expires", None) is not None
    lost = bool(queues) and sent.queue not in queues
    return lost or options["countdown"] is not None or (options["expires"] is not None) != expires


def queue_of(app: Celery, name: str) -> str | None:
    """Return the queue that the task or a route names, as Celery's router reads it; None where there is no route."""
    router = app.amqp.router
    task = app.tasks.get(name)
    own = getattr(task, "queue", None)  # Celery lets it go before every route, and discourages it
    route: Any = {"queue": own} if own else router.lookup_route(name, (), {}, {}, task)
    if not route:
        return None
    expanded = router.expand_destination(dict(route) if isinstance(route, Mapping) else route)
    return str(expanded["queue"].name) if "queue" in expanded else ""
