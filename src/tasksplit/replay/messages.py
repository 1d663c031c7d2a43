"""Which payloads of a folder are messages, for which entry, and under which key?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from tasksplit.errors import DeclarationError, MessageError, sentence
from tasksplit.model.message import Message, Origin, Refused
from tasksplit.model.migration import Key, Migration
from tasksplit.worlds.references import resolve

MOST_BYTES = 4 * 1024 * 1024
MOST_LEVELS = 100
GENERATED = "generated/"  #: how the names of generated messages begin


def of_folder(migration: Migration, folder: Path) -> tuple[list[Message], list[Refused]]:
    """Read every ``*.json`` below ``folder``; what cannot be used is named with its reason, and the rest goes on."""
    if not folder.is_dir():
        raise DeclarationError(
            sentence(found=f"no folder {str(folder)!r}", expected="a folder of JSON payloads", do="correct --messages")
        )
    messages, refused = [], []
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).as_posix()
        try:
            messages.append(message(migration, name, _read(path)))
        except MessageError as error:
            refused.append(_refused(name, error))
        except OSError as error:
            refused.append(Refused(name=name, reason="it cannot be read", detail=str(error.strerror)))
    return once(messages, refused)


def generated(migration: Migration, per_kind: int, seed: int = 2) -> tuple[list[Message], list[Refused]]:
    """Ask the declared generator for messages, with at least ``per_kind`` distinct keys of each kind."""
    messages, refused = [], []
    for name, payload in resolve(migration.messages).value(seed, per_kind):
        try:
            messages.append(message(migration, f"{GENERATED}{name}", payload))
        except MessageError as error:
            refused.append(_refused(f"{GENERATED}{name}", error))
    return once(messages, refused)


def once(messages: Iterable[Message], refused: Sequence[Refused] = ()) -> tuple[list[Message], list[Refused]]:
    """Leave out what has the same content as one before, or its name: it would be counted twice, or mixed up."""
    seen: set[str] = set()
    names: set[str] = set()
    kept, others = [], list(refused)
    for one in messages:
        if one.digest in seen:
            others.append(Refused(name=one.id, reason="the same content as a message before it"))
        elif one.id in names:
            others.append(Refused(name=one.id, reason="the same name as a message before it"))
        else:
            seen.add(one.digest)
            names.add(one.id)
            kept.append(one)
    return kept, others


def message(migration: Migration, name: str, payload: Any) -> Message:
    """Make a message of a payload; raise MessageError with the reason when it cannot be one."""
    _check(payload)
    for entry in migration.entries:
        if _accepts(entry.accepts, payload):
            digest = hashlib.blake2b(orjson.dumps([entry.name, payload], option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
            return Message(
                id=name, payload=payload, entry=entry.name, key=_key(migration.key, payload), digest=digest,
                origin=Origin.TEST,
            )  # fmt: skip
    raise MessageError("no entry of the migration accepts it")


def _refused(name: str, error: MessageError) -> Refused:
    return Refused(name=name, reason=error.reason, detail=error.detail)


def _read(path: Path) -> Any:
    if path.stat().st_size > MOST_BYTES:
        raise MessageError(f"it has more than {MOST_BYTES:,} bytes", f"{path.stat().st_size:,}")
    content = path.read_bytes()
    if not content.strip():
        raise MessageError("it is empty")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise MessageError("it is not JSON", str(error)) from error


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
            value = _at(key, payload) if isinstance(key, str) else key(payload)
        except Exception:  # noqa: BLE001  # a key function that cannot cope with a payload: it has no key
            value = None
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return None


def _at(path: str, payload: Any) -> Any:
    for name in path.removeprefix("$").lstrip(".").split("."):
        if not isinstance(payload, dict):
            return None
        payload = payload.get(name)
    return payload
