"""In which way does a handler get its data?

Each payload of a task stands below one of these three. The choice is a property of the handler: what it costs in
bytes, what may be stale when it runs, and what has to be there when it does.
"""

from __future__ import annotations

from typing import ClassVar

from shadow.wire import Payload


class Minimal(Payload):
    """Just the arguments that the handler needs; nothing is looked up for it, nothing can be missing."""

    __slots__ = ()
    way: ClassVar[str] = "minimal"


class StoredId(Payload):
    """Ids of rows: the handler loads them when it runs, locks what it changes, and copes with one that is gone."""

    __slots__ = ()
    way: ClassVar[str] = "stored_id"


class Serialized(Payload):
    """Package config and change, dumped by the dispatcher and rebuilt by the task: as they were when it was sent."""

    __slots__ = ()
    way: ClassVar[str] = "serialized"
