"""What is left of an item once the rules have been applied? Its bytes tell which item of the other side it equals."""

from __future__ import annotations

import marshal
from itertools import repeat
from typing import Any

import orjson

from tasksplit.compare.plan import RuleFailed, State
from tasksplit.model.message import Side
from tasksplit.wire.canonical import tree_of
from tasksplit.wire.paths import Segment
from tasksplit.wire.reading import Opened, opened, value_of


def key_of(tree: Any, state: State | None, side: Side) -> bytes:
    """Return the bytes by which an item is told from others under the rules that hold at it."""
    # Version 2 writes equal trees alike; and many small results of orjson cost ten times as much to keep.
    return marshal.dumps(tree if state is None else reduced(tree, state, side), 2)


def reduced(tree: Any, state: State | None, side: Side) -> Any:
    """Return the tree without what the rules leave out; only good for telling items apart."""
    if state is None:
        return tree
    if state.normalise:
        tree = normalised(tree, state)
    node = opened(tree)
    if isinstance(node.content, dict):
        return _typed(node, _members(node.content, state, side))
    if isinstance(node.content, list):
        return _typed(node, _items(node, state, side))
    return tree


def _typed(node: Opened, content: Any) -> Any:
    return content if node.type in ("dict", "list") else {f"${node.type}": content}


def _members(content: dict[Any, Any], state: State, side: Side) -> dict[Any, Any]:
    if side is Side.SPLIT:
        for name, rule in state.renames:
            content = renamed(content, rule.to, name)
    kept = {}
    for name, item in content.items():
        below = state.step(name)
        if below is None or below.ignore is None:
            kept[name.decode() + "\0" if isinstance(name, bytes) else name] = reduced(item, below, side)
    return dict(sorted(kept.items()))


def _items(node: Opened, state: State, side: Side) -> list[Any]:
    items = [reduced(item, below, side) for _, item, below in kept_items(node.content, state)]
    if state.unordered or state.rows or is_set(node):
        items.sort(key=orjson.dumps)
    return items


def is_set(node: Opened) -> bool:
    """Return whether a node is a set: its items have no order of their own."""
    return node.type in ("set", "frozenset")


def kept_items(items: list[Any], state: State | None) -> list[tuple[int, Any, State | None]]:
    """Return the items that no rule ignores, with their indices and what holds at them."""
    if state is None or not state.tells_indices:
        below = None if state is None else state.step(0)
        ignored = below is not None and below.ignore is not None
        return [] if ignored else list(zip(range(len(items)), items, repeat(below), strict=False))
    kept = []
    for index, item in enumerate(items):
        below = state.step(index)
        if below is None or below.ignore is None:
            kept.append((index, item, below))
    return kept


def renamed(content: dict[Any, Any], name: Segment, to: Segment) -> dict[Any, Any]:
    """Return the members with one of them under another name, unless that name is taken."""
    if name not in content or to in content:
        return content
    return {to if key == name else key: item for key, item in content.items()}


def normalised(tree: Any, state: State) -> Any:
    """Return what the normalising functions make of a value; raise RuleFailed when one raises."""
    for rule in sorted(state.normalise, key=lambda rule: rule.name):
        assert rule.function is not None
        try:
            tree = tree_of(rule.function(value_of(tree)))
        except (Exception, SystemExit) as error:  # the user's function: whatever it raises, we cannot tell
            raise RuleFailed(rule, error) from error
    return tree
