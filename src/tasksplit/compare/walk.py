"""At which paths do two trees differ under the rules? A strict walk over both at once, the same from either side."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import orjson

from tasksplit.compare import align
from tasksplit.compare.plan import State
from tasksplit.compare.reduced import is_set, kept_items, key_of, normalised, renamed
from tasksplit.compare.shown import ABSENT, difference
from tasksplit.model.message import Side
from tasksplit.model.rules import Rule
from tasksplit.model.verdict import Difference, Kind
from tasksplit.wire.paths import Segment
from tasksplit.wire.reading import Opened, opened, tag_of

MAX_KEPT = 50  #: differences described per pair; all are detected and counted
_MAX_ALIGNED = 3  # lists inside lists that are aligned; deeper ones are compared by position, so time stays linear
_SIMPLE = frozenset((str, int, bool, type(None)))
_ROW_IDENTITIES = (("op", "key"), ("key",))
Item = tuple[int, Any, State | None]


class Walk:
    """What was found so far?"""

    def __init__(self, handler: str) -> None:
        self.handler = handler
        self.differences: list[Difference] = []
        self.found = 0
        self.touched: list[str] = []
        self._path: list[Segment] = []
        self._aligned = 0

    def pair(self, legacy: Any, split: Any, state: State | None) -> None:
        """Compare two trees that are at the same place."""
        if state is not None:
            if state.ignore is not None:
                self._ignored(legacy, split, state.ignore)
                return
            if state.normalise and not _identical(legacy, split):
                legacy, split = self._normalised(legacy, split, state)
        kind = type(legacy)
        if kind is not type(split) or (kind is dict and (tag_of(legacy) or tag_of(split))):
            self._opened(opened(legacy), opened(split), legacy, split, state)
        elif kind is dict:
            if any(name[:1] == "$" for tree in (legacy, split) for name in tree):
                self.members(opened(legacy).content, opened(split).content, state)
            else:
                self.members(legacy, split, state)
        elif kind is list:
            self.items(legacy, split, state)
        elif legacy != split or (kind is float and legacy.hex() != split.hex()):
            self._leaf(Kind.VALUE, legacy, split, state)

    def _opened(self, ours: Opened, theirs: Opened, legacy: Any, split: Any, state: State | None) -> None:
        if ours.type != theirs.type:
            self._leaf(Kind.TYPE, legacy, split, state)
        elif isinstance(ours.content, dict) and not ours.type.startswith("enum"):
            self.members(ours.content, theirs.content, state)
        elif is_set(ours):
            self._multiset(kept_items(ours.content, state), kept_items(theirs.content, state), ())
        elif ours.type == "tuple":
            self.items(ours.content, theirs.content, state)
        elif not _identical(legacy, split):
            self._leaf(Kind.VALUE, legacy, split, state)

    def _ignored(self, legacy: Any, split: Any, rule: Rule) -> None:
        if legacy is ABSENT or split is ABSENT or not _identical(legacy, split):
            self.touched.append(rule.name)

    def _normalised(self, legacy: Any, split: Any, state: State) -> tuple[Any, Any]:
        ours, theirs = normalised(legacy, state), normalised(split, state)
        if not (_identical(ours, legacy) and _identical(theirs, split)):
            self.touched += [rule.name for rule in state.normalise]
        return ours, theirs

    def _leaf(self, kind: Kind, legacy: Any, split: Any, state: State | None) -> None:
        for rule in state.tolerance if state is not None else ():
            if _close(legacy, split, rule):
                self.touched.append(rule.name)
                return
        self._differ(kind, legacy, split)

    def _differ(self, kind: Kind, legacy: Any, split: Any) -> None:
        self.found += 1
        if len(self.differences) < MAX_KEPT:
            self.differences.append(difference(self.handler, self._path, kind, legacy, split))

    def _at(self, segment: Segment, legacy: Any, split: Any, state: State | None) -> None:
        """Compare what lies one segment further down; either side may have nothing there."""
        self._path.append(segment)
        if legacy is not ABSENT and split is not ABSENT:
            self.pair(legacy, split, state)
        elif state is not None and state.ignore is not None:
            self._ignored(legacy, split, state.ignore)
        else:
            self._differ(Kind.EXTRA if legacy is ABSENT else Kind.MISSING, legacy, split)
        self._path.pop()

    # mappings

    def members(self, legacy: dict[Any, Any], split: dict[Any, Any], state: State | None) -> None:
        """Compare two mappings member by member."""
        if state is not None and state.renames:
            split = self._renamed(legacy, split, state)
        names = legacy if legacy.keys() == split.keys() else sorted(legacy.keys() | split.keys(), key=_sortable)
        for name in names:
            ours, theirs = legacy.get(name, ABSENT), split.get(name, ABSENT)
            kind = type(ours)
            if kind in _SIMPLE and kind is type(theirs) and ours == theirs:
                continue
            self._at(name, ours, theirs, state.step(name) if state is not None else None)

    def _renamed(self, legacy: dict[Any, Any], split: dict[Any, Any], state: State) -> dict[Any, Any]:
        for name, rule in state.renames:
            if name in legacy and rule.to not in legacy and rule.to in split and name not in split:
                split = renamed(split, rule.to, name)
                self.touched.append(rule.name)
        return split

    # lists

    def items(self, legacy: list[Any], split: list[Any], state: State | None) -> None:
        """Compare two lists: in order, unless a rule or the place says that their items have none."""
        if state is not None and (state.unordered or state.rows):
            identities = _ROW_IDENTITIES if state.rows else ()
            moved = self._multiset(kept_items(legacy, state), kept_items(split, state), identities)
            if moved and state.unordered is not None:
                self.touched.append(state.unordered.name)
            return
        if state is not None:
            self._touch_ignored_items(legacy, split, state)
        ours, theirs = kept_items(legacy, state), kept_items(split, state)
        if len(ours) != len(theirs):
            self._in_order(ours, theirs, None)
            return
        mark = (len(self.differences), self.found, len(self.touched))
        if self._by_position(ours, theirs) > 1 and self._aligned < _MAX_ALIGNED:
            self._in_order(ours, theirs, mark)

    def _touch_ignored_items(self, legacy: list[Any], split: list[Any], state: State) -> None:
        for index in range(max(len(legacy), len(split))):
            below = state.step(index)
            if below is not None and below.ignore is not None:
                ours = legacy[index] if index < len(legacy) else ABSENT
                theirs = split[index] if index < len(split) else ABSENT
                self._ignored(ours, theirs, below.ignore)

    def _by_position(self, ours: list[Item], theirs: list[Item]) -> int:
        """Compare item by item; return at how many positions they differ."""
        differing = 0
        for (index, legacy, state), (_, split, _) in zip(ours, theirs, strict=True):
            kind = type(legacy)
            if kind in _SIMPLE and kind is type(split) and legacy == split:
                continue
            before = self.found
            self._at(index, legacy, split, state)
            differing += self.found > before
        return differing

    def _in_order(self, ours: list[Item], theirs: list[Item], mark: tuple[int, int, int] | None) -> None:
        """Compare lists that differ so that what was put in or left out shows as just that."""
        first, second = _keys(ours, Side.LEGACY), _keys(theirs, Side.SPLIT)
        same = sorted(first) == sorted(second)
        pairing = [] if same else align.in_order(first, second)
        if mark is not None:
            if not same and all(i == j for i, j in pairing):
                return  # by position was right
            self._back_to(mark)
        if same:
            self._differ(Kind.ORDER, [item for _, item, _ in ours], [item for _, item, _ in theirs])
        else:
            self._pairs(ours, theirs, pairing, (first, second))

    def _back_to(self, mark: tuple[int, int, int]) -> None:
        kept, self.found, touched = mark
        del self.differences[kept:], self.touched[touched:]

    def _multiset(self, ours: list[Item], theirs: list[Item], identities: tuple[tuple[str, ...], ...]) -> bool:
        """Compare items that have no order; return whether some stood elsewhere."""
        first, second = _keys(ours, Side.LEGACY), _keys(theirs, Side.SPLIT)
        if first == second:
            self._pairs(ours, theirs, [(i, i) for i in range(len(ours))], (first, second))
            return False
        pairing, here, there = align.as_multisets(first, second)
        pairing += align.leftovers({i: ours[i][1] for i in here}, {j: theirs[j][1] for j in there}, identities)
        self._pairs(ours, theirs, pairing, (first, second))
        return any(i is not None and j is not None and first[i] == second[j] and i != j for i, j in pairing)

    def _pairs(
        self, ours: list[Item], theirs: list[Item], pairing: align.Pairing, keys: tuple[list[bytes], list[bytes]]
    ) -> None:
        self._aligned += 1
        for i, j in pairing:
            if i is None:
                assert j is not None
                self._at(theirs[j][0], ABSENT, theirs[j][1], theirs[j][2])
            elif j is None:
                self._at(ours[i][0], ours[i][1], ABSENT, ours[i][2])
            elif ours[i][2] is not None or keys[0][i] != keys[1][j]:
                self._at(ours[i][0], ours[i][1], theirs[j][1], ours[i][2])
        self._aligned -= 1


def _keys(items: list[Item], side: Side) -> list[bytes]:
    return [key_of(item, state, side) for _, item, state in items]


def _sortable(name: str | bytes) -> tuple[bool, bytes]:
    return isinstance(name, bytes), name if isinstance(name, bytes) else name.encode()


def _identical(legacy: Any, split: Any) -> bool:
    same: bool = orjson.dumps(legacy) == orjson.dumps(split)
    return same


def _close(legacy: Any, split: Any, rule: Rule) -> bool:
    ours, theirs = _number(legacy), _number(split)
    if ours is None or theirs is None:
        return False
    allowed = max(Fraction(rule.absolute), Fraction(rule.relative) * max(abs(ours), abs(theirs)))
    return abs(ours - theirs) <= allowed


def _number(tree: Any) -> Fraction | None:
    node = opened(tree)
    if node.type not in ("int", "float", "Decimal"):
        return None
    try:
        return Fraction(int(node.content, 0)) if tree is not node.content and node.type == "int" else _exact(node)
    except (ValueError, OverflowError, InvalidOperation):
        return None  # NaN and the infinities are close to nothing


def _exact(node: Opened) -> Fraction:
    return Fraction(Decimal(node.content) if isinstance(node.content, str) else node.content)
