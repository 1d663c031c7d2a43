"""Which Celery task is an entry?"""

from __future__ import annotations

from typing import Any

from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
from tasksplit.worlds.references import resolve


def entry_task(migration: Migration, entry: str, side: Side) -> Any:
    """Return the Celery task of an entry on one side."""
    declared = next(e for e in migration.entries if e.name == entry)
    return resolve(declared.legacy if side is Side.LEGACY else declared.split).value
