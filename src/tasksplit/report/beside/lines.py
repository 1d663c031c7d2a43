"""What stands on one line of two observations side by side, and how is it marked?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from tasksplit.compare.shown import ABSENT
from tasksplit.model.verdict import Kind
from tasksplit.report.beside import values
from tasksplit.report.beside.marks import look_alike, marked

MOST_INLINE = 160  #: characters of a value on its line; all of it is folded below
MOST_LINES = 120  #: of a folded value
_TELLING = ("call", "op", "method", "url", "task", "name", "key", "handler", "instance", "queue")
_MOST_TITLE = 110


class Mark(StrEnum):
    """How do the two sides of a line compare?"""

    EQUAL = "equal"
    DIFFERS = "differs"
    ONLY_LEGACY = "only legacy"
    ONLY_SPLIT = "only split"
    MOVED = "moved"
    RULED = "by a rule"
    """It differs, and a rule leaves that out: no difference was counted."""
    UNCOUNTED = "not counted"
    """It differs after what could not be judged, or where legacy had ended: no difference was counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How is one value shown? What differs of it stands in the middle; nothing in it acts."""

    before: str = ""
    middle: str = ""
    after: str = ""
    more: tuple[str, ...] = ()
    """All of it as lines, where the line has not room for it."""

    @property
    def text(self) -> str:
        """Return what stands on the line."""
        return self.before + self.middle + self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What has each side at one path?"""

    kind: ClassVar = "line"
    path: str
    """In legacy's observation; of what only the split has, in that of the split."""
    label: str
    """The path from the heading above it on."""
    depth: int
    mark: Mark
    legacy: Shown | None
    """None: legacy has nothing there."""
    split: Shown | None
    note: str = ""
    fingerprints: tuple[str, ...] = ()
    """Of the differences that it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Which equal values follow one another?"""

    kind: ClassVar = "fold"
    depth: int
    values: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Which item of a list do the lines below it belong to?"""

    kind: ClassVar = "heading"
    label: str
    title: str
    """What tells it from the others: ``POST https://forge.example/...``."""
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What did both sides receive, return or do, of one kind?"""

    name: str
    """``inputs``, ``outcome``, ``calls``, ``rows of <table>``, ``started``."""
    path: str
    blocks: tuple[Line | Fold | Heading, ...]
    left_out: int = 0
    """Lines that differ without a difference that was counted, and for which there was no room."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return the lines that are not equal."""
        return tuple(block for block in self.blocks if isinstance(block, Line))

    @property
    def equal(self) -> int:
        """Return how many values are equal."""
        return sum(block.values for block in self.blocks if isinstance(block, Fold))


def shown(tree: Any) -> Shown | None:
    """Return how a value is shown that has no counterpart; None for one that is absent."""
    if tree is ABSENT:
        return None
    return Shown(middle=values.inline(tree, MOST_INLINE), more=_more(tree))


def side_by_side(legacy: Any, split: Any) -> tuple[Shown | None, Shown | None, str]:
    """Return how two values are shown beside one another, and what else has to be said of them."""
    if legacy is ABSENT or split is ABSENT:
        return shown(legacy), shown(split), ""
    types = values.type_of(legacy), values.type_of(split)
    if types[0] != types[1]:
        return shown(legacy), shown(split), f"{types[0]} in legacy, {types[1]} in the split"
    if isinstance(legacy, str) and isinstance(split, str):
        one, other = marked(legacy, split)
        return (
            Shown(before=one.before, middle=one.marked, after=one.after, more=_more(legacy) if one.cut else ()),
            Shown(before=other.before, middle=other.marked, after=other.after, more=_more(split) if other.cut else ()),
            look_alike(legacy, split),
        )
    return shown(legacy), shown(split), ""


def of_kind(kind: Kind) -> Mark:
    """Return the mark of a difference."""
    marks = {Kind.MISSING: Mark.ONLY_LEGACY, Kind.EXTRA: Mark.ONLY_SPLIT, Kind.ORDER: Mark.MOVED}
    return marks.get(kind, Mark.DIFFERS)


def title(legacy: Any, split: Any) -> str:
    """Return by what a reader tells an item of a list from others: values that both sides have there."""
    told = []
    for name in _TELLING:
        ours, theirs = (tree.get(name, ABSENT) if isinstance(tree, dict) else ABSENT for tree in (legacy, split))
        if ours is not ABSENT and ours == theirs and not isinstance(ours, bool | type(None)):
            told.append(values.escaped(ours[:_MOST_TITLE]) if isinstance(ours, str) else values.inline(ours, 60))
    text = " ".join(word for word in told if word)
    return text if len(text) <= _MOST_TITLE else f"{text[:_MOST_TITLE]}…"


def _more(tree: Any) -> tuple[str, ...]:
    if not values.is_long(tree, MOST_INLINE):
        return ()
    return tuple(values.outline(tree, most=MOST_LINES))
