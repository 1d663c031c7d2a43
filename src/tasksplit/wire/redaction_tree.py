"""How is every part of a tagged tree looked at that may hold a secret?"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from tasksplit.wire.paths import Step
from tasksplit.wire.reading import tag_of
from tasksplit.wire.redaction_names import ALL, NOTHING, NUMBERS_STAY, Names
from tasksplit.wire.redaction_texts import MOMENT, Texts
from tasksplit.wire.writing import TAG

LONGEST = 4 * 1024 * 1024  #: characters of a text that is searched for secrets
_FRAME = frozenset({"kind", "type", "call", "task", "queue", "method", "op", "handler", "event"})
"""Members of an observation that are ours: they name what happened, not what with."""
_MOST = 50_000  # names and texts that are remembered
_SHORT = 5  # characters: too few for a name with a value
_LONG = 1000  # characters of a text that is worth remembering
_MOMENTS = frozenset({"datetime", "date", "time", "timedelta"})
_NUMBERS = frozenset({"int", "float", "decimal"})
_SORTED = frozenset({"set", "frozenset"})
_SECONDS = range(1_000_000_000, 10_000_000_000)  # since the epoch: a moment as a number

Visit = Callable[[Any], Any]  # a part of a tree -> what stands for it


class Known:
    """Which names and texts were looked at and hide nothing? Most of a payload comes again and again."""

    def __init__(self) -> None:
        self.names: dict[str, tuple[int, str]] = {}
        """Name -> what is hidden under it, and the name itself."""
        self.texts: set[str] = set()

    def bound(self) -> None:
        """Forget all of it before it fills the memory."""
        if len(self.names) + len(self.texts) > _MOST:
            self.names.clear()
            self.texts.clear()


class Hiding:
    """What stands for the parts of a tree, where names, forms and types say that they hold a secret?"""

    def __init__(
        self,
        names: Names,
        texts: Texts,
        known: Known,
        *,
        found: Callable[[str], None],
        dropped: Counter[str],
    ) -> None:
        """``found`` is told each secret; ``dropped`` counts what could not be looked into."""
        self._names, self._texts, self._found, self._dropped = names, texts, found, dropped
        self._short = 0 if texts.always else _SHORT
        self._known, self._clean = known.names, known.texts
        self.hinted: Callable[[str], bool] = texts.hinted
        """Whether a text of the tree that is at work may have something to hide, see ``Texts.within``."""

    def observed(self, tree: Any) -> Any:
        """Return an observation's content with its secrets hidden."""
        return framed(tree, self.visit, self._members)

    def visit(self, node: Any) -> Any:
        """Return what stands for a part that no name speaks of."""
        return self._part(node, NOTHING)

    def whole(self, node: Any) -> Any:
        """Return what stands for a part that is declared to be secret: a token for each value in it."""
        return self._part(node, ALL)

    def _part(self, node: Any, hide: int) -> Any:
        kind = type(node)
        if kind is str:
            return self._text(node, hide)
        if kind is dict:
            tag = tag_of(node)
            return self._members(node, hide) if tag is None else self._tagged(tag, node[TAG + tag], hide)
        if kind is list:
            return self._items(node, hide)
        if node is None or kind is bool or hide != ALL:
            return node
        return self._number(orjson.dumps(node).decode(), node)

    def _members(self, tree: dict[str, Any], hide: int = NOTHING) -> dict[str, Any]:
        found: dict[str, Any] = {}
        clean, known = self._clean, self._known
        for name, item in tree.items():
            of, shown = known.get(name) or self._name(name)
            of = of if of > hide else hide
            if of == NOTHING and type(item) is str and item in clean:  # most are, and a call costs more than the look
                found[shown] = item
            else:
                found[shown] = self._part(item, of)
        named = tree.get("name", tree.get("key"))
        if (
            "value" in tree and type(named) is str and self._names.of(named)
        ):  # as variables of an environment are listed
            found["value"] = self._part(tree["value"], max(hide, self._names.of(named)))
        return found

    def _name(self, name: str) -> tuple[int, str]:
        """Return what is hidden under a name, and what stands for the name itself."""
        found = self._names.of(name[1:] if name[:1] == TAG else name), self._text(name, NOTHING)
        if found[1] == name and len(name) < _LONG:
            self._known[name] = found
        return found

    def _items(self, items: list[Any], hide: int) -> list[Any]:
        if len(items) == 2 and type(items[0]) is str and (of := self._names.of(items[0])):  # a header, part of a form
            return [self._text(items[0], hide), self._part(items[1], max(hide, of))]
        return [self._part(item, hide) for item in items]

    def _text(self, text: str, hide: int) -> str:
        if hide == NOTHING and (text in self._clean or len(text) < self._short):
            return text
        if hide == ALL or (hide == NUMBERS_STAY and not (MOMENT.fullmatch(text) or text.endswith(" (number)"))):
            self._found(text)
            return self._texts.token(text)
        if len(text) > LONGEST and self.hinted(text):
            self._dropped[f"texts of more than {LONGEST} characters"] += 1
            return f"{self._texts.token(text)}, dropped: {len(text)} characters"
        hidden = self._texts.hidden(text, self._found, self.hinted)
        if hidden == text and len(text) < _LONG:
            self._clean.add(text)
        return hidden

    def _apart(self, text: str, hide: int) -> str:
        """Return what stands for a text that the form of the tree does not show."""
        hinted, self.hinted = self.hinted, self._texts.hinted
        try:
            return self._text(text, hide)
        finally:
            self.hinted = hinted

    def _number(self, written: str, node: Any) -> str:
        label = "moment" if isinstance(node, int | float) and int(node) in _SECONDS else type(node).__name__
        return f"{self._texts.token(f'{type(node).__name__} {written}')} ({label})"

    def _tagged(self, tag: str, inner: Any, hide: int) -> Any:  # noqa: PLR0911  # one for each kind
        if tag in ("bytes", "bytearray"):
            return self._bytes(tag, inner, hide)
        if tag == "str":
            text = inner.encode().decode("unicode_escape")
            return written(self._apart(text, hide))
        if tag in _MOMENTS or tag in _NUMBERS or tag == "uuid":
            return {TAG + tag: inner} if hide != ALL else self._leaf(tag, inner)
        if tag in ("enum", "namedtuple"):
            return {TAG + tag: [inner[0], self._part(inner[1], hide)]}
        if tag == "dict":
            pairs = [[self._part(key, NOTHING), self._part(item, max(hide, self._of(key)))] for key, item in inner]
            return {TAG + tag: sorted(pairs, key=lambda pair: _order(pair[0]))}
        if tag in _SORTED:
            return {TAG + tag: sorted((self._part(item, hide) for item in inner), key=_order)}
        return {TAG + tag: self._part(inner, hide)}

    def _leaf(self, tag: str, inner: Any) -> str:
        label = "moment" if tag in _MOMENTS else "id" if tag == "uuid" else tag
        return f"{self._texts.token(f'{tag} {inner}')} ({label})"

    def _of(self, key: Any) -> int:
        return self._names.of(key) if isinstance(key, str) else NOTHING

    def _bytes(self, tag: str, inner: str, hide: int) -> Any:
        content = b64decode(inner)
        try:
            text = content.decode()
        except UnicodeDecodeError:
            self._dropped["bytes that are no text"] += 1
            return f"{self._texts.token(f'{tag} {inner}')}, dropped: {len(content)} bytes"
        if hide:
            self._found(text)
            return f"{self._texts.token(f'{tag} {inner}')} ({tag})" if text else {TAG + tag: inner}
        hidden = self._apart(text, NOTHING)
        return {TAG + tag: inner if hidden == text else b64encode(hidden.encode()).decode()}


def framed(tree: Any, visit: Visit, members: Callable[[dict[str, Any]], Any]) -> Any:
    """Return an observation's tree with each part visited but for what is ours; ``members``: visits a mapping."""

    def ours(entry: Any) -> Any:
        """Visit a mapping of an observation whose own members stay."""
        return {**members(entry), **{k: v for k, v in entry.items() if k in _FRAME}} if entry else entry

    effects = tree["effects"]
    return {
        "inputs": visit(tree["inputs"]),
        "outcome": ours(tree["outcome"]),
        "effects": {
            "calls": [ours(call) for call in effects["calls"]],
            "rows": {table: [ours(row) for row in rows] for table, rows in effects["rows"].items()},
            "started": [ours(one) for one in effects["started"]],
        },
    }


def each_text(tree: Any, change: Callable[[str], str], *, observed: bool) -> Any:
    """Return a tree with each text of it changed, names of members and texts in bytes too.

    ``observed``: it is an observation's, of which some texts are ours.
    """

    def visit(node: Any) -> Any:
        if isinstance(node, str):
            return change(node)
        if isinstance(node, list):
            return [visit(item) for item in node]
        if not isinstance(node, dict):
            return node
        tag = tag_of(node)
        return members(node) if tag is None else tagged(tag, node[TAG + tag])

    def members(node: dict[str, Any]) -> dict[str, Any]:
        return {change(name): visit(item) for name, item in node.items()}

    def tagged(tag: str, inner: Any) -> Any:
        if tag in ("bytes", "bytearray"):
            text = b64decode(inner).decode()  # what is no text was dropped
            return {TAG + tag: b64encode(change(text).encode()).decode()}
        if tag == "str":
            return written(change(inner.encode().decode("unicode_escape")))
        if tag in ("enum", "namedtuple"):
            return {TAG + tag: [inner[0], visit(inner[1])]}
        found = visit(inner) if isinstance(inner, list) else inner
        if tag in _SORTED or tag == "dict":
            found.sort(key=_order if tag in _SORTED else lambda pair: _order(pair[0]))
        return {TAG + tag: found}

    return framed(tree, visit, members) if observed else visit(tree)


def at_paths(tree: Any, paths: Sequence[tuple[Step, ...]], hide: Visit) -> Any:
    """Return a tree with what stands at any of these paths hidden."""
    for steps in paths:
        tree = _at(tree, steps, hide)
    return tree


def _at(node: Any, steps: tuple[Step, ...], hide: Visit) -> Any:  # noqa: PLR0911  # one for each kind of node
    if not steps:
        return hide(node)
    step, rest = steps[0], steps[1:]

    def below(segment: str | int, item: Any) -> Any:
        selected = step.on is None or step.on == segment
        item = _at(item, rest, hide) if selected else item
        return _at(item, steps, hide) if step.deep else item

    if isinstance(node, list):
        return [below(index, item) for index, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    tag = tag_of(node)
    if tag is None:
        return {name: below(name[1:] if name[:1] == TAG else name, item) for name, item in node.items()}
    inner = node[TAG + tag]
    if tag in ("enum", "namedtuple"):
        return {TAG + tag: [inner[0], _at(inner[1], steps, hide)]}
    if tag == "dict":
        return {TAG + tag: [[key, below(key if isinstance(key, str) else "", item)] for key, item in inner]}
    return {TAG + tag: [below(index, item) for index, item in enumerate(inner)]} if isinstance(inner, list) else node


def written(text: str) -> Any:
    """Return a text as it stands in a tagged tree."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"$str": text.encode("unicode_escape").decode()}
    return text


def _order(tree: Any) -> bytes:
    return orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
