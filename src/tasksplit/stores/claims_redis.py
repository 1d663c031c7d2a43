"""How do claims stay in Redis? One hash per message, changed by a script that compares it with what was read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.client import Pipeline

from tasksplit.stores.claims_protocol import Record
from tasksplit.stores.redis_server import RedisServer

_PAGE = 200  # records read or removed in one exchange

# A script that fails half-way keeps what it did: what could fail is looked at before anything is written.
# An empty "before" is no record: no body is empty.
_WRITE = """
for i, kind in ipairs({'hash', 'set', 'zset', 'string'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE the keys are of somebody else') end
end
if (redis.call('HGET', KEYS[1], 'body') or '') ~= ARGV[2] then return 0 end
local had = tonumber(redis.call('HGET', KEYS[1], 'done') or '0')
redis.call('HSET', KEYS[1], 'body', ARGV[3], 'done', ARGV[4])
if ARGV[5] == '1' then
  redis.call('SADD', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[3], ARGV[1])
else
  redis.call('SREM', KEYS[2], ARGV[1])
  redis.call('ZADD', KEYS[3], redis.call('TIME')[1], ARGV[1])
end
redis.call('INCRBY', KEYS[4], tonumber(ARGV[4]) - had)
return 1
"""

# Others may have changed the record since it was listed: then it is not of that age any more.
_FORGET = """
local at = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not at or tonumber(at) > tonumber(ARGV[2]) then return 0 end
redis.call('DECRBY', KEYS[3], redis.call('HGET', KEYS[1], 'done') or '0')
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('UNLINK', KEYS[1])
return 1
"""


class RedisClaimRecords:
    """Where do the claims of a migration stay in Redis? Under ``tasksplit:{<migration>}:claim``."""

    def __init__(self, url: str, migration: str, *, prefix: str = "tasksplit", timeout: float = 1.0) -> None:
        """Name the server; a question that takes longer than ``timeout`` seconds is a ``StoreError``."""
        self._server = RedisServer(url, timeout)
        # the braces keep all keys on one node of a cluster
        self._prefix = f"{prefix}:{{{migration}}}:claim"
        self._unfinished, self._finished, self._done = (
            f"{self._prefix}s:{kind}" for kind in ("unfinished", "finished", "done")
        )

    def read(self, key: str) -> tuple[str | None, datetime]:
        """Return the body of a record, and the server's time."""
        with self._server.in_words("read"), self._pipeline() as both:
            both.time()
            both.hget(self._at(key), "body")
            (seconds, micros), body = both.execute()
        now = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)
        return (None if body is None else body.decode()), now

    def write(self, key: str, record: Record, *, before: str | None) -> bool:
        """Write a record if the body there is still that one."""
        keys = (self._at(key), self._unfinished, self._finished, self._done)
        told = (key, before or "", record.body, record.done, int(record.unfinished))
        with self._server.in_words("write"):
            return bool(self._server.client.eval(_WRITE, len(keys), *keys, *told))

    def unfinished(self) -> Iterator[str]:
        """Yield the bodies of unfinished records."""
        with self._server.in_words("read"):
            found: Any = self._server.client.smembers(self._unfinished)
        keys = [key.decode() for key in found]
        for start in range(0, len(keys), _PAGE):
            with self._server.in_words("read"), self._pipeline() as page:
                for key in keys[start : start + _PAGE]:
                    page.hget(self._at(key), "body")
                bodies = page.execute()
            yield from (body.decode() for body in bodies if body is not None)

    def done(self) -> int:
        """Return how many claims of the kept records have ended."""
        with self._server.in_words("read"):
            found: Any = self._server.client.get(self._done)
        return int(found or 0)

    def forget(self, after: timedelta, limit: int) -> int:
        """Remove finished records written longer ago than that, by the server's time."""
        with self._server.in_words("read"):
            seconds, _ = self._server.client.time()
            last = seconds - after.total_seconds()
            found: Any = self._server.client.zrangebyscore(self._finished, "-inf", last, start=0, num=limit)
        removed = 0
        for start in range(0, len(found), _PAGE):
            with self._server.in_words("write"), self._pipeline() as page:
                for key in found[start : start + _PAGE]:
                    keys = (self._at(key.decode()), self._finished, self._done)
                    page.eval(_FORGET, len(keys), *keys, key, last)
                removed += sum(page.execute())
        return removed

    def problems(self) -> tuple[str, ...]:
        """Return how this server is set up to lose flags and claims, in sentences."""
        return self._server.problems()

    def close(self) -> None:
        """Close every connection."""
        self._server.close()

    def _at(self, key: str) -> str:
        return f"{self._prefix}:{key}"

    def _pipeline(self) -> Pipeline:
        return self._server.client.pipeline(transaction=False)
