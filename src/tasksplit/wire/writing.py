"""How does a Python value become a tagged JSON tree?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from math import isfinite
from types import MappingProxyType
from typing import Any

import orjson

from tasksplit.wire.paths import Segment

TAG = "$"
MAX_DEPTH = 100  #: levels of the tagged tree; deeper is a mistake or an attack
MAX_VALUES = 5_000_000  #: of one tree; guards against small values that share themselves a million times
_LONGEST_DECIMAL = 12_000  # bits; Python refuses to write much longer numbers in decimal

Where = tuple[Any, Segment] | None  # the way up, as a linked list: only an error spells it out
Handle = Callable[["Writer", Any, Where], Any]


class Unwritable(Exception):  # noqa: N818 - not an error of its own, canonical() makes one of it
    """Which value cannot be written, and where is it?"""

    def __init__(self, what: str, type_name: str, where: Where) -> None:
        super().__init__(what)
        self.what = what
        self.type_name = type_name
        self.segments = tuple(reversed(list(_upwards(where))))


def _upwards(where: Where) -> Iterator[Segment]:
    while where is not None:
        where, segment = where
        yield segment


def class_name(kind: type) -> str:
    """Return the module-qualified name of a class."""
    return f"{kind.__module__}.{kind.__qualname__}"


class Writer:
    """How deep are we, and how much has been written?"""

    __slots__ = ("_depth", "_values")

    def __init__(self) -> None:
        self._depth = 0
        self._values = 0

    def tree(self, value: Any, where: Where) -> Any:
        """Return the tagged JSON tree of a value; raise Unwritable where there is none."""
        kind = type(value)
        handle = _HANDLES.get(kind) or _handle_of(kind)
        if handle is None:
            raise Unwritable(f"a value of type {class_name(kind)}", class_name(kind), where)
        self._depth += 1
        self._values += 1
        if self._depth > MAX_DEPTH or self._values > MAX_VALUES:
            raise Unwritable("a value that is too deeply nested or too large", class_name(kind), where)
        try:
            return handle(self, value, where)
        except RecursionError as error:
            raise Unwritable("a value nested too deeply for this stack", class_name(kind), where) from error
        finally:
            self._depth -= 1

    def tagged(self, tag: str, items: Iterable[Any], where: Where) -> dict[str, list[Any]]:
        """Return the items as a list under a tag: one level more."""
        self._depth += 1
        trees = [self.tree(item, (where, index)) for index, item in enumerate(items)]
        self._depth -= 1
        return {TAG + tag: trees}

    def members(self, pairs: Iterable[tuple[str, Any]], where: Where) -> dict[str, Any]:
        """Return named values as a plain mapping, with names that look like tags escaped."""
        return {TAG + name if name[:1] == TAG else name: self.tree(value, (where, name)) for name, value in pairs}


def _str(_: Writer, value: str, __: Where) -> Any:
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"$str": text.encode("unicode_escape").decode()}
    return text


def _int(_: Writer, value: int, __: Where) -> Any:
    number = int.__index__(value)
    if -(2**63) <= number < 2**64:
        return number
    return {"$int": str(number) if number.bit_length() < _LONGEST_DECIMAL else hex(number)}


def _float(_: Writer, value: float, __: Where) -> Any:
    return float.__float__(value) if isfinite(value) else {"$float": float.__repr__(value)}


def _dict(writer: Writer, value: dict[Any, Any], where: Where) -> Any:
    if all(isinstance(key, str) and not isinstance(key, enum.Enum) and _is_text(key) for key in value):
        return writer.members(((str.__str__(key), item) for key, item in value.items()), where)
    writer._depth += 2
    pairs = [_pair(writer, key, item, where) for key, item in value.items()]
    writer._depth -= 2
    return {"$dict": sorted(pairs, key=lambda pair: _text(pair[0]))}


def _pair(writer: Writer, key: Any, item: Any, where: Where) -> list[Any]:
    tree = writer.tree(key, where)
    return [tree, writer.tree(item, (where, tree if isinstance(tree, str) else _text(tree)))]


def _is_text(key: str) -> bool:
    return key.isascii() or not any("\ud800" <= character <= "\udfff" for character in key)


def _text(tree: Any) -> bytes:
    return orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)


def _list(writer: Writer, value: Iterable[Any], where: Where) -> Any:
    return [writer.tree(item, (where, index)) for index, item in enumerate(value)]


def _tuple(writer: Writer, value: tuple[Any, ...], where: Where) -> Any:
    fields = getattr(type(value), "_fields", None)
    if not isinstance(fields, tuple):
        return writer.tagged("tuple", value, where)
    writer._depth += 2
    named = writer.members(zip(fields, value, strict=True), where)
    writer._depth -= 2
    return {"$namedtuple": [class_name(type(value)), named]}


def _set(tag: str) -> Handle:
    def handle(writer: Writer, value: Iterable[Any], where: Where) -> Any:
        tree = writer.tagged(tag, value, where)
        tree[TAG + tag].sort(key=_text)
        return tree

    return handle


def _enum(writer: Writer, value: enum.Enum, where: Where) -> Any:
    writer._depth += 1
    inner = writer.tree(value.value, (where, "value"))
    writer._depth -= 1
    return {"$enum": [class_name(type(value)), inner]}


def _text_of(tag: str, text: Callable[[Any], str]) -> Handle:
    return lambda _, value, __: {TAG + tag: text(value)}


def _timedelta(_: Writer, value: dt.timedelta, __: Where) -> Any:
    return {"$timedelta": [value.days, value.seconds, value.microseconds]}


def _dataclass(writer: Writer, value: Any, where: Where) -> Any:
    names = [field.name for field in dataclasses.fields(value)]
    return writer.members(_attributes(value, names, where), where)


def _model(writer: Writer, value: Any, where: Where) -> Any:
    names = [*type(value).model_fields, *(getattr(value, "__pydantic_extra__", None) or ())]
    return writer.members(_attributes(value, names, where), where)


def _attributes(value: Any, names: list[str], where: Where) -> Iterator[tuple[str, Any]]:
    for name in names:
        try:
            yield name, getattr(value, name)
        except AttributeError as error:
            kind = class_name(type(value))
            raise Unwritable(f"a {kind} without its field {name!r}", kind, where) from error


_HANDLES: dict[type, Handle] = {
    str: _str,
    bool: lambda _, value, __: value,
    type(None): lambda _, value, __: value,
    int: _int,
    float: _float,
    dict: _dict,
    MappingProxyType: _dict,
    list: _list,
    tuple: _tuple,
    set: _set("set"),
    frozenset: _set("frozenset"),
    bytes: _text_of("bytes", lambda value: b64encode(value).decode()),
    bytearray: _text_of("bytearray", lambda value: b64encode(value).decode()),
    Decimal: _text_of("decimal", str),
    uuid.UUID: _text_of("uuid", str),
    dt.datetime: _text_of("datetime", dt.datetime.isoformat),
    dt.date: _text_of("date", dt.date.isoformat),
    dt.time: _text_of("time", dt.time.isoformat),
    dt.timedelta: _timedelta,
}
_MAX_CLASSES = 10_000  # classes made at run time must not fill the memory
_classes: dict[type, Handle | None] = {}


def _handle_of(kind: type) -> Handle | None:
    """Find how a class that is no built-in type is written; found once per class."""
    try:
        return _classes[kind]
    except KeyError:
        if len(_classes) >= _MAX_CLASSES:
            _classes.clear()
    handle: Handle | None = None
    if issubclass(kind, enum.Enum):
        handle = _enum
    elif dataclasses.is_dataclass(kind):
        handle = _dataclass
    elif isinstance(getattr(kind, "model_fields", None), dict):
        handle = _model
    else:
        handle = next((_HANDLES[base] for base in kind.__mro__ if base in _HANDLES), None)
    _classes[kind] = handle
    return handle
