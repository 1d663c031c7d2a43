"""Where in a value? The subset of RFC 9535 that rules and differences use, read and written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tasksplit.errors import DeclarationError, sentence

Segment = str | int | bytes
"""One step down: a member, an index, or (bytes) the canonical text of a mapping's key that is no string."""

_STEP = re.compile(
    r"""
    (?P<descend>\.\.) (?= [^\W\d]|\[|\*)
  | \. (?P<dotany>\*)
  | \. (?P<dot>[^\W\d][\w-]*)
  | (?P<afterdescend>(?<=\.\.)(?:[^\W\d][\w-]*|\*))
  | \[ (?P<any>\*) \]
  | \[ (?P<index>\d{1,9}) \]
  | \[ '(?P<single>(?:[^'\\]|\\.)*)' \]
  | \[ (?P<double>"(?:[^"\\]|\\.)*") \]
    """,
    re.VERBOSE,
)
_NAME = re.compile(r"[^\W\d]\w*\Z")
_VALUE_LIKE = re.compile(r"\d+\Z|(?=[^\d]*\d)[0-9a-fA-F][0-9a-fA-F-]{6,}\Z")


@dataclass(frozen=True, slots=True)
class Step:
    """Which members does one step of a rule's path select? ``on`` None: all of them."""

    on: str | int | None
    deep: bool = False
    """Whether any number of levels may lie before it (``..``)."""


def parsed(path: str) -> tuple[Step, ...]:
    """Return the steps of a rule's path; raise DeclarationError where it is none of the subset."""
    if not path.startswith("$"):
        raise _wrong(path, 0)
    steps: list[Step] = []
    at, deep = 1, False
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise _wrong(path, at)
        at = match.end()
        if match["descend"]:
            deep = True
            continue
        steps.append(Step(_selected(match, path), deep))
        deep = False
    return tuple(steps)


def _selected(match: re.Match[str], path: str) -> str | int | None:
    if match["any"] or match["dotany"] or match["afterdescend"] == "*":
        return None
    if match["index"]:
        return int(match["index"])
    name = match["dot"] or match["afterdescend"]
    if name:
        return name
    try:
        quoted = match["double"]
        if not quoted:
            inner = match["single"].replace("\\'", "'").replace('"', '\\"')
            quoted = f'"{inner}"'
        return str(json.loads(quoted))
    except ValueError as error:
        raise _wrong(path, match.start()) from error


def _wrong(path: str, at: int) -> DeclarationError:
    return DeclarationError(
        sentence(
            found=f"the path {path!r}, which cannot be read from character {at} on: {path[at : at + 20]!r}",
            expected="$ followed by .name, ['any name'], [0], [*], .* or ..name",
            do="write for example $.effects.calls[*].body.state",
        )
    )


def value_at(path: str, value: Any) -> Any:
    """Return what is at ``$.name.name`` of a JSON value; None where there is nothing."""
    for name in path.removeprefix("$").lstrip(".").split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def written(segments: Iterable[Segment]) -> str:
    """Return the path as a reader writes it: ``$.effects.calls[2]['a b']``."""
    return "$" + "".join(map(_segment, segments))


def shape_of(segments: Iterable[Segment]) -> str:
    """Return the path with indices out, and members that look like values: the same on every message."""
    return "$" + "".join("[*]" if _is_value(segment) else _segment(segment) for segment in segments)


def _segment(segment: Segment) -> str:
    if isinstance(segment, int):
        return f"[{segment}]"
    if isinstance(segment, bytes):
        return f"[{' '.join(segment.decode().split())}]"
    if _NAME.match(segment):
        return f".{segment}"
    return "[" + repr(segment) + "]" if "'" not in segment else "[" + json.dumps(segment) + "]"


def _is_value(segment: Segment) -> bool:
    return not isinstance(segment, str) or _VALUE_LIKE.match(segment) is not None
