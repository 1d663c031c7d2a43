"""Which tagged tree does a value of a difference stand for?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def tree_of(value: Any) -> Any:
    """Return the tagged tree of a value of a difference, in which members have their own names.

    There a mapping of one member may be a tagged value or a mapping of the user's: it is taken for what it could be.
    """
    if isinstance(value, list | tuple):
        return [tree_of(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if isinstance(name, str) and _SHAPES.get(name, _never)(inner):
            return {name: tree_of(inner) if isinstance(inner, list) else inner}
    return {f"${name}" if name[:1] == "$" else name: tree_of(item) for name, item in value.items()}


def _is_pairs(inner: Any) -> bool:
    return isinstance(inner, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in inner)


def _is_named(inner: Any) -> bool:
    return isinstance(inner, list) and len(inner) == 2 and isinstance(inner[0], str)


def _never(_: Any) -> bool:
    return False


_TEXTS = ("str", "int", "float", "decimal", "uuid", "datetime", "date", "time", "bytes", "bytearray")
_SHAPES: dict[str, Callable[[Any], bool]] = {
    **{f"${tag}": lambda inner: isinstance(inner, str) for tag in _TEXTS},
    **{f"${tag}": lambda inner: isinstance(inner, list) for tag in ("tuple", "set", "frozenset")},
    "$timedelta": lambda inner: isinstance(inner, list) and len(inner) == 3,
    "$dict": _is_pairs,
    "$enum": _is_named,
    "$namedtuple": lambda inner: _is_named(inner) and isinstance(inner[1], dict),
}
"""Tag -> whether that is what it may hold, as the canonical form is written."""
