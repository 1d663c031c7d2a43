"""What of a message is needed for what it shows? Delta debugging over JSON: nothing here knows what is asked.

First whole members and items are left out, the outermost first, in halves, quarters ... of what is left; then what
remains becomes as plain as it may (``""``, ``0``, ``false``), and long strings shorter. All of it again until nothing
changes any more: then no single step of these is left that would keep what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

BATCH = 16  #: candidates that are asked about at once
SHORT = 24  #: characters of a string that is not shortened any more: a name that is whole tells a reader more

Path = tuple[str | int, ...]
"""Where in the message as it was given."""


class _Gone:
    """What stands for a member or item that is left out."""


_GONE = _Gone()
Edits = Mapping[Path, Any]  # what becomes of which place: any JSON value, or _GONE
Ask = Callable[[Sequence[Any]], Sequence[bool]]  # of JSON values: does each of them still show it?


class _Enough(Exception):  # noqa: N818  # no error: the budget is used up
    pass


class Budget(Protocol):
    """May one more batch be asked about?"""

    def __call__(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """What is left of a message, and what did it take?"""

    value: Any  # any JSON value
    asked: int
    """Candidates that were asked about."""
    minimal: bool
    """Whether no single step is left; False: the budget ended first."""


def shrink(value: Any, ask: Ask, *, goes_on: Budget = lambda: True) -> Shrunk:
    """Return the smallest value found of which ``ask`` still says yes, as it does of ``value``; the same each time."""
    search = _Search(value, ask, goes_on)
    try:
        while search.round():
            pass
    except _Enough:
        return Shrunk(value=search.best, asked=search.asked, minimal=False)
    return Shrunk(value=search.best, asked=search.asked, minimal=True)


class _Search:
    def __init__(self, value: Any, ask: Ask, goes_on: Budget) -> None:
        self._value, self._ask, self._goes_on = value, ask, goes_on
        self._edits: dict[Path, Any] = {}
        self._known: dict[bytes, bool] = {}
        self.asked = 0

    @property
    def best(self) -> Any:
        """Return the smallest value so far."""
        return applied(self._value, self._edits)

    def round(self) -> bool:
        """Try every step once; return whether one of them held."""
        before = dict(self._edits)
        depth = 1
        while places := [path for path, _ in self._places() if len(path) == depth]:
            self._most([(path, _GONE) for path in places])
            depth += 1
        leaves = [(path, value) for path, value in self._places() if isinstance(value, str | int | float) and value]
        self._most([(path, type(value)()) for path, value in leaves])
        while shorter := [(path, short) for path, value in self._places() for short in _shorter(value)]:
            if not self._most(shorter):
                break
        return self._edits != before

    def _places(self) -> Iterator[tuple[Path, Any]]:
        return places(self._value, self._edits)

    def _most(self, steps: Sequence[tuple[Path, Any]]) -> bool:
        """Take as many of these steps as hold together; return whether one did."""
        found = False
        chunks = [list(steps)] if steps else []
        while chunks:
            held = [chunk for chunk, yes in zip(chunks, self._asked_in_batches(chunks), strict=True) if yes]
            taken = self._together(held)
            found = found or bool(taken)
            left = [chunk for chunk in chunks if chunk not in taken]
            chunks = [half for chunk in left for half in _halves(chunk)]
        return found

    def _asked_in_batches(self, chunks: Sequence[Sequence[tuple[Path, Any]]]) -> list[bool]:
        answers: list[bool] = []
        for start in range(0, len(chunks), BATCH):
            answers += self._hold([{**self._edits, **dict(chunk)} for chunk in chunks[start : start + BATCH]])
        return answers

    def _together(self, held: list[list[tuple[Path, Any]]]) -> list[list[tuple[Path, Any]]]:
        """Take all of these, each of which holds alone; else the first half of them, and in the end the first."""
        while held:
            edits = {**self._edits, **{path: plain for chunk in held for path, plain in chunk}}
            if len(held) == 1 or self._hold([edits])[0]:
                self._edits = edits
                return held
            held = held[: len(held) // 2]
        return held

    def _hold(self, tried: Sequence[Edits]) -> list[bool]:
        values = [applied(self._value, edits) for edits in tried]
        keys = [orjson.dumps(value) for value in values]
        new = {key: value for key, value in zip(keys, values, strict=True) if key not in self._known}
        if new:
            if not self._goes_on():
                raise _Enough
            self.asked += len(new)
            self._known.update(zip(new, self._ask(list(new.values())), strict=True))
        return [self._known[key] for key in keys]


def _halves(chunk: list[tuple[Path, Any]]) -> Iterator[list[tuple[Path, Any]]]:
    if len(chunk) > 1:
        middle = len(chunk) // 2
        yield chunk[:middle]
        yield chunk[middle:]


def applied(value: Any, edits: Edits) -> Any:
    """Return the value with these edits; below what is left out or replaced nothing else counts."""
    below: dict[Path, set[str | int]] = {}
    for path in edits:
        for depth in range(len(path)):
            below.setdefault(path[:depth], set()).add(path[depth])
    return _built((), value, edits, below)


def _built(path: Path, value: Any, edits: Edits, below: Mapping[Path, set[str | int]]) -> Any:
    if path in edits:
        return edits[path]
    if path not in below:
        return value
    if isinstance(value, dict):
        built = ((name, _built((*path, name), item, edits, below)) for name, item in value.items())
        return {name: item for name, item in built if item is not _GONE}
    items = (_built((*path, place), item, edits, below) for place, item in enumerate(value))
    return [item for item in items if item is not _GONE]


def places(value: Any, edits: Edits, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every place that is left, under its path in the value as it was given, with what stands there now."""
    if path in edits:
        value = edits[path]
        if value is _GONE:
            return
    if path:
        yield path, value
    for name, item in _inside(value):
        yield from places(item, edits, (*path, name))


def _inside(value: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _shorter(value: Any) -> Iterator[str]:
    """Yield the first half of a long string, then its second."""
    if isinstance(value, str) and len(value) > SHORT:
        middle = len(value) // 2
        yield value[:middle]
        yield value[middle:]
