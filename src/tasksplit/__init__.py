"""Split one Celery task into many, one handler at a time, and prove each step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasksplit.errors import DeclarationError, TasksplitError
from tasksplit.model import rules
from tasksplit.model.decision import Bar
from tasksplit.model.migration import Database, Dispatch, Effect, Entry, Handler, Http, Migration, Read, World
from tasksplit.model.redact import Redact

if TYPE_CHECKING:
    from tasksplit.live.install import Options, install

__all__ = [
    "Bar",
    "Database",
    "DeclarationError",
    "Dispatch",
    "Effect",
    "Entry",
    "Handler",
    "Http",
    "Migration",
    "Options",
    "Read",
    "Redact",
    "TasksplitError",
    "World",
    "install",
    "rules",
]


def __getattr__(name: str) -> Any:  # Any: of a module's names, whatever they are
    """Load what only a worker needs when it is asked for: a declaration costs little to import."""
    if name in ("install", "Options"):
        from tasksplit.live import install

        return getattr(install, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
