"""How do flags stay in Redis? One hash of flags, one list of changes, and one script that changes both or neither."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from tasksplit.model.rollout import Change, Flags, Source
from tasksplit.rollout.written import read_change, read_flag, write_change, write_flag
from tasksplit.stores.flags_protocol import check, conflict
from tasksplit.stores.redis_server import RedisServer

_REVISION = b"\x1frevision"  # a field that no handler can be named
_PAGE = 100  # changes read at once

# A script that fails half-way keeps what it did: what could fail is looked at before anything is written.
_APPLY = """
local flags, changes = redis.call('TYPE', KEYS[1]).ok, redis.call('TYPE', KEYS[2]).ok
if (flags ~= 'none' and flags ~= 'hash') or (changes ~= 'none' and changes ~= 'list') then
  return redis.error_reply('WRONGTYPE the keys are of somebody else')
end
local found = redis.call('HGET', KEYS[1], ARGV[1]) or '0'
if found ~= ARGV[2] then return found end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
for i = 4, #ARGV, 3 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  redis.call('LPUSH', KEYS[2], ARGV[i + 2])
end
return ''
"""


class RedisFlagStore:
    """Where do the flags of a migration stay in Redis? Under ``tasksplit:{<migration>}:``."""

    def __init__(self, url: str, migration: str, *, prefix: str = "tasksplit", timeout: float = 1.0) -> None:
        """Name the server; a question that takes longer than ``timeout`` seconds is a ``StoreError``."""
        self._server = RedisServer(url, timeout)
        # the braces keep both keys on one node of a cluster
        self._keys = tuple(f"{prefix}:{{{migration}}}:{kind}" for kind in ("flags", "changes"))

    def read(self) -> Flags:
        """Return all flags of one moment."""
        at = datetime.now(UTC)  # before the question: an age is never said too low
        with self._server.in_words("read"):
            found: dict[bytes, bytes] = self._server.client.hgetall(self._keys[0])  # type: ignore[assignment]  # not async
        revision = int(found.pop(_REVISION, b"0"))
        flags = [read_flag(text) for text in found.values()]
        return Flags(flags={flag.handler: flag for flag in flags}, revision=revision, source=Source.STORE, read_at=at)

    def apply(self, changes: Sequence[Change], expected: int) -> None:
        """Apply the changes of one plan if the revision is still the expected one, in one script."""
        if not changes:
            return
        check(changes, expected)
        written = chain.from_iterable((c.handler, write_flag(c.after), write_change(c)) for c in changes)
        with self._server.in_words("write"):
            found: Any = self._server.client.eval(_APPLY, 2, *self._keys, _REVISION, expected, expected + 1, *written)
        if found:
            raise conflict(expected, int(found), self.history(limit=1))

    def history(self, handler: str | None = None, limit: int = 20) -> tuple[Change, ...]:
        """Return the latest changes, newest first."""
        found: list[Change] = []
        start = 0
        while len(found) < limit:
            with self._server.in_words("read"):
                page: Any = self._server.client.lrange(self._keys[1], start, start + _PAGE - 1)
            found += [change for change in map(read_change, page) if handler in (None, change.handler)]
            start += _PAGE
            if len(page) < _PAGE:
                break
        return tuple(found[:limit])

    def problems(self) -> tuple[str, ...]:
        """Return how this server is set up to lose flags and claims, in sentences."""
        return self._server.problems()

    def close(self) -> None:
        """Close every connection."""
        self._server.close()
