"""Which payloads of a folder are messages, for which entry, and under which key?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from tasksplit.capture.arrival import message
from tasksplit.errors import DeclarationError, MessageError, sentence
from tasksplit.model.message import Message, Refused
from tasksplit.model.migration import Migration
from tasksplit.worlds.references import resolve

MOST_BYTES = 4 * 1024 * 1024
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
