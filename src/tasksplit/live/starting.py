"""What is said when a worker has started? How its app, broker and store are set up, where that speaks against a move.

It is looked up by a thread of its own: a store that is away must not keep a worker waiting.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

from celery import Celery

from tasksplit.live.checks import findings, flags_findings, settings_of, store_findings
from tasksplit.model.evidence import Finding
from tasksplit.model.migration import Migration
from tasksplit.model.rollout import Flags
from tasksplit.rollout.structure import Structure
from tasksplit.stores.claims_store import ClaimStore

_log = logging.getLogger(__name__)

BLOCKS = "No handler can leave shadow like this."


class Starting:
    """What is to be looked at when a worker has started?"""

    def __init__(
        self, app: Celery, migration: Migration, *, claims: ClaimStore, read: Callable[[], Flags], declared: bool
    ) -> None:
        """``read``: asks the store for the flags. ``declared``: that ``skipped`` may stand for a result."""
        self._app, self._migration = app, migration
        self._claims, self._read, self._declared = claims, read, declared

    def say(self) -> None:
        """Log what is found, each finding once; what blocks as an error. Returns at once."""
        threading.Thread(target=self._say, name="tasksplit looks around", daemon=True).start()

    def found(self) -> Iterator[Finding]:
        """Yield what speaks against this worker. Raises ``DeclarationError`` of a path, ``StoreError`` of a store."""
        yield from findings(settings_of(self._app, self._migration, result_declared=self._declared))
        yield from store_findings(self._claims.problems())
        yield from flags_findings(self._read(), Structure.of(self._migration))

    def _say(self) -> None:
        try:
            for one in self.found():
                if one.blocks:
                    _log.error("tasksplit: %s: %s %s", one.code, one.text, BLOCKS)
                else:
                    _log.warning("tasksplit: %s: %s", one.code, one.text)
        except Exception as error:  # noqa: BLE001  # ours, or a store that is away: the worker is at work already
            _log.warning("tasksplit could not look at how this worker is set up: %s: %s", type(error).__name__, error)
