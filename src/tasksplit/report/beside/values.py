"""How does a person read a value of an observation: on one line, or as an outline of many?"""

from __future__ import annotations

import datetime as dt
from base64 import b64decode
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

import orjson

from tasksplit.report.words import count, visible
from tasksplit.wire.reading import opened, tag_of, value_of

MOST_CHARACTERS = 4_000  #: of one text in an outline; the rest is counted, and its hash tells it from others
MOST_LINES = 300  #: of one outline
_LONGEST_PATH = 300
_ON_ONE_LINE = 72  # characters: a collection that is shorter is not spread over lines
_BRACKETS = {"list": "[]", "tuple": "()", "set": "{}", "frozenset": "{}"}


def inline(tree: Any, most: int = 200) -> str:
    """Return a tagged tree on one line, at most about ``most`` characters; what is cut says its size and hash."""
    taken: list[str] = []
    size = 0
    for piece in _pieces(tree, most):
        taken.append(piece)
        size += len(piece)
        if size > most:
            return f"{''.join(taken)[:most]}… ({told(tree)})"
    return "".join(taken)


def is_long(tree: Any, most: int = 200) -> bool:
    """Return whether ``inline`` would have to cut the tree."""
    size = 0
    for piece in _pieces(tree, most):
        size += len(piece)
        if size > most:
            return True
    return False


def outline(tree: Any, label: str = "", most: int = MOST_LINES) -> list[str]:
    """Return a tagged tree as lines, the deeper the further in; lines beyond ``most`` are counted on the last."""
    lines: list[str] = []
    left_out = 0
    for line in _lines(tree, label, ""):
        if len(lines) < most:
            lines.append(line)
        else:
            left_out += 1
    return [*lines, f"… {count(left_out)} more lines ({told(tree)})"] if left_out else lines


def leaves(tree: Any) -> int:
    """Return how many values a tree holds: an empty collection is one."""
    waiting, found = [tree], 0
    while waiting:
        inner = _inner(waiting.pop())
        found += not inner
        waiting += inner
    return found


def type_of(tree: Any) -> str:
    """Return the name of a value's type, as differences tell types apart."""
    return {"None": "null", "dict": "mapping", "bool": "truth value"}.get(name := opened(tree).type, name)


def told(tree: Any) -> str:
    """Return how long a value is, and a hash that tells it from others: ``12,034 bytes, hash 0a1b2c3d``."""
    raw = tree.encode(errors="surrogatepass") if isinstance(tree, str) else orjson.dumps(tree)
    return f"{count(len(raw))} bytes, hash {blake2b(raw, digest_size=4).hexdigest()}"


def quoted(text: str) -> str:
    """Return a text in quotes, so that no two texts look alike that differ in what is invisible."""
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    """Return what stands between the quotes."""
    return visible(text.replace("\\", "\\\\").replace('"', '\\"'))


def name_of(name: str | bytes) -> str:
    """Return a member's name, in quotes where it could be taken for something else."""
    if isinstance(name, bytes):
        return inline(orjson.loads(name), 60)
    plain = name.replace("-", "_").replace("/", "_")
    return name if plain.isascii() and plain.isidentifier() else quoted(_cut(name, 100))


def visible_path(path: str) -> str:
    """Return a path on one line, bounded, in which nothing acts."""
    return visible(path) if len(path) <= _LONGEST_PATH else f"{visible(path[:_LONGEST_PATH])}…"


def _cut(text: str, most: int = MOST_CHARACTERS) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({told(text)})"


def _inner(tree: Any) -> list[Any]:
    node = opened(tree)
    if isinstance(node.content, dict):
        return list(node.content.values())
    return list(node.content) if node.type in _BRACKETS and isinstance(node.content, list) else []


def _pieces(tree: Any, most: int) -> Iterator[str]:
    """Yield the text of a tree bit by bit, so that who needs its beginning does not pay for all of it."""
    node = opened(tree)
    if isinstance(node.content, dict) and not node.type.startswith("enum"):
        yield f"{_short(node.type)} {{" if node.type.startswith("namedtuple") else "{"
        for number, (name, item) in enumerate(node.content.items()):
            yield f"{', ' if number else ''}{name_of(name)}: "
            yield from _pieces(item, most)
        yield "}"
    elif node.type in _BRACKETS and isinstance(node.content, list):
        yield f"{node.type} " if node.type.endswith("set") else ""
        yield _BRACKETS[node.type][0]
        for number, item in enumerate(node.content):
            yield ", " if number else ""
            yield from _pieces(item, most)
        yield _BRACKETS[node.type][1]
    else:
        yield _leaf(tree, most)


def _lines(tree: Any, label: str, indent: str) -> Iterator[str]:
    before = f"{indent}{label}: " if label else indent
    inner = _named(tree)
    if not inner or not is_long(tree, _ON_ONE_LINE):
        yield before + inline(tree, MOST_CHARACTERS)
        return
    node = opened(tree)
    if label or node.type not in ("dict", "list"):
        kind = "" if node.type in ("dict", "list") else f" {_short(node.type)}"
        yield f"{indent}{label}{':' if label else ''}{kind}".rstrip()
        indent += "  "
    for name, item in inner:
        yield from _lines(item, name, indent)


def _named(tree: Any) -> list[tuple[str, Any]]:
    node = opened(tree)
    if isinstance(node.content, dict) and not node.type.startswith("enum"):
        return [(name_of(name), item) for name, item in node.content.items()]
    if node.type in _BRACKETS and isinstance(node.content, list):
        return [(f"[{place}]", item) for place, item in enumerate(node.content)]
    return []


def _leaf(tree: Any, most: int) -> str:
    if isinstance(tree, str):
        return quoted(_cut(tree, max(most, 40)))
    if not isinstance(tree, dict):
        return orjson.dumps(tree).decode()
    tag = tag_of(tree) or ""
    inner = tree[f"${tag}"]
    read = _READ.get(tag)
    try:
        return read(inner, most) if read is not None else f"{visible(tag)} {inline(inner, most)}"
    except (ValueError, TypeError, LookupError, OverflowError):  # not what our writer would have written
        return f"{visible(tag)} {inline(inner, most)}"


def _short(name: str) -> str:
    """Return the last part of a class's name: ``enum shadow.config.Trigger`` is ``Trigger``."""
    return visible(name.rpartition(" ")[2].rpartition(".")[2])


def _enum(inner: Any, most: int) -> str:
    return f"{_short(inner[0])} {inline(inner[1], most)}"


def _bytes(inner: str, most: int) -> str:
    raw = b64decode(inner)
    return f"bytes {repr(raw[:most])[1:]}" + (f"… ({count(len(raw))} bytes)" if len(raw) > most else "")


def _word(word: str) -> Callable[[Any, int], str]:
    return lambda inner, most: f"{word} {visible(str(inner)[:most])}"


_READ: dict[str, Callable[[Any, int], str]] = {
    "str": lambda inner, most: quoted(_cut(str(value_of({"$str": inner})), max(most, 40))),
    "int": lambda inner, most: inner if len(inner) <= most else f"{inner[:most]}… ({count(len(inner))} digits)",
    "float": lambda inner, _: str(inner),
    "decimal": _word("Decimal"),
    "uuid": _word("uuid"),
    "datetime": _word("datetime"),
    "date": _word("date"),
    "time": _word("time"),
    "timedelta": lambda inner, _: f"timedelta {dt.timedelta(*inner)}",
    "enum": _enum,
    "bytes": _bytes,
    "bytearray": lambda inner, most: _bytes(inner, most).replace("bytes", "bytearray", 1),
}
