"""What is the same on this worker for every message that is acted on?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tasksplit.live.carried import Carried, Tasks
from tasksplit.live.handover import Handover
from tasksplit.live.holding import Holding
from tasksplit.live.noted import Note
from tasksplit.live.waiting import Waiting
from tasksplit.model.migration import Migration
from tasksplit.stores.claims_store import ClaimStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Who decides, asks, sends, waits and counts?"""

    migration: Migration
    claims: ClaimStore
    holding: Holding
    carried: Carried
    tasks: Tasks
    handover: Handover
    waiting: Waiting
    note: Note
    back_with: Mapping[str, frozenset[str]]
    """For each handler all that must be with legacy where it is, see ``rollout.routes.back_with``."""
