"""Which objects can a handler reach, and which of their attributes are data?"""

from __future__ import annotations

import io
import logging
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, partialmethod, singledispatchmethod
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

MAX_DEPTH = 4
MAX_OBJECTS = 2_000
MAX_ITEMS = 100  # of one container: more of the same teach nothing new about its attributes
MAX_LOOKS = 20_000  # at values in containers, of one reading
MAX_NESTING = 8  # of containers in containers

_METHODS = (FunctionType, BuiltinFunctionType, classmethod, staticmethod, partialmethod, singledispatchmethod)
_DOOR_TYPES = (
    ModuleType,
    type,
    FunctionType,
    BuiltinFunctionType,
    MethodType,
    io.IOBase,
    socket.socket,
    logging.Logger,
    logging.LoggerAdapter,
    threading.Thread,
    type(threading.Lock()),
    type(threading.RLock()),
)
_DOOR_LIBRARIES = frozenset(
    {"aiohttp", "boto3", "botocore", "celery", "concurrent", "contextvars", "grpc"}
    | {"httpx", "kombu", "redis", "requests", "sqlalchemy", "threading", "urllib3"}
)
_VALUES = (str, bytes, int, float, complex, bool, type(None), Enum)
_NO_DICT: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Reached:
    """Which object, by which path, and what did it hold when we looked?"""

    target: Any  # the user's object: kept, so that its id is not given to another
    path: str
    held: Mapping[str, Any]
    """Attribute -> value, methods and doors included."""


def is_project(cls: type, prefixes: tuple[str, ...]) -> bool:
    """Return whether the class is defined in the project."""
    module = cls.__module__
    return isinstance(module, str) and any(module == p or module.startswith(f"{p}.") for p in prefixes)


def is_row(cls: type) -> bool:
    """Return whether SQLAlchemy maps the class: its instances are reads of the world, not inputs."""
    return any("_sa_class_manager" in vars(base) for base in cls.__mro__)


def is_door(value: object) -> bool:
    """Return whether the value is a way out (client, session, lock, function, module) and so no input."""
    cls: Any = type(value)  # typeshed: a type is not Hashable
    return _is_door_type(cls)  # never isinstance: that asks the object, and a lazy proxy would wake


@cache
def _is_door_type(cls: Any) -> bool:
    if is_row(cls):
        return False
    libraries = {str(base.__module__).partition(".")[0] for base in cls.__mro__}
    return issubclass(cls, _DOOR_TYPES) or not libraries.isdisjoint(_DOOR_LIBRARIES)


def is_method(descriptor: object) -> bool:
    """Return whether what a class holds under a name is behaviour, not data."""
    return isinstance(descriptor, _METHODS)


def on_class(cls: type, name: str) -> object | None:
    """Return what the class holds under the name, unbound; None when it holds nothing."""
    for base in cls.__mro__:
        if name in vars(base):
            held: object = vars(base)[name]
            return held
    return None


def own_dict(target: Any) -> dict[str, Any]:
    """Return the instance dictionary itself, past every ``__getattribute__``; empty when there is none."""
    try:
        found = object.__getattribute__(target, "__dict__")
    except (AttributeError, TypeError):
        return _NO_DICT
    return found if isinstance(found, dict) else _NO_DICT


def held_by(target: Any) -> dict[str, Any]:
    """Return what the instance holds now, in its dictionary and its slots, without running code of the user."""
    held = {name: value for name, value in own_dict(target).items() if isinstance(name, str)}
    for base in type(target).__mro__:
        for name, slot in vars(base).items():
            if isinstance(slot, MemberDescriptorType) and not is_dunder(name):
                try:
                    held.setdefault(name, slot.__get__(target, type(target)))
                except AttributeError:
                    continue  # a slot that was never filled
    return held


def is_dunder(name: str) -> bool:
    """Return whether the name belongs to Python's own protocols."""
    return name.startswith("__") and name.endswith("__")


def reach(root: object, *, name: str, prefixes: tuple[str, ...]) -> dict[int, Reached]:
    """Return every project object within reach of the root, by id, under its shortest path.

    A root that is a dictionary is a function's bound arguments: each value is then a root under its own name.
    """
    level: list[tuple[object, str]] = [(root, name)]
    if type(root) is dict:
        level = [(value, str(key)) for key, value in root.items()]
    found: dict[int, Reached] = {}
    containers = Containers()
    for _ in range(MAX_DEPTH + 1):
        deeper: list[tuple[object, str]] = []
        for value, path in level:
            for target, at in containers.flat(value, path):
                if id(target) in found or not _is_watchable(type(target), prefixes):
                    continue
                held = held_by(target)
                found[id(target)] = Reached(target, at, held)
                deeper += [(inner, f"{at}.{attribute}") for attribute, inner in held.items()]
                if len(found) >= MAX_OBJECTS:
                    return found
        level = deeper
    return found


def _is_watchable(cls: Any, prefixes: tuple[str, ...]) -> bool:
    if issubclass(cls, (*_VALUES, tuple)) or not is_project(cls, prefixes):
        return False
    return not (is_row(cls) or _is_door_type(cls))


class Containers:
    """Which values lie in the containers of one reading? Each container is looked into once, and cheaply."""

    def __init__(self) -> None:
        self._looked: dict[int, object] = {}  # the containers themselves: an id is unique while its object lives
        self._looks = 0

    def flat(self, value: object, path: str, nesting: int = 0) -> Iterator[tuple[object, str]]:
        """Give the value itself and what lies in it, under one path for all items."""
        self._looks += 1
        if issubclass(type(value), _VALUES) or self._looks > MAX_LOOKS:
            return
        yield value, path
        if nesting == MAX_NESTING or id(value) in self._looked:
            return
        for base in (dict, list, tuple, set, frozenset):
            if issubclass(type(value), base):
                self._looked[id(value)] = value
                for item in _items(base, value):
                    yield from self.flat(item, f"{path}[*]", nesting + 1)
                return


def _items(base: Any, container: Any) -> list[object]:
    """Return the first items as the built-in type gives them, whatever a subclass of the user says."""
    return list(islice(base.values(container) if base is dict else base.__iter__(container), MAX_ITEMS))
