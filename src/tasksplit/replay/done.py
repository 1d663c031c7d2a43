"""What did the split do to the world in the end, whichever tasks did it and however often they ran?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tasksplit.capture.journal import Frame, Journal, Sent
from tasksplit.capture.naming import Made, replaced
from tasksplit.replay.circumstances import Course
from tasksplit.replay.world import World
from tasksplit.wire.canonical import canonical, plain

_HANDLER = re.compile(r"[/:]")
_TAIL = 2  #: parts of a path that say what it is about: those before say of whom
_VARIES = re.compile(r"(?=[^/]*\d)[^/]+|[0-9a-f]{12,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What is other in the world after a message, and what was sent out?"""

    rows: Mapping[str, Any] = field(default_factory=dict)
    """Row, by table and key -> ``[op, columns]``, net of all that was committed."""
    calls: tuple[tuple[str, str, Any], ...] = ()
    """Handler, the call in a few words, and the call: each effect other than a row, and each task of a handler sent."""
    effects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Handler -> the effects of its first task, in order: at these it can fail."""
    moments: Mapping[str, int] = field(default_factory=dict)
    """Handler -> at how many statements and effects of its first task another can overtake it."""
    struck: str = ""
    """At which effect the circumstance struck; empty: it did not come to it."""
    redelivered: bool = False
    """Whether a task was delivered again."""
    waited: bool = False
    """Whether the second delivery would have waited for the first one's locks."""
    undecided: str = ""
    """Why nothing can be told of it; empty: all is known."""


def done(journal: Journal, world: World, course: Course) -> Done:
    """Return what was done in a scratch world, with ids and draws named by who made them. Ask before ``world.end``."""
    changes, made = world.net()
    names = _names(journal.frames, made, world.clock.made)
    rows: dict[str, Any] = {}
    for change in changes:
        key = names(canonical(change.key or change.columns)).decode()
        place = f"{change.table} {key}"
        while place in rows:  # a table without a key may hold a row twice
            place += " again"
        rows[place] = [change.op, plain(names(canonical(change.columns)))]
    undecided = [frame.undecided for frame in journal.frames if frame.undecided] + journal.harness_errors
    return Done(
        rows=rows,
        calls=tuple(_calls(journal.frames, names)),
        effects={handler: tuple(found) for handler, found in course.effects.items()},
        moments=dict(course.moments),
        struck=course.struck,
        redelivered=course.redelivered,
        waited=course.waited,
        undecided=undecided[0] if undecided else "",
    )


def _calls(frames: Iterable[Frame], names: Callable[[bytes], bytes]) -> Iterator[tuple[str, str, Any]]:
    for frame in frames:
        for call in frame.calls:
            if isinstance(call, Sent) and not call.arrived:
                continue
            entry = plain(names(canonical(call.entry) if isinstance(call, Sent) else call))
            yield frame.handler, said(entry), entry
        for child in frame.started:
            instance = names(child.instance.encode()).decode()
            yield frame.handler, f"starting {child.handler}", {"handler": child.handler, "instance": instance}


def said(entry: Any) -> str:
    """Return a call in a few words, the same on other messages."""
    call = str(entry.get("call"))
    if call == "http":
        return shaped(f"{entry.get('method')} {entry.get('url')}")
    return f"sending {entry.get('task')}" if call == "task" else call


def shaped(what: str) -> str:
    """Return a request by its method and the end of its path, without what has a digit: ``POST .../statuses/*``."""
    method, space, url = what.partition(" ")
    if "://" not in url:
        return what
    parts = url.split("?", 1)[0].partition("://")[2].strip("/").split("/")[1:]
    tail = ["*" if _VARIES.fullmatch(part) else part for part in parts[-_TAIL:]]
    return f"{method}{space}{'...' if len(parts) > _TAIL else ''}/{'/'.join(tail)}"


def _names(frames: list[Frame], made: Made, drawn: Mapping[str, str]) -> Callable[[bytes], bytes]:
    """Return what replaces ids by who made them: handler and instance, whichever delivery it was."""
    found: dict[bytes, bytes] = {}
    count: dict[tuple[str, str], int] = {}
    for table, key in sorted(made):
        frame = frames[max(made[table, key], 0)]
        by = f"{frame.handler} {frame.instance}"
        count[table, by] = count.get((table, by), 0) + 1
        found[str(key).encode()] = canonical(f"new {table} {by}#{count[table, by]}").strip(b'"')
    for value, by in drawn.items():
        found[value.encode()] = canonical(f"new id {_HANDLER.split(by)[0]}").strip(b'"')
    return lambda content: replaced(content, found)
