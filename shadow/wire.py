"""How does a payload cross the broker and come out as what went in?"""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints

Decode = Callable[[Any], Any]

unknown: Counter[str] = Counter()
"""How often did something arrive that this version does not know? ``task or payload.name`` -> times."""
refused: Counter[str] = Counter()
"""How often did a message ask for what no message may ask for? What was asked for -> times."""


class Payload:
    """A frozen dataclass that is JSON on the wire: sets as sorted lists, enums as values, moments as ISO text."""

    __slots__ = ()
    task: ClassVar[str] = ""
    """The task that takes this payload as its keyword arguments, where there is one."""

    def to_wire(self) -> dict[str, Any]:
        """Show the fields as JSON; read from the class, so that nothing else is sent by accident."""
        return {item.name: _encode(getattr(self, item.name)) for item in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Rebuild what was sent, in the types of the fields; a name that is not known here is counted."""
        decoders = _learnt.get(cls) or _decoders(cls)
        unknown.update(f"{cls.__name__}.{name}" for name in wire.keys() - decoders.keys())
        return cls(**{name: decoders[name](value) for name, value in wire.items() if name in decoders})


def _encode(value: Any) -> Any:
    if isinstance(value, Payload):
        return value.to_wire()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(_encode(item) for item in value)
    if isinstance(value, list):
        return [_encode(item) for item in value]
    return value


_learnt: dict[type, dict[str, Decode]] = {}


def learn() -> None:
    """Work out, once and when modules are loaded, how the fields of all payloads known by now are rebuilt."""
    waiting: list[type] = [Payload]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        _learnt.update((cls, _decoders(cls)) for cls in below if is_dataclass(cls))


def _decoders(cls: type) -> dict[str, Decode]:
    hints = get_type_hints(cls)
    return {item.name: _decoder(hints[item.name]) for item in fields(cls)}


def _decoder(hint: Any) -> Decode:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        inner = [_decoder(option) for option in arguments if option is not type(None)]
        decode = inner[0] if len(inner) == 1 else _same
        return lambda value: None if value is None else decode(value)
    if origin in (list, set, frozenset):
        item = _decoder(arguments[0])
        return lambda value: origin(item(element) for element in value)
    if isinstance(hint, type):
        if issubclass(hint, Payload) and is_dataclass(hint):
            return hint.from_wire
        if issubclass(hint, Enum):
            return hint
        if issubclass(hint, datetime):
            return datetime.fromisoformat
    return _same


def _same(value: Any) -> Any:
    return value
