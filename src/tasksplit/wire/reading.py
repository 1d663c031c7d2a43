"""How is a tagged JSON tree read: as a Python value, or opened for a comparison?"""

from __future__ import annotations

import datetime as dt
import enum
import sys
import uuid
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from tasksplit.wire.writing import TAG


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Which value could not be given back as it was, since its class is not loaded here (or changed)?"""

    type: str
    value: Any


class Opened(NamedTuple):
    """Of which type is a node of a tagged tree, and what is in it?"""

    type: str
    """``dict``, ``list``, ``int``, ``Decimal``, ``enum app.State`` ..."""
    content: Any
    """A dict (members), a list (items), or what tells a leaf from others of its type."""


def tag_of(tree: dict[str, Any]) -> str | None:
    """Return the tag of a node, without its sign; None for a plain mapping."""
    if len(tree) != 1:
        return None
    (name,) = tree
    return name[1:] if name[:1] == TAG and name[1:2] != TAG else None


def members(tree: dict[str, Any]) -> dict[str, Any]:
    """Return a plain mapping with its escaped names as the user wrote them."""
    return {name[1:] if name[:1] == TAG else name: item for name, item in tree.items()}


def opened(tree: Any) -> Opened:
    """Return the type and the content of a node; members and items in it stay as they are."""
    if not isinstance(tree, dict):
        return Opened("None" if tree is None else type(tree).__name__, tree)
    tag = tag_of(tree)
    if tag is None:
        return Opened("dict", members(tree))
    inner = tree[TAG + tag]
    if tag == "dict":
        return Opened("dict", {_key(key): item for key, item in inner})
    if tag in ("enum", "namedtuple"):
        return Opened(f"{tag} {inner[0]}", inner[1])
    return Opened(_NAMES.get(tag, tag), inner)


def _key(tree: Any) -> str | bytes:
    return tree if isinstance(tree, str) else orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)


def value_of(tree: Any) -> Any:
    """Return the Python value of a tagged tree."""
    if isinstance(tree, list):
        return [value_of(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    tag = tag_of(tree)
    if tag is None:
        return {name: value_of(item) for name, item in members(tree).items()}
    read = _READ.get(tag)
    inner = tree[TAG + tag]
    return Foreign(type=tag, value=inner) if read is None else read(inner)


def _collection(kind: type) -> Callable[[Any], Any]:
    def read(items: list[Any]) -> Any:
        values = [value_of(item) for item in items]
        try:
            return kind(values)
        except TypeError:  # held frozen dataclasses, which come back as dicts
            return Foreign(type=kind.__name__, value=values)

    return read


def _dict(pairs: list[list[Any]]) -> Any:
    read = [(value_of(key), value_of(item)) for key, item in pairs]
    try:
        return dict(read)
    except TypeError:
        return Foreign(type="dict", value=read)


def _enum(inner: list[Any]) -> Any:
    name, value = inner[0], value_of(inner[1])
    kind = _loaded(name)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        try:
            return kind(value)
        except (ValueError, TypeError):
            pass
    return Foreign(type=name, value=value)


def _namedtuple(inner: list[Any]) -> Any:
    name, fields = inner[0], value_of(inner[1])
    kind = _loaded(name)
    if isinstance(kind, type) and issubclass(kind, tuple) and set(getattr(kind, "_fields", ())) == set(fields):
        return kind(**fields)
    return Foreign(type=name, value=fields)


def _loaded(name: str) -> Any:
    """Find a class by its qualified name among the loaded modules; bytes never import anything."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(parts[:cut]))
        if found is not None:
            for part in parts[cut:]:
                found = getattr(found, part, None)
            return found
    return None


_NAMES = {"decimal": "Decimal", "uuid": "UUID"}
_READ: dict[str, Callable[[Any], Any]] = {
    "str": lambda inner: inner.encode().decode("unicode_escape"),
    "int": lambda inner: int(inner, 0),
    "float": float,
    "dict": _dict,
    "tuple": _collection(tuple),
    "set": _collection(set),
    "frozenset": _collection(frozenset),
    "bytes": b64decode,
    "bytearray": lambda inner: bytearray(b64decode(inner)),
    "decimal": Decimal,
    "uuid": uuid.UUID,
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "timedelta": lambda inner: dt.timedelta(*inner),
    "enum": _enum,
    "namedtuple": _namedtuple,
}
