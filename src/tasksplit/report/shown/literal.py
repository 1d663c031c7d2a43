"""How is a JSON value written as Python, so that a formatter leaves it as it is?

What fits stands on one line; else each member or item has a line of its own and a comma behind it, which formatters
take as the wish that it stay so, whatever their length of a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

FITS = 80  #: characters of a line with what is written on one
_INDENT = "    "
_SPELT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def literal(value: Any, depth: int = 0, taken: int = 0) -> str:
    """Return the Python source of a JSON value.

    ``depth``: how far in its first line stands; ``taken``: characters of that line that are used, a comma included.
    """
    one_line = _on_one_line(value)
    if not (isinstance(value, dict | list) and value) or len(_INDENT) * depth + taken + len(one_line) <= FITS:
        return one_line
    begin, end = "{}" if isinstance(value, dict) else "[]"
    inner = _INDENT * (depth + 1)
    lines = [f"{inner}{name}{literal(item, depth + 1, len(name) + 1)}," for name, item in _items(value)]
    return "\n".join([begin, *lines, f"{_INDENT * depth}{end}"])


def text(value: str) -> str:
    """Return the Python source of a text: in double quotes where that takes no more escapes; nothing in it acts."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + "".join("\\" + sign if sign == quote else _spelt(sign) for sign in value) + quote


def _on_one_line(value: Any) -> str:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}{_on_one_line(item)}" for name, item in _items(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_on_one_line, value)) + "]"
    return repr(value)  # numbers, True, False, None


def _items(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"{text(name)}: ", item) for name, item in value.items())
    else:
        yield from (("", item) for item in value)


def _spelt(sign: str) -> str:
    if sign.isprintable():
        return _SPELT.get(sign, sign)
    code = ord(sign)
    if code < 0x100:
        return _SPELT.get(sign, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
