"""How is one difference shown: readable, bounded, and with a fingerprint that is stable across messages?"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import orjson

from tasksplit.model.verdict import Difference, Kind
from tasksplit.wire.paths import Segment, shape_of, written
from tasksplit.wire.reading import members, opened, tag_of

_LONGEST = 400  # bytes of one shown value
_HEAD = 200  # characters that stay of a longer one
_NOTHING = "absent"


class Absent:
    """What stands for a value that one side does not have?"""


ABSENT = Absent()


def difference(handler: str, segments: Sequence[Segment], kind: Kind, legacy: Any, split: Any) -> Difference:
    """Return the difference between two tagged trees (or ABSENT) at a path."""
    shape = shape_of(segments)
    identity = "\n".join((handler, shape, kind.value, _type(legacy), _type(split)))
    return Difference(
        path=written(segments),
        shape=shape,
        kind=kind,
        legacy=shown(legacy),
        split=shown(split),
        fingerprint=blake2b(identity.encode(errors="backslashreplace"), digest_size=6).hexdigest(),
    )


def _type(tree: Any) -> str:
    return _NOTHING if tree is ABSENT else opened(tree).type


def shown(tree: Any) -> Any:
    """Return a JSON value that a reader understands: types named, long values folded with length and hash."""
    if tree is ABSENT:
        return None
    text = tree if isinstance(tree, str) else orjson.dumps(tree).decode()
    if len(text) <= _LONGEST:
        return _readable(tree)
    size = len(text.encode())
    digest = blake2b(text.encode(), digest_size=4).hexdigest()
    return f"{text[:_HEAD]}... ({size} bytes, hash {digest})"


def _readable(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_readable(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if tag_of(tree) is None:
        return {name: _readable(item) for name, item in members(tree).items()}
    return {tag: _readable(inner) for tag, inner in tree.items()}
