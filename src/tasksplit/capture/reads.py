"""What was read while a reading was open, and what of it did the view not read?"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import MemberDescriptorType
from typing import Any

from tasksplit.capture.reachable import (
    Reached,
    is_door,
    is_dunder,
    is_method,
    is_row,
    on_class,
    own_dict,
)

_ALL = frozenset({"__dict__", "__reduce__", "__reduce_ex__", "__getstate__"})  # what copy, pickle and vars ask for
_SCALARS = (str, bytes, int, float)
_ABSENT = object()


class Reads(dict[str, set[str]]):
    """Which paths were read? Outer read -> the data that was read while it was computed; empty for plain data."""

    def __init__(self) -> None:
        super().__init__()
        self.carried: set[str] = set()
        """Data that the reader got hold of itself: read plainly, or given back unchanged by a property. A value
        derived from data does not carry it: who read ``is_fork`` has not got ``_pr_id``."""
        self.walked: set[str] = set()
        """Objects of which a method was asked for: they were on the way, not read."""
        self.watched = 0
        """How many objects were watched; 0: nothing could be seen."""


@dataclass(slots=True)
class Computing:
    """Which outer read is being computed, and what did it read so far?"""

    path: str
    leaves: dict[str, object] = field(default_factory=dict)
    speaks: bool = False
    """Whether the descriptor may hold data of its own; a property that read no input gives none."""


class Reading:
    """What is read of these objects from now on?"""

    def __init__(self, reached: dict[int, Reached], *, view: bool = False) -> None:
        self.reached = reached
        self.view = view
        """A view is read more closely: ``vars(event)["_pr_id"]`` reads that one attribute, not all of them."""
        self.reads = Reads()
        self.reads.watched = len(reached)
        self._written: set[tuple[int, str]] = set()
        self._noted: set[tuple[int, str]] = set()  # plain data: noting it again changes nothing
        self._on_class: dict[tuple[type, str], object] = {}
        self._here = threading.local()

    def wrote(self, target: object, name: str) -> None:
        """Note that an attribute was written: what is read from it later is no input."""
        if id(target) in self.reached:
            self._written.add((id(target), name))

    def begin(self, target: object, name: str, *, caller: str, fallback: bool = False) -> Computing | None:
        """Note a read before it happens; return what ``end`` needs when it runs code of the user, else None.

        ``fallback``: the class answers by ``__getattr__``, since nothing is held under the name.
        """
        known = self.reached.get(id(target))
        if known is None or ((id(target), name) in self._noted and not self._stack):
            return None
        if is_dunder(name):
            if name in _ALL and caller != "functools" and not (self.view and name == "__dict__"):
                self._everything(known)  # functools: cached_property keeps its value in __dict__
            return None
        held = None if fallback else self._held_by_class(type(target), name)
        if not fallback:
            if _is_stored(target, name, held):
                self._data(known, name, held)
                return None
            if is_method(held):
                self.reads.walked.add(known.path)
            if held is None or is_method(held) or not hasattr(type(held), "__get__"):
                return None  # behaviour, or a constant of the class
        speaks = fallback or not issubclass(type(held), (property, cached_property))
        computing = Computing(f"{known.path}.{name}", speaks=speaks)
        self._stack.append(computing)
        return computing

    def end(self, computing: Computing, value: object = _ABSENT) -> None:
        """Note what the computed read gave; without a value it raised."""
        stack = self._stack
        while stack and stack.pop() is not computing:
            pass
        leaves = computing.leaves
        if is_door(value):
            return
        if not leaves:
            if value is _ABSENT or is_row(type(value)) or not computing.speaks:
                return
            leaves = {computing.path: value}
        if stack:
            stack[-1].leaves.update(leaves)
            return
        self.reads.setdefault(computing.path, set()).update(computing.leaves)
        self.reads.carried.update(path for path, leaf in leaves.items() if _same(leaf, value))

    @property
    def _stack(self) -> list[Computing]:
        try:
            stack: list[Computing] = self._here.stack
        except AttributeError:
            stack = self._here.stack = []
        return stack

    def _held_by_class(self, cls: type, name: str) -> object:
        try:
            return self._on_class[(cls, name)]
        except KeyError:
            held = self._on_class[(cls, name)] = on_class(cls, name)
            return held

    def _data(self, known: Reached, name: str, held: object) -> None:
        value = _stored(known.target, name, held)
        written = (id(known.target), name) in self._written or known.held.get(name, _ABSENT) is not value
        if not (value is _ABSENT or written or is_door(value)):
            self._leaf(f"{known.path}.{name}", value)
            if not self._stack:
                self._noted.add((id(known.target), name))

    def looked(self, target: object, value: Any) -> Any:
        """Return what stands for ``__dict__`` while a view looks: it tells which names were taken from it."""
        known = self.reached.get(id(target))
        return value if known is None or not isinstance(value, dict) else Looked(value, self, known)

    def named(self, known: Reached, name: object) -> None:
        """Note that one name was taken from ``__dict__``."""
        if isinstance(name, str):
            self._data(known, name, None)

    def all_of(self, known: Reached) -> None:
        """Note that every name was taken from ``__dict__``."""
        self._everything(known)

    def _everything(self, known: Reached) -> None:
        names = [
            (f"{known.path}.{name}", value)
            for name, value in known.held.items()
            if (id(known.target), name) not in self._written and not is_door(value) and not is_dunder(name)
        ]
        stack = self._stack
        if stack:
            stack[-1].leaves.update(names)
        else:
            self.reads.setdefault(f"{known.path}.*", set()).update(path for path, _ in names)
            self.reads.carried.update(path for path, _ in names)

    def _leaf(self, path: str, value: object) -> None:
        stack = self._stack
        if stack:
            stack[-1].leaves[path] = value
        else:
            self.reads.setdefault(path, set())
            self.reads.carried.add(path)


class Looked(dict[str, Any]):
    """Which names of an object's ``__dict__`` did a view take? A copy: a view has nothing to write there."""

    def __init__(self, held: dict[str, Any], reading: Reading, known: Reached) -> None:
        super().__init__(held)
        self._reading, self._known = reading, known

    def __getitem__(self, name: str) -> Any:
        self._reading.named(self._known, name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return one attribute, and note that it was read."""
        self._reading.named(self._known, name)
        return super().get(name, default)

    def __iter__(self) -> Iterator[str]:
        self._reading.all_of(self._known)
        return super().__iter__()

    def keys(self) -> Any:
        """Return the names; whoever asks for all of them has read all."""
        self._reading.all_of(self._known)
        return super().keys()

    def values(self) -> Any:
        """Return the values; whoever asks for all of them has read all."""
        self._reading.all_of(self._known)
        return super().values()

    def items(self) -> Any:
        """Return both; whoever asks for all of them has read all."""
        self._reading.all_of(self._known)
        return super().items()


def unread(reads: Reads, seen: Reads, context: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the sorted paths that the handler read and its view does not carry.

    A path is carried when the view read it, or when the view carries all the data that it was computed from.
    ``context`` names paths that the split finds for itself, with all that lies below them.
    """
    exempt = tuple(context)
    touched = set(reads).union(*reads.values()) if reads else set()

    def carried(path: str) -> bool:
        whole = path.rpartition(".")[0] + ".*"
        return path in seen or path in seen.carried or whole in seen or any(_below(path, c) for c in exempt)

    missing: set[str] = set()
    for path, leaves in reads.items():
        if carried(path) or path in reads.walked or _is_way(path, touched):
            continue
        lacking = {leaf for leaf in leaves if not (carried(leaf) or leaf in reads.walked or _is_way(leaf, leaves))}
        if path.endswith(".*"):
            missing |= lacking if len(lacking) < len(leaves) else {path} if leaves else set()
        elif lacking or not leaves:
            missing.add(path)
    return tuple(sorted(missing))


def _below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith((f"{prefix}.", f"{prefix}["))


def _is_way(path: str, others: set[str]) -> bool:
    """Whether the path was only walked on the way to a deeper one."""
    return any(other != path and _below(other, path) for other in others)


def _is_stored(target: object, name: str, held: object) -> bool:
    if isinstance(held, MemberDescriptorType):
        return True
    data_descriptor = held is not None and (hasattr(type(held), "__set__") or hasattr(type(held), "__delete__"))
    return not data_descriptor and name in own_dict(target)


def _stored(target: object, name: str, held: object) -> Any:
    if isinstance(held, MemberDescriptorType):
        try:
            return held.__get__(target, type(target))
        except AttributeError:
            return _ABSENT
    return own_dict(target).get(name, _ABSENT)


def _same(leaf: object, value: object) -> bool:
    if leaf is value:
        return True
    return type(leaf) is type(value) and type(leaf) in _SCALARS and leaf == value
