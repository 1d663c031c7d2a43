"""How does a user's value become JSON that still shows what JSON would blur, and that is bounded?"""

from __future__ import annotations

import math
from typing import Any

from tasksplit.report.words import clipped

DEEPEST = 40
MOST_ITEMS = 200
MOST_CHARACTERS = 4_000
_LARGEST_INTEGER = 2**53 - 1  # beyond it most JSON readers round, and a rounded number is a wrong one


def plain(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one arm per type; any value may come
    """Return a value that JSON can hold, and that still shows what JSON would blur.

    What JSON has no word for becomes an object of one member, ``{"$set": [...]}``; so a set never looks like
    a list. What is deep or long is cut, and says so.
    """
    match value:
        case None | bool():
            return value
        case str():
            return text(str(value))
        case int():
            return int(value) if abs(value) <= _LARGEST_INTEGER else {"$int": clipped(_digits(value), 100)}
        case float():
            return float(value) if math.isfinite(value) else {"$float": str(value)}
    if depth >= DEEPEST:
        return {"$cut": "nested deeper than a report shows"}
    match value:
        case dict():
            return _object(value, depth)
        case list():
            return _items(value, depth)
        case tuple():
            return {"$tuple": _items(value, depth)}
        case set() | frozenset():
            return {"$set": _items(sorted(value, key=repr), depth)}
        case bytes():
            return {"$bytes": clipped(value.hex(), MOST_CHARACTERS)}
    return {f"${type(value).__qualname__}": text(str(value))}


def text(value: str) -> str:
    """Return a text with bytes, cut after ``MOST_CHARACTERS`` with a word on how long it was.

    JSON escapes what is unprintable by itself; only lone surrogates have no bytes at all.
    """
    value = value.encode("utf-8", "backslashreplace").decode("utf-8")
    if len(value) <= MOST_CHARACTERS:
        return value
    return f"{value[:MOST_CHARACTERS]} … ({len(value):,} characters)"


def _items(values: Any, depth: int) -> list[Any]:
    shown = [plain(v, depth + 1) for v in values[:MOST_ITEMS]]
    if len(values) > MOST_ITEMS:
        shown.append({"$cut": f"{len(values) - MOST_ITEMS} more"})
    return shown


def _object(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    shown = {
        text(k if isinstance(k, str) else repr(k)): plain(v, depth + 1) for k, v in list(value.items())[:MOST_ITEMS]
    }
    if len(value) > MOST_ITEMS:
        shown["$cut"] = f"{len(value) - MOST_ITEMS} more"
    return shown


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to spell integers of thousands of digits in decimal
        return hex(value)
