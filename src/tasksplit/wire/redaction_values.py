"""What may a paper say? A last look at every text of a value before it is kept or drawn.

What comes here was made of observations without secrets already; names of files, reasons and what people write were
not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from tasksplit.errors import TasksplitError
from tasksplit.wire.canonical import as_bytes, plain
from tasksplit.wire.redaction import Redactor
from tasksplit.wire.redaction_texts import never

Value = TypeVar("Value")


def scrubbed(value: Value, redactor: Redactor | None = None) -> Value:
    """Return a value of frozen dataclasses, mappings and tuples without what its texts tell to be a secret.

    The same in every run, and the same object where there is nothing to hide. ``redactor``: of the declaration.
    """
    return Scrub(redactor or Redactor()).value(value)  # type: ignore[no-any-return]  # of the same type


class Scrub:
    """What stands for each text of a value?"""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def value(self, value: Any) -> Any:
        """Return a value, or what stands for it."""
        if isinstance(value, Enum) or value is None:
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, tuple | list):
            return self._items(value)
        if is_dataclass(value) and not isinstance(value, type):
            return self._fields(value)
        return value

    def _text(self, text: str) -> str:
        if self._redactor.blanks.within(text) is never and not self._redactor.blanks.always:
            return text
        content = _canonical(text)  # of an observation, as it is shown: its form must stand
        if content is not None:
            return str(self._redactor.blank(content), "utf-8")
        return self._redactor.blanks.hidden(text)

    def _mapping(self, given: Mapping[Any, Any]) -> Mapping[Any, Any]:
        found: dict[Any, Any] = {}
        for name, item in given.items():
            key, value = self.value(name), self.value(item)
            found[key] = _both(found[key], value) if key in found else value
        return given if all(found.get(name) is item for name, item in given.items()) else found

    def _items(self, given: Any) -> Any:
        found = [self.value(item) for item in given]
        if all(one is other for one, other in zip(found, given, strict=True)):
            return given
        return type(given)(*found) if hasattr(given, "_fields") else type(given)(found)

    def _fields(self, given: Any) -> Any:
        changed = {}
        for field in fields(given):
            before = getattr(given, field.name)
            after = self.value(before)
            if after is not before:
                changed[field.name] = after
        return replace(given, **changed) if changed else given


def _canonical(text: str) -> bytes | None:
    """Return the bytes of a text that is a canonical form of more than a text; None where it is none."""
    if text[:2] not in ("{\n", "[\n"):
        return None
    try:
        content = text.encode()
        return content if as_bytes(plain(content)) == content else None
    except (TasksplitError, UnicodeEncodeError):
        return None


def _both(one: Any, other: Any) -> Any:
    """Return what stands under a name that was two: counts add, and a key differs if either did."""
    if isinstance(one, bool) and isinstance(other, bool):
        return one or other
    if isinstance(one, Mapping | tuple | str) or one is None:
        return one
    return one + other
