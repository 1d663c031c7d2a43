"""Where do two trees of one pair differ, and was it counted? One way through both at once, as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from tasksplit.compare.shown import ABSENT
from tasksplit.compare.walk import MAX_KEPT
from tasksplit.model.evidence import ShownPair
from tasksplit.model.verdict import Difference, Kind
from tasksplit.report.beside import values
from tasksplit.report.beside.lines import Fold, Heading, Line, Mark, Section, side_by_side, title
from tasksplit.report.beside.listed import Listed
from tasksplit.report.beside.partners import ROW_IDENTITIES, Found, Lists, moved, paired
from tasksplit.report.words import counted
from tasksplit.wire.paths import Segment, written
from tasksplit.wire.reading import opened

MOST_UNCOUNTED = 150  #: lines of a section for what differs without a difference that was counted
MOST_EQUAL = 400  #: lines of one stretch of equal values
_MOST_RENAMES = 100  # pairs of names that are tried
_BEYOND = f"beyond the first {MAX_KEPT} differences of the pair"
_ROWS = "$.effects.rows."
_LISTS = ("list", "tuple", "set", "frozenset")
_ABSENT = {Mark.ONLY_LEGACY: Kind.MISSING, Mark.ONLY_SPLIT: Kind.EXTRA}


class _Place(NamedTuple):
    """Where are we: in the whole observation, from the last heading on, and how far in?"""

    path: str
    label: str = ""
    depth: int = 0

    def member(self, name: str | bytes, other: str | bytes) -> _Place:
        """Return the place of a member, which the split may have under another name."""
        shown = values.name_of(name) if name == other else f"{values.name_of(name)} → {values.name_of(other)}"
        return _Place(below(self.path, name), f"{self.label}.{shown}" if self.label else shown, self.depth)

    def item(self, index: int, shown: str) -> _Place:
        """Return the place of an item."""
        return _Place(below(self.path, index), f"{self.label}{shown}", self.depth)


class Walk:
    """One way through both observations of a pair, section by section."""

    def __init__(self, pair: ShownPair, most_equal: int = MOST_EQUAL) -> None:
        self._most_equal = most_equal
        self._listed = Listed(pair.differences)
        self._whole = len(pair.differences) < MAX_KEPT  # else there are more than are listed
        self._silent = Mark.RULED if pair.rules else Mark.UNCOUNTED
        self._blocks: list[Line | Fold | Heading] = []
        self._equal: list[tuple[str, Any]] = []
        self._depth = 0  # of the equal values that wait
        self._room = MOST_UNCOUNTED
        self._left_out = 0

    def section(self, name: str, path: str, legacy: Any, split: Any) -> Section:
        """Return the lines of what lies at one path."""
        self._blocks, self._room, self._left_out = [], MOST_UNCOUNTED, 0
        self._node(_Place(path), legacy, split)
        self._flush()
        return Section(name=name, path=path, blocks=tuple(self._blocks), left_out=self._left_out)

    def left(self) -> tuple[Difference, ...]:
        """Return the differences that no line has shown: a rule made their path."""
        return self._listed.left()

    def _node(self, at: _Place, legacy: Any, split: Any) -> None:
        if legacy is ABSENT or split is ABSENT:
            self._line(at, legacy, split)
            return
        if identical(legacy, split):
            self._same(at, legacy)
            return
        ours, theirs = opened(legacy), opened(split)
        if ours.type != theirs.type or self._listed.is_leaf(at.path):
            self._line(at, legacy, split)
        elif isinstance(ours.content, dict) and not ours.type.startswith("enum"):
            self._members(at, ours.content, theirs.content)
        elif ours.type in _LISTS:
            self._items(at, Lists(ours.content, theirs.content), is_set=ours.type.endswith("set"))
        else:
            self._line(at, legacy, split)

    # mappings

    def _members(self, at: _Place, legacy: Mapping[Any, Any], split: Mapping[Any, Any]) -> None:
        partners = self._renamed(at.path, legacy, split) if self._whole else {}
        names = (legacy.keys() | split.keys()) - set(partners.values())
        for name in sorted(names, key=_sortable):
            other = partners.get(name, name)
            ours, theirs = legacy.get(name, ABSENT), split.get(other, ABSENT)
            if name != other and identical(ours, theirs):
                self._line(at.member(name, other), ours, theirs)
            else:
                self._node(at.member(name, other), ours, theirs)

    def _renamed(self, path: str, legacy: Mapping[Any, Any], split: Mapping[Any, Any]) -> dict[Any, Any]:
        """Return which member of the split was read as which of legacy: neither was found missing or extra."""
        gone = [name for name in legacy.keys() - split.keys() if not self._listed.at(below(path, name))]
        come = [name for name in split.keys() - legacy.keys() if not self._listed.at(below(path, name))]
        partners: dict[Any, Any] = {}
        if len(gone) * len(come) > _MOST_RENAMES:
            return partners
        for name in sorted(gone, key=_sortable):
            within = bool(self._listed.under(below(path, name)))
            for other in sorted(come, key=_sortable):
                alike = within and opened(legacy[name]).type == opened(split[other]).type
                if other not in partners.values() and (alike or identical(legacy[name], split[other])):
                    partners[name] = other
                    break
        return partners

    # lists

    def _items(self, at: _Place, lists: Lists, *, is_set: bool) -> None:
        found = self._listed.under(at.path)
        if any(one.path == at.path and one.kind is Kind.ORDER for one in found) or (not found and lists.same()):
            self._moved(at, lists)
            return
        here = Found(
            missing=_positions(at.path, Kind.MISSING, found) & set(range(len(lists.ours))),
            extra=_positions(at.path, Kind.EXTRA, found) & set(range(len(lists.theirs))),
            differs=lambda i: self._listed.within(below(at.path, i)),
        )
        rows = at.path.startswith(_ROWS) and at.depth == 0
        identities = ROW_IDENTITIES if rows else ()
        for i, j in paired(lists, here, order=not (rows or is_set), identities=identities):
            self._item(at, lists, (i, j))

    def _item(self, at: _Place, lists: Lists, places: tuple[int | None, int | None]) -> None:
        i, j = places
        legacy = ABSENT if i is None else lists.ours[i]
        split = ABSENT if j is None else lists.theirs[j]
        place = _one_of(i, j)
        below = at.item(place, f"[{i}] ↔ [{j}]" if i is not None and j is not None and i != j else f"[{place}]")
        both = i is not None and j is not None
        if both and (identical(legacy, split) or not _are_containers(legacy, split)):
            self._node(below, legacy, split)
            return
        told = title(split if i is None else legacy, legacy if j is None else split)
        if told or both:
            self._flush()
            self._blocks.append(Heading(label=below.label, title=told, depth=at.depth))
            below = _Place(below.path, "", at.depth + 1)
        self._node(below, legacy, split)

    def _moved(self, at: _Place, lists: Lists) -> None:
        pairing, stayed = moved(lists)
        for i, j in pairing:
            legacy = ABSENT if i is None else lists.ours[i]
            split = ABSENT if j is None else lists.theirs[j]
            if (i, j) in stayed:
                self._same(at.item(_one_of(i, j), f"[{i}]"), legacy)
                continue
            arrow = f"[{i}] → [{j}]" if i is not None and j is not None else f"[{_one_of(i, j)}]"
            self._line(_Place(at.path, at.label + arrow, at.depth), legacy, split, moved=True)

    # what is written

    def _line(self, at: _Place, legacy: Any, split: Any, *, moved: bool = False) -> None:
        mark = Mark.MOVED if moved else _of(legacy, split)
        found = self._listed.drawn(at.path, _ABSENT.get(mark))
        if not found or moved:
            self._room -= 1
            if self._room < 0:
                self._left_out += 1
                return
        self._flush()
        ours, theirs, note = side_by_side(legacy, split)
        if not found and not self._whole:
            note = f"{note}; {_BEYOND}" if note else _BEYOND
        self._blocks.append(
            Line(
                path=at.path, label=at.label, depth=at.depth, legacy=ours, split=theirs, note=note,
                mark=mark if found or not self._whole else self._silent,
                fingerprints=tuple(dict.fromkeys(one.fingerprint for one in found)),
            )
        )  # fmt: skip

    def _same(self, at: _Place, tree: Any) -> None:
        if at.depth != self._depth:
            self._flush()
            self._depth = at.depth
        self._equal.append((at.label, tree))

    def _flush(self) -> None:
        if not self._equal:
            return
        lines: list[str] = []
        left_out = 0
        for label, tree in self._equal:
            if len(lines) < self._most_equal:
                lines += values.outline(tree, label, self._most_equal - len(lines))
            else:
                left_out += values.leaves(tree)
        if left_out:
            lines.append(f"… {counted(left_out, 'more value')}")
        number = sum(values.leaves(tree) for _, tree in self._equal)
        self._blocks.append(Fold(depth=self._depth, values=number, lines=tuple(lines)))
        self._equal = []


def below(path: str, segment: Segment) -> str:
    """Return the path one step further down, as differences write it."""
    return path + written((segment,))[1:]


def identical(legacy: Any, split: Any) -> bool:
    """Return whether two trees are equal without any rule: numbers of two types are not, nor zeros of two signs."""
    kind = type(legacy)
    if kind is not type(split):
        return False
    if kind in (str, int, bool, type(None)):
        return bool(legacy == split)
    same: bool = orjson.dumps(legacy) == orjson.dumps(split)
    return same


def _positions(path: str, kind: Kind, found: Sequence[Difference]) -> set[int]:
    inner = (one.path[len(path) + 1 : -1] for one in found if one.kind is kind)
    return {int(index) for index in inner if index.isdecimal() and index.isascii()}


def _one_of(i: int | None, j: int | None) -> int:
    place = j if i is None else i
    assert place is not None  # an item is on one side at least
    return place


def _of(legacy: Any, split: Any) -> Mark:
    if legacy is ABSENT:
        return Mark.ONLY_SPLIT
    return Mark.ONLY_LEGACY if split is ABSENT else Mark.DIFFERS


def _are_containers(legacy: Any, split: Any) -> bool:
    both = isinstance(legacy, dict | list) and isinstance(split, dict | list)
    return both and opened(legacy).type == opened(split).type


def _sortable(name: str | bytes) -> tuple[bool, bytes]:
    return isinstance(name, bytes), name if isinstance(name, bytes) else name.encode()
