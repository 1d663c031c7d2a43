"""What is a payload as a message: for which entry, under which key, and can it be one at all?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from tasksplit.errors import MessageError
from tasksplit.model.message import Message, Origin
from tasksplit.model.migration import Entry, Key, Migration
from tasksplit.wire.paths import value_at

MOST_LEVELS = 100


def message(migration: Migration, name: str, payload: Any) -> Message:
    """Make a message of a payload; raise MessageError with the reason when it cannot be one."""
    _check(payload)
    for entry in migration.entries:
        if _accepts(entry.accepts, payload):
            return _message(migration, entry, name, payload, Origin.TEST)
    raise MessageError("no entry of the migration accepts it")


def live_message(migration: Migration, entry: Entry, *, task_id: str, payload: Any) -> Message:
    """Make a message of what a worker received for an entry; raise MessageError when it cannot be one."""
    _check(payload)
    return _message(migration, entry, task_id, payload, Origin.LIVE)


def key_of(migration: Migration, payload: Any) -> str | None:
    """Return what stays together in a canary; None: the message has none, and stays with legacy until ``live``."""
    return _key(migration.key, payload)


def _message(migration: Migration, entry: Entry, name: str, payload: Any, origin: Origin) -> Message:
    try:
        written = orjson.dumps([entry.name, payload], option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:  # a lone surrogate, a number beyond 64 bits
        raise MessageError("it holds what other readers of JSON would not take", str(error)) from error
    digest = hashlib.blake2b(written).hexdigest()[:32]
    return Message(
        id=name, payload=payload, entry=entry.name, key=_key(migration.key, payload), digest=digest, origin=origin
    )


def _check(payload: Any) -> None:
    """Refuse what a worker would lose, before it looks like a difference."""
    level = [payload]
    for _depth in range(MOST_LEVELS):
        level = list(_inside(level))
        if not level:
            return
    raise MessageError(f"it is nested more than {MOST_LEVELS} levels deep")


def _inside(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, dict):
            if "__type__" in value and "__value__" in value:
                raise MessageError("it has a member with __type__ and __value__, which Celery's JSON would decode")
            yield from value.values()
        elif isinstance(value, list):
            yield from value


def _accepts(accepts: Any, payload: Any) -> bool:
    try:
        return bool(accepts(payload))
    except Exception as error:
        raise MessageError(f"the entry's accepts() raised {type(error).__name__}", str(error)) from error


def _key(keys: Sequence[Key], payload: Any) -> str | None:
    for key in keys:
        try:
            value = value_at(key, payload) if isinstance(key, str) else key(payload)
        except Exception:  # noqa: BLE001  # a key function that cannot cope with a payload: it has no key
            value = None
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return None
