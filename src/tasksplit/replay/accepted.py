"""Which differences does ``accepted.toml`` accept, and how is one written there?"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tasksplit.errors import DeclarationError, sentence
from tasksplit.gate.accepted import Accepted
from tasksplit.model.accepted import Acceptance
from tasksplit.model.migration import Migration
from tasksplit.replay.versions import accepted_file, versions

_HEAD = "# Differences that may stand for a while, reviewed like code. `tasksplit accept` writes it; comments go.\n"
_FIELDS = tuple(field.name for field in fields(Acceptance))


def accepted(migration: Migration, path: str) -> Accepted:
    """Return what is accepted beside the declaration at ``path``, as of today and of this code.

    Raises ``DeclarationError`` where the file cannot be read, or names a handler that is none.
    """
    place = accepted_file(path)
    entries = read(place) if place is not None else ()
    for one in entries:
        if one.handler not in migration.names:
            migration.handler(one.handler)  # raises, and names those that there are
    code = versions(migration, path)
    return Accepted(entries, today=today(), legacy=code["legacy"], split=code["split"])


def today() -> date:
    """Return the day that it is, in UTC."""
    return datetime.now(UTC).date()


def read(place: Path) -> tuple[Acceptance, ...]:
    """Return the entries of a file; none where there is no file. Raises ``DeclarationError`` with what is wrong."""
    try:
        told = tomllib.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise _wrong(place, f"that cannot be read ({error})", "TOML, as `tasksplit accept` writes it") from error
    entries = told.pop("accepted", [])
    if told or not isinstance(entries, list):
        raise _wrong(place, f"with {', '.join(map(repr, told)) or 'accepted = ...'}", "[[accepted]] tables alone")
    found = tuple(_entry(place, number, one) for number, one in enumerate(entries, 1))
    names = [(one.handler, one.fingerprint) for one in found]
    for name in names:
        if names.count(name) > 1:
            raise _wrong(place, f"with {name[1]} of {name[0]} twice", "each difference of a handler once")
    return found


def write(place: Path, entries: Sequence[Acceptance]) -> None:
    """Write the entries, by handler and fingerprint, each on lines of its own.

    Raises ``DeclarationError`` where they cannot be written.
    """
    ordered = sorted(entries, key=lambda one: (one.handler, one.fingerprint))
    try:
        written = (_HEAD + "".join(map(_table, ordered))).encode()  # before the file is opened, which empties it
        place.write_bytes(written)
    except (OSError, UnicodeError) as error:
        found = f"{place} that cannot be written ({error})"
        expected, do = "text in Unicode, and a file that is ours to write", "correct the text, or open the file to us"
        raise DeclarationError(sentence(found=found, expected=expected, do=do)) from error


def _entry(place: Path, number: int, told: Any) -> Acceptance:  # whatever TOML can hold
    if not isinstance(told, Mapping) or not told.keys() <= set(_FIELDS):
        raise _wrong(place, f"whose entry {number} is {told!r}", "the fields " + ", ".join(_FIELDS))
    for name in ("since", "until"):
        if type(told.get(name)) is not date:
            raise _wrong(place, f"whose entry {number} has no day {name}", f"{name} = 2026-01-31, without quotes")
    try:
        return Acceptance(**told)
    except TypeError as error:
        missing = [name for name in _FIELDS if name not in told]
        raise _wrong(place, f"whose entry {number} has no {', '.join(missing)}", "all of them") from error


def _table(one: Acceptance) -> str:
    lines = (f"{name} = {_value(getattr(one, name))}" for name in _FIELDS)
    return "\n[[accepted]]\n" + "\n".join(lines) + "\n"


def _value(value: str | float | date) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # JSON leaves it as it is, TOML may not
    return repr(float(value))


def _wrong(place: Path, found: str, expected: str) -> DeclarationError:
    return DeclarationError(sentence(found=f"{place} {found}", expected=expected, do="correct the file"))
