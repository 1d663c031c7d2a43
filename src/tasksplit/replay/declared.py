"""Where is the migration, and does everything that it names exist?"""

from __future__ import annotations

import os
import sys

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
from tasksplit.replay import queues
from tasksplit.replay.entries import entry_task
from tasksplit.worlds.references import resolve
from tasksplit.worlds.scratch import engine_of


def load(path: str) -> Migration:
    """Return the migration at ``module:name``, checked; raise DeclarationError when something in it is not there."""
    migration = find(path)
    check(migration)
    return migration


def find(path: str) -> Migration:
    """Return the migration at ``module:name``; what it names may not be there yet."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    value = resolve(path).value
    if not isinstance(value, Migration):
        raise DeclarationError(
            sentence(
                found=f"{path!r}, which is {type(value).__name__}",
                expected="a tasksplit.Migration",
                do="name the migration, for example shadow.migration:migration",
            )
        )
    return value


def check(migration: Migration) -> None:
    """Resolve every dotted path and look up every queue.

    Raises DeclarationError with what was found, what was expected and what to do.
    """
    for entry in migration.entries:
        for side in Side:
            _is_task(entry.legacy if side is Side.LEGACY else entry.split, entry_task(migration, entry.name, side))
    for handler in migration.handlers:
        _is_callable(handler.legacy)
        _is_callable(handler.implementation)
    for database in migration.world.databases:
        engine_of(database)
    for service in migration.world.services:
        resolve(service.client)
        _is_callable(service.standin)
    for call in migration.world.calls:
        for at in (*call.at, call.standin):
            _is_callable(at)
    _is_callable(migration.world.fixture)
    _is_callable(migration.messages)
    queues.check(migration)


def _is_callable(path: str) -> None:
    if path and not callable(resolve(path).value):
        raise DeclarationError(
            sentence(found=f"{path!r}, which cannot be called", expected="a function", do="name the function itself")
        )


def _is_task(path: str, value: object) -> None:
    if not (hasattr(value, "apply_async") and hasattr(value, "app")):
        raise DeclarationError(
            sentence(
                found=f"{path!r}, which is {type(value).__name__}",
                expected="a Celery task",
                do="name what @app.task returned",
            )
        )
