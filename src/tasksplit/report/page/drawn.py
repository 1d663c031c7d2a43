"""How does a message go through the split? The map: boxes and lines with their places, for a page to draw."""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tasksplit.model.observation import DISPATCH
from tasksplit.model.review import Review, Way
from tasksplit.report.words import clipped, count, counted

MOST_FOLLOW_UPS = 40  #: boxes of tasks that are no handler's; further ones are counted
MOST_CHARACTERS = 34  #: of a name in a box; all of it is in its title

_ROW = 26  # from one box to the next, in units of the drawing (pixels where there is room)
_BOX = 20  # height
_GAP = 30  # between a box and a queue: room for lines to bend
_WIDE = 7.25  # of a character, at 12 pixels of a monospaced font
_PADDING = 20
_TOP = 30  # below the headings of the columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What is one thing on the map: where a message comes in, a handler, a queue, or a task that follows?"""

    kind: str
    """``message``, ``handler``, ``queue``, ``task`` or ``back`` (it is sent to what was drawn already)."""
    label: str
    title: str
    x: float
    y: float
    width: float
    height: float = _BOX
    times: str = ""
    """How many messages came to it, as text; empty: nobody saw one."""
    answer: str = ""
    """Decision of the handler; empty: it has none."""
    number: int = 0
    """Place of the handler in the declaration, from 1; 0: no handler."""

    @property
    def middle(self) -> float:
        """Return the height at which its lines begin and end."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How do messages go from one box to the next?"""

    path: str
    width: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What stands in one column?"""

    x: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """What is to be drawn, and how large is it?"""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    headings: tuple[Heading, ...]
    said: str
    """The map in one sentence, for who does not see it."""
    left_out: int = 0
    """Tasks that follow and have no box."""


@dataclass(frozen=True, slots=True)
class _Node:
    """Who stands in which column? ``key`` tells it from all others."""

    level: int
    kind: str
    name: str

    @property
    def key(self) -> tuple[int, str, str]:
        return (self.level, self.kind, self.name)


@dataclass(frozen=True, slots=True)
class _Edge:
    start: _Node
    queue: str
    end: _Node
    times: int


def drawn(review: Review) -> Map:
    """Return the map of the split: what each boundary sends, over which queue, to whom."""
    ways = review.ways or tuple(_presumed(review))
    levels = _levels(ways, [handler.name for handler in review.handlers])
    edges, left_out = _edges(ways, levels)
    columns = _columns(edges, levels, [handler.name for handler in review.handlers])
    return _placed(review, columns, edges, left_out)


def _presumed(review: Review) -> Iterable[Way]:
    """Yield what any split does, where nothing was seen: over no queue that is known."""
    yield Way(sender="", task="", queue="", receiver=DISPATCH)
    for handler in review.handlers:
        if handler.name != DISPATCH:
            yield Way(sender=DISPATCH, task="", queue="", receiver=handler.name)


def _levels(ways: Iterable[Way], handlers: Sequence[str]) -> dict[str, int]:
    """Return who is how many tasks away from the message; a handler that nobody sent stands beside the first ones."""
    sends: defaultdict[str, list[str]] = defaultdict(list)
    for way in ways:
        if way.receiver:
            sends[way.sender].append(way.receiver)
    levels = {"": 0}
    if DISPATCH in handlers:
        levels[DISPATCH] = 1
    due = list(levels)
    for name in due:  # it grows while it is read: breadth first
        for receiver in sends[name]:
            if receiver not in levels:
                levels[receiver] = levels[name] + 1
                due.append(receiver)
    for name in (*handlers, *sends, *(receiver for receivers in sends.values() for receiver in receivers)):
        levels.setdefault(name, 2 if DISPATCH in handlers else 1)
    return levels


def _edges(ways: Iterable[Way], levels: Mapping[str, int]) -> tuple[list[_Edge], int]:
    edges: list[_Edge] = []
    follow_ups: set[_Node] = set()
    left_out = 0
    for way in ways:
        level = levels.get(way.sender, 2)
        start = _Node(level, "message" if way.sender == "" else "handler", way.sender)
        if not way.receiver:
            end = _Node(level + 1, "task", way.task)
            if end not in follow_ups and len(follow_ups) == MOST_FOLLOW_UPS:
                left_out += 1
                continue
            follow_ups.add(end)
        elif levels[way.receiver] <= level:
            end = _Node(level + 1, "back", way.receiver)
        else:
            end = _Node(levels[way.receiver], "handler", way.receiver)
        edges.append(_Edge(start, way.queue, end, way.times))
    return edges, left_out


def _columns(edges: Sequence[_Edge], levels: Mapping[str, int], handlers: Sequence[str]) -> list[list[_Node]]:
    """Return who stands in which column, those of one queue together, in the order of the declaration."""
    declared = {name: place for place, name in enumerate(handlers)}
    nodes = {edge.end.key: edge.end for edge in edges} | {edge.start.key: edge.start for edge in edges}
    for name in handlers:
        node = _Node(levels[name], "handler", name)
        nodes[node.key] = node
    nodes.setdefault((0, "message", ""), _Node(0, "message", ""))
    queue_of = {edge.end.key: edge.queue for edge in reversed(edges)}
    far = len(declared)
    first: dict[tuple[int, str], int] = {}  # where the first of a queue stands in the declaration
    for node in nodes.values():
        group = (node.level, queue_of.get(node.key, ""))
        first[group] = min(first.get(group, far), declared.get(node.name, far))

    def place(node: _Node) -> tuple[bool, int, str, bool, int, str]:
        queue = queue_of.get(node.key, "")
        sent = node.key in queue_of
        return (
            not sent, first[(node.level, queue)], queue, node.kind != "handler", declared.get(node.name, far), node.name
        )  # fmt: skip

    deepest = max(node.level for node in nodes.values())
    return [sorted((n for n in nodes.values() if n.level == level), key=place) for level in range(deepest + 1)]


def _placed(review: Review, columns: Sequence[Sequence[_Node]], edges: Sequence[_Edge], left_out: int) -> Map:
    tallest = max(range(len(columns)), key=lambda level: len(columns[level]))
    height = _ROW * max(3, len(columns[tallest]))
    drawing = _Drawing(review, edges)
    middles = {n.key: _ROW * (row + 0.5) for row, n in enumerate(columns[tallest])}
    for level in (*range(tallest - 1, -1, -1), *range(tallest + 1, len(columns))):
        nodes = columns[level]
        wished = [_mean(_neighbours(node, edges, middles), height / 2) for node in nodes]
        middles |= {n.key: y for n, y in zip(nodes, _apart(wished, _ROW, height), strict=True)}
    x = 1.0
    for level, nodes in enumerate(columns):
        x = drawing.queues(level - 1, x, middles, height) if level else x
        x = drawing.column(level, nodes, x, middles)
    return Map(
        width=math.ceil(x + 1), height=height + _TOP + 6, boxes=tuple(drawing.boxes.values()), lines=drawing.lines(),
        headings=tuple(drawing.headings), said=_said(review), left_out=left_out,
    )  # fmt: skip


class _Drawing:
    """Where does each box stand, from left to right?"""

    def __init__(self, review: Review, edges: Sequence[_Edge]) -> None:
        self.boxes: dict[tuple[int, str, str], Box] = {}
        self.headings: list[Heading] = []
        self._edges = edges
        self._handlers = {handler.name: (place, handler) for place, handler in enumerate(review.handlers, 1)}
        self._expected = review.ledger.expected

    def column(
        self, level: int, nodes: Sequence[_Node], x: float, middles: Mapping[tuple[int, str, str], float]
    ) -> float:
        """Place the boxes of a column from ``x`` on; return where it ends."""
        made = [self._box(node, x, middles[node.key]) for node in nodes]
        width = max(box.width for box in made)
        self.boxes |= {node.key: replace(box, width=width) for node, box in zip(nodes, made, strict=True)}
        names = {0: "", 1: "dispatch", 2: "handlers"} if DISPATCH in self._handlers else {0: "", 1: "handlers"}
        self.headings.append(Heading(x=x, text=names.get(level, "what they send on") or "entry"))
        return x + width

    def queues(self, level: int, x: float, middles: Mapping[tuple[int, str, str], float], height: float) -> float:
        """Place the queues between a column and the next; return where they end."""
        near: defaultdict[str, list[float]] = defaultdict(list)
        times: defaultdict[str, int] = defaultdict(int)
        for edge in self._edges:
            if edge.start.level == level and edge.queue:
                near[edge.queue] += [middles[edge.end.key], middles[edge.start.key]]
                times[edge.queue] += edge.times
        x += _GAP
        if not near:
            return x
        names = sorted(near, key=lambda name: (_mean(near[name], 0), name))
        places = _apart([_mean(near[name], 0) for name in names], _ROW, height)
        width = max(_width(name) for name in names) + _PADDING
        for name, y in zip(names, places, strict=True):
            title = f"queue {clipped(name, 300)}: {counted(times[name], 'message')}"
            self.boxes[(level, "queue", name)] = Box(
                kind="queue", label=_label(name), title=title, x=x, y=_TOP + y - _BOX / 2, width=width
            )  # fmt: skip
        self.headings.append(Heading(x=x, text="queues" if len(names) > 1 else "queue"))
        return x + width + _GAP

    def lines(self) -> tuple[Line, ...]:
        """Return the lines: from each sender into the queue, and from there to the receivers."""
        through: defaultdict[tuple[tuple[int, str, str], tuple[int, str, str]], int] = defaultdict(int)
        for edge in self._edges:
            stops = [edge.start.key, (edge.start.level, "queue", edge.queue), edge.end.key]
            if not edge.queue:
                del stops[1]
            for start, end in pairwise(stops):
                through[(start, end)] += edge.times
        return tuple(_line(self.boxes[start], self.boxes[end], times) for (start, end), times in through.items())

    def _box(self, node: _Node, x: float, middle: float) -> Box:
        place, handler = self._handlers.get(node.name, (0, None)) if node.kind != "message" else (0, None)
        came = sum(edge.times for edge in self._edges if edge.end == node)
        if node.kind == "message":
            name, came = "message", self._expected
        else:
            name = f"↩ {node.name}" if node.kind == "back" else node.name
        times = f"{count(came)} ×" if came else ""
        answer = handler.decision.answer.value if handler else ""
        title = clipped(name, 300) + (f": {answer}" if answer else "") + (f", {times}" if times else "")
        width = _width(name) + _PADDING + (len(times) + 1) * _WIDE + (5 * _WIDE if answer else 0)
        return Box(
            kind=node.kind, label=_label(name), title=title, x=x, y=_TOP + middle - _BOX / 2, width=width,
            times=times, answer=answer, number=place,
        )  # fmt: skip


def _line(start: Box, end: Box, times: int) -> Line:
    left, right = start.x + start.width, end.x
    bend = (left + right) / 2
    high, low = f"{start.middle:.1f}", f"{end.middle:.1f}"
    path = f"M{left:.0f} {high}C{bend:.0f} {high} {bend:.0f} {low} {right:.0f} {low}"
    width = 1 + 0.8 * math.log10(times) if times else 1
    return Line(path=path, width=round(min(width, 6), 1), title=f"{start.label} → {end.label}: {count(times)}")


def _neighbours(node: _Node, edges: Sequence[_Edge], middles: Mapping[tuple[int, str, str], float]) -> list[float]:
    ends = [edge.end.key for edge in edges if edge.start == node] + [e.start.key for e in edges if e.end == node]
    return [middles[key] for key in ends if key in middles]


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _apart(wished: Sequence[float], least: float, height: float) -> list[float]:
    """Return places in the same order, near those that are wished for, none nearer to another than ``least``."""
    order = sorted(range(len(wished)), key=lambda i: (wished[i], i))
    placed = [0.0] * len(wished)
    last = -least / 2
    for i in order:
        last = placed[i] = max(wished[i], last + least)
    last = max(height, least * len(wished)) + least / 2
    for i in reversed(order):
        last = placed[i] = min(placed[i], last - least)
    return placed


def _label(name: str) -> str:
    seen = clipped(name, 200) or "(no name)"
    if _columns_of(seen) <= MOST_CHARACTERS:
        return seen
    taken, room = "", MOST_CHARACTERS - 1
    for char in seen:
        room -= _columns_of(char)
        if room < 0:
            break
        taken += char
    return f"{taken}…"


def _width(name: str) -> float:
    return _columns_of(_label(name)) * _WIDE


def _columns_of(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _said(review: Review) -> str:
    if not review.ways:
        return "What the split sends was not seen in this run: each handler is drawn as sent by dispatch."
    handlers = sum(handler.name != DISPATCH for handler in review.handlers)
    queues = {way.queue for way in review.ways if way.queue}
    follow_ups = {way.task for way in review.ways if not way.receiver}
    tasks = counted(len({way.task for way in review.ways}), "task")
    return (
        f"From the message over dispatch to {counted(handlers, 'handler')}. The split sent {tasks} over "
        f"{counted(len(queues), 'queue')}, and no handler receives {count(len(follow_ups))} of them."
    )
