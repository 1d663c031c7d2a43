"""How is a user's text put into Markdown so that nothing of it is ever interpreted?"""

from __future__ import annotations

import re

from tasksplit.report.words import clipped

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"}  # $ begins mathematics on some hosts
_ESCAPED = re.compile(r"[\\`*_{}\[\]~|!#+=^&<>$\"]|:(?=//)|(?<=www)\.|@")
_TICKS = re.compile(r"`+")
_ZERO_WIDTH = "&#8203;"  # a host turns a bare @name into a notification; this keeps it a text


def prose(text: str, limit: int = 1_000) -> str:
    """Return the text for a running line. It must not be the first thing on its line."""
    return _ESCAPED.sub(_escaped, clipped(text, limit))


def code(text: str, limit: int = 200) -> str:
    """Return the text as a code span, for anywhere but a table or a line of HTML."""
    seen = clipped(text, limit)
    if not seen.strip():
        seen = repr(seen)  # an empty code span does not exist, and one of blanks shows nothing
    fence = "`" * (max((len(run) for run in _TICKS.findall(seen)), default=0) + 1)
    edge = " " if seen[0] in "` " or seen[-1] in "` " else ""
    return f"{fence}{edge}{seen}{edge}{fence}"


def cell(text: str, limit: int = 100) -> str:
    """Return the text as a code span for a table cell, where a pipe would end the cell."""
    seen = clipped(text, limit)
    if "|" in seen or "\\" in seen:
        return f"<code>{markup(text, limit)}</code>"
    return code(text, limit)


def markup(text: str, limit: int = 200) -> str:
    """Return the text for HTML inside Markdown: every sign that either of them knows is an entity."""
    seen = clipped(text, limit)
    return "".join(char if char.isalnum() or char == " " else f"&#{ord(char)};" for char in seen)


def _escaped(found: re.Match[str]) -> str:
    sign = found.group()
    if sign in _ENTITIES:
        return _ENTITIES[sign]
    if sign in "@#":
        return f"\\{sign}{_ZERO_WIDTH}"
    return f"\\{sign}"
