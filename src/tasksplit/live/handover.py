"""How does legacy hand a run to the split? By the user's own task object, under the user's own options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from celery import Celery

from tasksplit.live.carried import Carried, claim_header
from tasksplit.model.migration import Migration
from tasksplit.model.route import ClaimId, Route
from tasksplit.wire.header import NAME
from tasksplit.worlds.references import resolve


class Handover:
    """Who sends a split task?"""

    def __init__(self, migration: Migration, app: Celery, carried: Carried) -> None:
        self._migration, self._carried = migration, carried
        self._apps = [app]

    def prepare(self) -> None:
        """Find the applications of the split's tasks: the entries say which. Raises ``DeclarationError``.

        They come before the application of this worker: Celery shares tasks between all applications of a process, and
        that one's routes would lead the split's tasks into the queues of legacy. To be called once the modules of the
        tasks may be imported, and before a worker takes messages.
        """
        splits = [resolve(entry.split).value.app for entry in self._migration.entries if entry.split]
        self._apps = list(dict.fromkeys([*splits, *self._apps]))
        for app in self._apps:
            app.loader.import_default_modules()

    def unknown(self) -> tuple[str, ...]:
        """Return the split tasks that no application here has: they are sent by name, under routes by name alone."""
        return tuple(task for task in sorted(self._migration.tasks) if self._task(task) is None)

    def entry_task(self, entry: str) -> str:
        """Return the name of the split's task of an entry. Raises ``DeclarationError`` where its path leads nowhere."""
        declared = next(e for e in self._migration.entries if e.name == entry)
        return str(resolve(declared.split).value.name)

    def send(self, name: str, kwargs: Mapping[str, Any], wanted: ClaimId, route: Route) -> None:
        """Send the split task of a run: its id follows from the claim, so that sending it twice is one task twice.

        Raises what publishing raises: ``OperationalError`` where the broker is away.
        """
        task_id = wanted.task_id(self._migration.name)
        headers = claim_header(wanted)
        if signed := self._carried.signed(route, task_id):
            headers[NAME] = signed
        task = self._task(name)
        if task is None:
            self._apps[0].send_task(name, kwargs=dict(kwargs), task_id=task_id, headers=headers)
        else:
            task.apply_async(kwargs=dict(kwargs), task_id=task_id, headers=headers)

    def _task(self, name: str) -> Any:
        return next((app.tasks[name] for app in self._apps if name in app.tasks), None)
