"""In which way did the world end up another than in the plain run, in words that are the same on other messages?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from tasksplit.replay.done import Done

Path = tuple[str, ...]  # what it is of (table, or handler and call), then the way to the value


class Way(StrEnum):
    """How is something other than in the plain run?"""

    MORE = "more"  #: it is there twice, or beside what there was
    LESS = "less"  #: it is missing
    OTHER = "other"  #: another value
    NEW = "new"  #: something that the plain run does not do at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """What is other than in the plain run?"""

    way: Way
    handler: str
    """Who did it, or did not; empty for rows: they are the world's."""
    text: str
    table: str = ""
    starts: str = ""
    """Which handler is started once more, or is not: what it then does, or does not, follows from that."""


def drawn(plain: Done, again: Done) -> frozenset[Path]:
    """Return where two plain runs with other random numbers differ: there nothing can be told by the values."""
    found: set[Path] = set()
    for place in plain.rows.keys() & again.rows.keys():
        found.update(_differing((_table(place),), plain.rows[place], again.rows[place]))
    by, others = _by_call(plain), _by_call(again)
    for name in by.keys() & others.keys():
        for one, other in zip(by[name], others[name], strict=False):
            found.update(_differing(name, one, other))
    return frozenset(found)


def shortfalls(plain: Done, found: Done, noise: frozenset[Path]) -> Iterator[Shortfall]:
    """Yield what differs, without what random numbers alone make differ."""
    yield from _rows(plain, found, noise)
    yield from _calls(plain, found, noise)


def _rows(plain: Done, found: Done, noise: frozenset[Path]) -> Iterator[Shortfall]:
    for place in sorted(found.rows.keys() - plain.rows.keys()):
        op, columns = found.rows[place]
        text = _row_text(place, op, columns, again=True)
        yield Shortfall(way=Way.MORE, handler="", text=text, table=_table(place))
    for place in sorted(plain.rows.keys() - found.rows.keys()):
        op, columns = plain.rows[place]
        text = _row_text(place, op, columns, again=False)
        yield Shortfall(way=Way.LESS, handler="", text=text, table=_table(place))
    for place in sorted(plain.rows.keys() & found.rows.keys()):
        table = _table(place)
        for path in sorted(set(_differing((table,), plain.rows[place], found.rows[place])) - noise):
            yield Shortfall(way=Way.OTHER, handler="", text=f"leaves another {'.'.join(_shown(path))}", table=table)


def _row_text(place: str, op: str, columns: Mapping[str, Any], *, again: bool) -> str:
    table = _table(place)
    if op == "insert":
        return f"inserts into {table} again" if again else f"the row inserted into {table} is missing"
    if op == "delete":
        return f"deletes from {table} what it otherwise leaves" if again else f"the row stays in {table}"
    named = ", ".join(f"{table}.{column}" for column in sorted(columns))
    return f"changes {named} once more" if again else f"the change of {named} is missing"


def _calls(plain: Done, found: Done, noise: frozenset[Path]) -> Iterator[Shortfall]:
    before, after = _counted(plain, noise), _counted(found, noise)
    kinds = {key[:2] for key in before}
    more, less = after - before, before - after
    for handler, what, content in sorted(more):
        if (handler, what, content) in before:
            starts = what.partition("starting ")[2]
            text = f"starts {starts} again" if starts else f"repeats {what}"
            yield Shortfall(way=Way.MORE, handler=handler, text=text, starts=starts)
        elif (handler, what) in kinds:
            yield Shortfall(way=Way.OTHER, handler=handler, text=f"{what} with other content")
        else:
            yield Shortfall(way=Way.NEW, handler=handler, text=f"{what}, which it does not do otherwise")
    instead = {key[:2] for key in more}
    for handler, what, _content in sorted(less):
        if (handler, what) not in instead:  # else it is said above
            starts = what.partition("starting ")[2]
            yield Shortfall(way=Way.LESS, handler=handler, text=f"{what} is missing", starts=starts)


def _counted(done: Done, noise: frozenset[Path]) -> Counter[tuple[str, str, bytes]]:
    return Counter(
        (handler, what, orjson.dumps(_blank((handler, what), entry, noise), option=orjson.OPT_SORT_KEYS))
        for handler, what, entry in done.calls
    )


def _by_call(done: Done) -> dict[Path, list[Any]]:
    found: dict[Path, list[Any]] = defaultdict(list)
    for handler, what, entry in done.calls:
        found[handler, what].append(entry)
    return found


def _differing(path: Path, one: Any, other: Any) -> Iterator[Path]:
    """Yield the ways to the values that differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            yield from _differing((*path, str(name)), one.get(name), other.get(name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from _differing((*path, str(place)), a, b)
    elif type(one) is not type(other) or one != other:
        yield path


def _blank(path: Path, value: Any, noise: frozenset[Path]) -> Any:
    """Return a value without what random numbers alone make differ."""
    if path in noise:
        return None
    if not noise:
        return value
    if isinstance(value, dict):
        return {name: _blank((*path, str(name)), each, noise) for name, each in value.items()}
    if isinstance(value, list):
        return [_blank((*path, str(place)), each, noise) for place, each in enumerate(value)]
    return value


def _shown(path: Path) -> Iterable[str]:
    table, *way = path
    return (table, *way[1:2])  # the column; what is inside of it may be anybody's


def _table(place: str) -> str:
    return place.split(" ", 1)[0]
