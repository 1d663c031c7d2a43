"""How is one value of a column written down, whatever the database that it came from?

As the application reads it, where that is plain data. An ``Enum`` is written by its name in the database, and what
only the application's own type understands by what the driver gave, marked.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CHAR, JSON, Boolean, Date, DateTime, Enum, Float, Integer, LargeBinary, String, Uuid
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

STORED = "tasksplit:stored"  #: the one member of a dict that holds what the driver gave
_ATOMS = frozenset(
    {type(None), bool, int, float, str, bytes, datetime, date, time, timedelta, Decimal, UUID},
)
_SIMPLE: tuple[tuple[type[TypeEngine[Any]], type], ...] = (
    (Boolean, bool),
    (Integer, int),
    (String, str),
    (Float, float),
    (LargeBinary, bytes),
    (Uuid, UUID),
)

Process = Callable[[Any], Any]


def is_plain(value: Any) -> bool:
    """Return whether the value is made of builtin types only."""
    if type(value) in _ATOMS:
        return True
    if type(value) in (list, tuple, set, frozenset):
        return all(is_plain(v) for v in value)
    return type(value) is dict and all(is_plain(k) and is_plain(v) for k, v in value.items())


def is_mutable(type_: TypeEngine[Any]) -> bool:
    """Return whether values of this type may be changed in place by whoever holds them."""
    return isinstance(_innermost(type_), JSON | ARRAY)


def frozen(type_: TypeEngine[Any], value: Any) -> Any:
    """Return a value that later changes in place do not reach."""
    return copy.deepcopy(value) if is_mutable(type_) else value


def is_simple(type_: TypeEngine[Any], value: Any, dialect: Dialect) -> bool:
    """Return whether the database gives this value back as it was given, so that nothing has to be read back."""
    if value is None or isinstance(type_, Enum):
        return True
    if isinstance(type_, TypeDecorator | CHAR) or (isinstance(type_, Float) and type_.precision is not None):
        return False
    if isinstance(type_, JSON):
        return True
    if dialect.name in ("sqlite", "postgresql"):
        if isinstance(type_, DateTime):
            return type(value) is datetime and not type_.timezone and value.tzinfo is None
        if isinstance(type_, Date):
            return type(value) is date
    return any(isinstance(type_, known) and type(value) is python for known, python in _SIMPLE)


class Values:
    """How does one dialect turn values into what it stores, and back?"""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._results: dict[TypeEngine[Any], Process | None] = {}
        self._binds: dict[TypeEngine[Any], Process | None] = {}

    def read(self, type_: TypeEngine[Any], raw: Any) -> Any:
        """Return the plain value of what the driver gave."""
        if raw is None or isinstance(type_, Enum):
            return raw
        try:
            process = self._results[type_]
        except KeyError:
            process = self._results[type_] = type_.dialect_impl(self.dialect).result_processor(self.dialect, None)
        value = raw if process is None else process(raw)
        if type(value) in _ATOMS or is_plain(value):
            return value
        return {STORED: raw}

    def given(self, type_: TypeEngine[Any], value: Any) -> Any:
        """Return the plain value of what the application gave, as the database would give it back."""
        if value is None:
            return None
        if isinstance(type_, Enum):
            elements: Any = type_
            return elements._db_value_for_elem(value)
        if isinstance(type_, JSON):
            return self._json(value)
        if type(value) in _ATOMS and not isinstance(type_, TypeDecorator) and self.dialect.name != "sqlite":
            return value
        return self.read(type_, self.raw(type_, value))

    def raw(self, type_: TypeEngine[Any], value: Any) -> Any:
        """Return what the driver is given for a value of the application."""
        try:
            process = self._binds[type_]
        except KeyError:
            process = self._binds[type_] = type_.dialect_impl(self.dialect).bind_processor(self.dialect)
        return value if process is None else process(value)

    def stored(self, type_: TypeEngine[Any], value: Any) -> Any:
        """Return what the driver gives for a plain value."""
        if value is None or isinstance(type_, Enum):
            return value
        if type(value) is dict and STORED in value:
            return value[STORED]
        return self.raw(type_, value)

    def _json(self, value: Any) -> Any:
        dumps = getattr(self.dialect, "_json_serializer", None) or json.dumps
        loads = getattr(self.dialect, "_json_deserializer", None) or json.loads
        return loads(dumps(value))


def hashable(value: Any) -> Any:
    """Return something that is equal and hashable exactly when the values are equal, types included."""
    if type(value) in (list, tuple, dict, set, frozenset):
        return (type(value).__name__, repr(value))
    return (type(value).__name__, value) if isinstance(value, bool | float) else value


def same(one: Any, other: Any) -> bool:
    """Return whether two plain values are equal, types included."""
    return type(one) is type(other) and bool(one == other)


def _innermost(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    while isinstance(type_, TypeDecorator):
        type_ = type_.impl_instance
    return type_
