"""Under which dotted path does the project hold an object?"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any


class Holders:
    """Which modules of the project hold what? Objects are known by identity, and by what they look like."""

    def __init__(self, prefixes: tuple[str, ...]) -> None:
        self._prefixes = prefixes
        self._paths: dict[int, str] = {}

    def path_of(self, target: object) -> str:
        """Return ``module:name`` of the object; empty where no module of the project holds it."""
        if id(target) not in self._paths:
            found = [path for path, value, _module in self._held() if value is target]
            self._paths[id(target)] = _best(found) if found else ""
        return self._paths[id(target)]

    def all(self, looks_like: Callable[[Any], bool]) -> dict[str, Any]:
        """Return every object of that look, under its best path."""
        found: dict[int, tuple[Any, list[str]]] = {}
        for path, value, _module in self._held():
            if looks_like(value):
                found.setdefault(id(value), (value, []))[1].append(path)
        return {_best(paths): value for value, paths in found.values()}

    def _held(self) -> Iterator[tuple[str, Any, ModuleType]]:
        for name, module in sorted(sys.modules.items()):
            if not isinstance(module, ModuleType) or not self._is_ours(name):
                continue
            for attribute, value in list(vars(module).items()):
                if attribute.startswith("__"):
                    continue
                yield f"{name}:{attribute}", value, module
                if self._is_ours(str(getattr(type(value), "__module__", ""))) or _is_own_class(value, name):
                    yield from ((f"{name}:{attribute}.{a}", v, module) for a, v in _inner(value))

    def _is_ours(self, module: str) -> bool:
        return any(module == p or module.startswith(f"{p}.") for p in self._prefixes)


def is_engine(value: object) -> bool:
    """Return whether it looks like a SQLAlchemy engine (this floor does not import SQLAlchemy)."""
    return _is_a(value, "sqlalchemy.engine.base", "Engine")


def is_client(value: object) -> bool:
    """Return whether it looks like an ``httpx.Client`` (httpx is an extra)."""
    return _is_a(value, "httpx", "Client")


def base_beside(engine: str, holders: Holders) -> str:
    """Return the path of the declarative base, or ``MetaData``, that lies nearest to the engine; empty: none."""
    bases = holders.all(_is_base) or holders.all(lambda value: _is_a(value, "sqlalchemy.sql.schema", "MetaData"))
    if not bases:
        return ""
    module = engine.partition(":")[0]
    return min(bases, key=lambda path: (path.partition(":")[0] != module, len(path), path))


def _is_base(value: Any) -> bool:
    if not isinstance(value, type) or "_sa_class_manager" in vars(value):
        return False
    return _is_a(vars(value).get("metadata"), "sqlalchemy.sql.schema", "MetaData")


def _is_a(value: object, module: str, name: str) -> bool:
    return any(base.__module__.startswith(module) and base.__name__ == name for base in type(value).__mro__)


def _is_own_class(value: object, module: str) -> bool:
    return isinstance(value, type) and value.__module__ == module


def _inner(value: Any) -> list[tuple[str, Any]]:
    try:
        held = object.__getattribute__(value, "__dict__") if not isinstance(value, type) else vars(value)
    except AttributeError:
        return []
    return [(a, v) for a, v in held.items() if isinstance(a, str) and not a.startswith("__")]


def _best(paths: list[str]) -> str:
    """Prefer the module that assigns the name to those that import it, and a name to an attribute of one."""
    return min(paths, key=lambda path: (not _assigns(path), path.count("."), path))


def _assigns(path: str) -> bool:
    module, _, name = path.partition(":")
    if "." in name:
        return False
    try:
        with open(str(sys.modules[module].__file__), encoding="utf-8") as source:
            text = source.read()
    except (OSError, UnicodeDecodeError):
        return False
    return re.search(rf"^(class )?{re.escape(name)}\b\s*(:[^=\n]+)?[=(:]", text, re.MULTILINE) is not None
