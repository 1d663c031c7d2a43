"""Which handlers were rehearsed, of which code, and what was found?"""

from __future__ import annotations

import orjson
from pydantic import TypeAdapter, ValidationError

from tasksplit.errors import StoreError, sentence
from tasksplit.model.rehearsed import HandlerRehearsed, Rehearsed
from tasksplit.stores.protocol import Store

VERSION = 1  #: of the documents below; another one is refused

_REHEARSED = TypeAdapter(Rehearsed)


def save_rehearsed(store: Store, rehearsed: Rehearsed) -> None:
    """Keep what one call showed, beside those before it. Raises ``StoreError`` where the store is away."""
    document = {"version": VERSION, "rehearsed": _REHEARSED.dump_python(rehearsed, mode="json")}
    store.append(_stream(rehearsed.migration), [orjson.dumps(document)])


def load_rehearsed(store: Store, migration: str) -> tuple[Rehearsed, ...]:
    """Return all that was kept of a migration, oldest first. Raises ``StoreError`` for what cannot be read."""
    return tuple(_read(migration, item) for item in store.read(_stream(migration)))


def latest_rehearsed(store: Store, migration: str, handler: str) -> tuple[Rehearsed, HandlerRehearsed] | None:
    """Return the newest rehearsal of a handler, of whichever code, and the call that it is of; None: there is none."""
    for each in reversed(load_rehearsed(store, migration)):
        found = each.of(handler)
        if found is not None:
            return each, found
    return None


def _stream(migration: str) -> str:
    return f"rehearsed/{migration}"


def _read(migration: str, item: bytes) -> Rehearsed:
    try:
        document = orjson.loads(item)
        if document.get("version") == VERSION:
            return _REHEARSED.validate_python(document["rehearsed"])
        found = f"a rehearsal of {migration!r} of version {document.get('version')}"
    except (ValueError, AttributeError, KeyError, ValidationError) as error:
        found = f"a rehearsal of {migration!r} that cannot be read ({str(error).splitlines()[0]})"
    raise StoreError(
        sentence(found=found, expected=f"version {VERSION}", do="use the tasksplit that wrote it; it was left as it is")
    )
