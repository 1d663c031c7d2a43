"""What do ids stand for that were made in this run, so that both sides' can be compared?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from tasksplit.capture.journal import Frame, maker
from tasksplit.worlds.rows_recorded import RecordedRows

Rows = dict[int, list[dict[str, Any]]]  # boundary -> the rows that it changed
Made = dict[tuple[str, int], int]  # table and id of a row -> the boundary that made it

# a string would close before its line ends: one member per line, see wire.canonical
_BARE = re.compile(rb",?(?:\n|\Z)")
_IN_NUMBER = frozenset({bytes([digit]) for digit in b"0123456789."})


def rows_of(recorded: Iterable[RecordedRows], frames: Sequence[Frame]) -> tuple[Rows, Made]:
    """Return what each boundary changed and which ids it made; a boundary that was not followed is undecided."""
    rows: Rows = {}
    made: Made = {}
    for one in recorded:
        for frame, table, op, key, columns in one.effects:
            rows.setdefault(frame, []).append({"table": table, "op": op, "key": key, "columns": columns})
            value = next(iter(key.values())) if len(key) == 1 else None
            if op == "insert" and isinstance(value, int):
                made[table, value] = frame
        for frame, what in one.uncovered:
            frames[max(frame, 0)].undecided = f"not recorded completely: {what}"
    return rows, made


def names(frames: Sequence[Frame], made: Made, drawn: Mapping[str, str]) -> Callable[[bytes], bytes]:
    """Return what replaces ids by who made them: table, boundary and the how-manieth there; ``drawn``: by the clock.

    Only for ids that nothing else looks like, as those of scratch worlds: each place where one stands is taken for it.
    """
    found = {str(key).encode(): _text(name) for (_table, key), name in _names(frames, made)}
    for value, by in drawn.items():
        found[value.encode()] = _text(f"new id {by}")

    return lambda content: replaced(content, found)


def named(frames: Sequence[Frame], made: Made) -> dict[str, str]:
    """Return name -> id as a text, for each row that was made."""
    return {name: str(key) for (_table, key), name in _names(frames, made)}


def _names(frames: Sequence[Frame], made: Made) -> Iterator[tuple[tuple[str, int], str]]:
    count: dict[tuple[str, str], int] = {}
    for table, key in sorted(made):
        by = maker(frames[made[table, key]])
        count[(table, by)] = count.get((table, by), 0) + 1
        yield (table, key), f"new {table} {by}#{count[(table, by)]}"


def with_ids(content: bytes, ids: Mapping[str, str]) -> bytes:
    """Return canonical bytes with ids in place of the names that ``names`` gave: as they were in the real world."""
    for name in sorted(ids, key=len, reverse=True):  # one name may begin like another
        text, value = _text(name), ids[name].encode()
        if text in content:
            content = content.replace(b'"' + text + b' (number)"', value).replace(text, value)
    return content


def replaced(content: bytes, names: Mapping[bytes, bytes]) -> bytes:
    """Return canonical bytes with each value replaced by its name, but where it is a part of a longer number."""
    for value, name in names.items():
        if value in content:
            content = b"".join(_pieces(content, value, name))
    return content


def _pieces(content: bytes, value: bytes, name: bytes) -> Iterator[bytes]:
    # no regular expression: each message has values of its own, and compiling one costs more than the search
    done = look = 0
    while (found := content.find(value, look)) >= 0:
        end = found + len(value)
        if content[max(found - 1, 0) : found] in _IN_NUMBER or content[end : end + 1] in _IN_NUMBER:
            look = found + 1
            continue
        yield content[done:found]
        # a number stays told from the text with the same digits
        yield b'"' + name + b' (number)"' if _BARE.match(content, end) else name
        done = look = end
    yield content[done:]


def _text(name: str) -> bytes:
    return orjson.dumps(name)[1:-1]
