"""Do two canonical texts agree but for plain ignored paths? Answered without decoding either.

Each member stands on a line of its own, and its indentation is its depth: so a path is found by searching for
lines, and the text between the ignored values is compared as it is. A yes is certain; a no decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from tasksplit.model.rules import Rule
from tasksplit.wire.paths import Step

_INDENT = b"  "
_CLOSERS = {ord("{"): b"}", ord("["): b"]"}
_BRACE = ord("{")
_COMMA = ord(",")
Span = tuple[int, int, Rule]


class Cut:
    """Which members below one mapping lead to ignored values?"""

    __slots__ = ("below", "depth", "head", "rule")

    def __init__(self, name: str, depth: int) -> None:
        self.depth = depth
        escaped = "$" + name if name[:1] == "$" else name
        self.head = b"\n" + _INDENT * depth + orjson.dumps(escaped) + b": "
        self.rule: Rule | None = None
        self.below: dict[str, Cut] = {}

    def spans(self, text: bytes, start: int, end: int, found: list[Span]) -> None:
        """Collect where the values to be left out lie, in the order of the text."""
        for cut in self.below.values():
            at = text.find(cut.head, start, end)
            if at < 0:
                continue
            at += len(cut.head)
            start = _end_of_value(text, at, cut.depth)
            if cut.rule is not None:
                found.append((at, start, cut.rule))
            elif text[at] == _BRACE:
                cut.spans(text, at, start, found)

    def sort(self) -> None:
        """Order the members as the text has them."""
        self.below = dict(sorted(self.below.items(), key=lambda item: item[1].head))
        for cut in self.below.values():
            cut.sort()


def _end_of_value(text: bytes, at: int, depth: int) -> int:
    """Return where the value that starts here ends; a mapping or list is closed at its own indentation."""
    line_end = text.find(b"\n", at)
    if line_end < 0:
        line_end = len(text)
    closer = _CLOSERS.get(text[at])
    if closer is not None and line_end == at + 1:
        closing = b"\n" + _INDENT * depth + closer
        return text.find(closing, at) + len(closing)
    return line_end - 1 if text[line_end - 1] == _COMMA else line_end


def cut_of(ignored: Sequence[tuple[tuple[Step, ...], Rule]], *, above: Sequence[tuple[Step, ...]]) -> Cut | None:
    """Return the ignored paths that are plain members; those below a normalised value (``above``) are not."""
    root = Cut("", 0)
    for steps, rule in ignored:
        names = [step.on for step in steps if isinstance(step.on, str) and not step.deep]
        if not names or len(names) < len(steps):
            continue
        if any(len(other) < len(steps) or any(step.deep for step in other) for other in above):
            continue
        _plant(root, names, rule)
    root.sort()
    return root if root.below else None


def _plant(root: Cut, names: list[str], rule: Rule) -> None:
    node = root
    for name in names:
        if node.rule is not None:
            return  # a longer path below one that is left out already
        if name not in node.below:
            node.below[name] = Cut(name, node.depth + 1)
        node = node.below[name]
    node.rule = node.rule or rule
    node.below.clear()


def agree_but_for(cut: Cut, legacy: bytes, split: bytes) -> list[str] | None:
    """Return the names of the rules that were needed, when nothing else differs; None when something may."""
    ours: list[Span] = []
    theirs: list[Span] = []
    cut.spans(legacy, 0, len(legacy), ours)
    cut.spans(split, 0, len(split), theirs)
    if len(ours) != len(theirs):
        return None
    touched = []
    at, other = 0, 0
    for (start, end, rule), (begin, stop, same) in zip(ours, theirs, strict=True):
        if rule is not same or legacy[at:start] != split[other:begin]:
            return None
        if legacy[start:end] != split[begin:stop]:
            touched.append(rule.name)
        at, other = end, stop
    return touched if legacy[at:] == split[other:] else None
