"""What did both sides do, side by side? Two observations as lines, marked where the comparison found a difference.

What differs without a difference that was counted is told apart: a rule leaves it out, or it came after what could
not be judged. Every difference of the pair is on some line that is not equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tasksplit.compare.shown import ABSENT
from tasksplit.errors import TasksplitError
from tasksplit.model.evidence import ShownPair
from tasksplit.model.verdict import Difference, Kind
from tasksplit.report.beside import values
from tasksplit.report.beside.lines import Line, Mark, Section, of_kind, side_by_side
from tasksplit.report.beside.tagged import tree_of
from tasksplit.report.beside.walked import MOST_EQUAL, Walk, below
from tasksplit.wire.canonical import plain

_SECTIONS = (
    ("inputs", "$.inputs"), ("outcome", "$.outcome"), ("calls", "$.effects.calls"), ("rows", "$.effects.rows"),
    ("started", "$.effects.started"), ("observation", "$"),
)  # fmt: skip
_CUT = re.compile(r" bytes, hash [0-9a-f]{8}\)\Z")  # a long value is a text in a difference, whatever it was
_Part = tuple[str, str, Any, Any]  # name, path, and what each side has there


def sides(pair: ShownPair, most_equal: int = MOST_EQUAL) -> tuple[Section, ...]:
    """Return what both sides did on one message; where that was too long to keep, only where they differ.

    ``most_equal``: lines of one stretch of equal values; the others of it are counted.
    """
    if not pair.legacy or not pair.split:
        return where(pair.differences)
    try:
        walk = Walk(pair, most_equal)
        found = [walk.section(*part) for part in _parts(plain(pair.legacy.encode()), plain(pair.split.encode()))]
    except (TasksplitError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return where(pair.differences)  # not as our writer writes it: what was found differing stands all the same
    return tuple(one for one in _joined([*found, *where(walk.left())]) if one.blocks or one.left_out)


def where(differences: Sequence[Difference]) -> tuple[Section, ...]:
    """Return the differences alone, as lines."""
    return tuple(
        Section(name=name, path=path, blocks=tuple(_line_of(one, path) for one in found))
        for name, path in _SECTIONS
        if (found := [one for one in differences if _path_of_section(one.path) == path])
    )


def _parts(legacy: Any, split: Any) -> Iterator[_Part]:
    """Yield what is compared in the order in which a reader asks: received, ended, did."""
    if not (isinstance(legacy, dict) and isinstance(split, dict)):
        yield "observation", "$", legacy, split
        return
    yield from _members("$", (legacy, split), ("inputs", "outcome"))
    ours, theirs = legacy.get("effects"), split.get("effects")
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        yield from _members("$", (legacy, split), ("effects",))
    else:
        yield from _members("$.effects", (ours, theirs), ("calls",))
        yield from _rows(ours, theirs)
        yield from _members("$.effects", (ours, theirs), ("started",))
        yield from _members("$.effects", (ours, theirs), _others(ours, theirs, {"calls", "rows", "started"}))
    yield from _members("$", (legacy, split), _others(legacy, split, {"inputs", "outcome", "effects"}))


def _rows(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[_Part]:
    legacy, split = ours.get("rows"), theirs.get("rows")
    if not (isinstance(legacy, dict) and isinstance(split, dict)):
        yield from _members("$.effects", (ours, theirs), ("rows",))
        return
    for name, *rest in _members("$.effects.rows", (legacy, split), _others(legacy, split, set())):
        yield f"rows of {name}", *rest


def _members(path: str, both: tuple[Mapping[str, Any], Mapping[str, Any]], names: Iterable[str]) -> Iterator[_Part]:
    for name in names:
        legacy, split = (tree.get(name, ABSENT) for tree in both)
        if legacy is not split and not (legacy == split and legacy in ([], {})):
            yield values.name_of(name), below(path, name), legacy, split


def _others(legacy: Mapping[str, Any], split: Mapping[str, Any], known: set[str]) -> list[str]:
    return sorted((legacy.keys() | split.keys()) - known)


def _path_of_section(path: str) -> str:
    return next((before for _, before in _SECTIONS if path.startswith(before)), "$")


def _line_of(one: Difference, before: str) -> Line:
    mark = of_kind(one.kind)
    legacy = ABSENT if mark is Mark.ONLY_SPLIT else tree_of(one.legacy)
    split = ABSENT if mark is Mark.ONLY_LEGACY else tree_of(one.split)
    ours, theirs, note = side_by_side(legacy, split)
    told = one.kind is Kind.TYPE and not any(_CUT.search(str(value)) for value in (one.legacy, one.split))
    return Line(
        path=one.path, label=values.visible_path(one.path[len(before) :].removeprefix(".")), depth=0, mark=mark,
        legacy=ours, split=theirs, note=note if told else "", fingerprints=(one.fingerprint,),
    )  # fmt: skip


def _joined(sections: Iterable[Section]) -> Iterator[Section]:
    """Yield the sections, those of one path as one."""
    by_path: dict[str, Section] = {}
    for one in sections:
        known = by_path.get(one.path)
        by_path[one.path] = one if known is None else Section(
            name=known.name, path=known.path, blocks=known.blocks + one.blocks, left_out=known.left_out + one.left_out
        )  # fmt: skip
    yield from by_path.values()
