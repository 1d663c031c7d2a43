"""How is a value written so that equal means equal bytes?

The canonical form is JSON with sorted members, one per line. What JSON cannot tell apart is tagged: a set is
``{"$set": [...]}``, a tuple ``{"$tuple": [...]}``, a Decimal ``{"$decimal": "1.0"}``. A member name of the user's
own that starts with ``$`` is written with one more, so data can never forge a tag. Instances of dataclasses and
pydantic models are written as plain mappings of their fields: a payload class and the dict that it was built from
count as the same. Subclasses of the built-in types count as what they extend, except enums and named tuples.
A value that cannot be written is an error that names its path and type: it never compares equal in silence.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

import orjson

from tasksplit.errors import ReplayError, sentence
from tasksplit.wire import reading, writing
from tasksplit.wire.paths import written
from tasksplit.wire.writing import MAX_DEPTH, MAX_VALUES, TAG, Unwritable

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2
_LONGEST_PATH = 20  # steps that an error spells out
# Raw newlines never occur inside a JSON string, so an indentation this deep proves the depth.
_TOO_DEEP = b"\n" + b"  " * (MAX_DEPTH + 1)


class CanonicalError(ReplayError):
    """A value that has no canonical form, or bytes that are none: what depends on it is undecided."""

    def __init__(self, message: str, *, path: str = "$", type_name: str = "") -> None:
        super().__init__(message)
        self.path = path
        """Where in the value."""
        self.type_name = type_name
        """Module-qualified class of what could not be written."""


def canonical(value: Any) -> bytes:
    """Return the one way to write ``value``; raise CanonicalError where there is none."""
    if is_plain(value):
        try:
            return orjson.dumps(value, option=_OPTIONS)
        except TypeError:  # a lone surrogate: the tagged form has a place for it
            pass
    return as_bytes(tree_of(value))


def tree_of(value: Any) -> Any:
    """Return the tagged JSON tree of a value; raise CanonicalError where there is none."""
    try:
        return writing.Writer().tree(value, None)
    except Unwritable as error:
        path = written(error.segments[:_LONGEST_PATH]) + (" ..." if len(error.segments) > _LONGEST_PATH else "")
        raise CanonicalError(
            sentence(
                found=f"{error.what} at {path}",
                expected=f"plain values, dates, enums, dataclasses or pydantic models, at most {MAX_DEPTH} levels deep",
                do="let the view or a smaller value stand for it",
            ),
            path=path,
            type_name=error.type_name,
        ) from error


def as_bytes(tree: Any) -> bytes:
    """Return the canonical bytes of a tagged tree."""
    return orjson.dumps(tree, option=_OPTIONS)


def plain(content: bytes) -> Any:
    """Return the tagged JSON tree behind canonical bytes."""
    try:
        if _TOO_DEEP in content:
            raise ValueError(f"more than {MAX_DEPTH} levels")
        return orjson.loads(content)
    except ValueError as error:
        raise CanonicalError(
            sentence(
                found=f"bytes that are no canonical form ({error})",
                expected="what canonical() wrote",
                do="check where these bytes come from",
            )
        ) from error


def restore(content: bytes) -> Any:
    """Return the Python value behind canonical bytes; a class that is not loaded gives a ``Foreign``."""
    return reading.value_of(plain(content))


def is_plain(value: Any) -> bool:
    """Return whether JSON itself already tells the value apart from every other: no tag is needed."""
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str or kind is bool or item is None:
                continue
            if kind is dict:
                for name in item:
                    if type(name) is not str or name[:1] == TAG:
                        return False
                below += item.values()
            elif kind is list:
                below += item
            elif not (_fits(item) if kind is int else kind is float and isfinite(item)):
                return False
        if not below:
            return True
        if len(below) > MAX_VALUES:
            return False
        level = below
    return False


def _fits(number: int) -> bool:
    return -(2**63) <= number < 2**64
