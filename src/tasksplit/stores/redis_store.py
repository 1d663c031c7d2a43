"""How do items stay in Redis? A list per stream, a hash of what each must hold, and a script that adds all or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import uuid4

from tasksplit.errors import StoreError, sentence
from tasksplit.stores.redis_server import Loss, RedisServer

VERSION = 1  #: of the keys below; another one is refused, never converted in passing
LARGEST = 512 * 2**20  #: bytes of one item; a server closes the connection on more

_PAGE = 100  # items written or read in one exchange
_FULL = 2**20  # bytes after which a page is sent although it has fewer items
_LEFT_BEHIND = 3600  # seconds after which the server drops what a writer staged that died

_LOSS = Loss(
    kept="evidence",
    evicted="evidence that is evicted cannot be counted",
    forgotten="the evidence would have to be gathered anew",
)

# A script that fails half-way keeps what it did: what could fail is looked at before anything is written, and memory
# is refused at the first write only. KEYS: streams, items, staged, version. ARGV: stream, staged items, born, version.
_COMMIT = """
for i, kind in ipairs({'hash', 'list', 'list', 'string'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE the keys are of somebody else') end
end
local kept = redis.call('HGET', KEYS[1], ARGV[1])
local count, born = string.match(kept or ('0 ' .. ARGV[3]), '^(%d+) (%w+)$')
local held, staged = redis.call('LLEN', KEYS[2]), redis.call('LLEN', KEYS[3])
if held ~= tonumber(count) then return {held, count} end
if staged ~= tonumber(ARGV[2]) then return {staged, ARGV[2]} end
if held == 0 then
  redis.call('RENAME', KEYS[3], KEYS[2])
  redis.call('PERSIST', KEYS[2])
else
  for _ = 1, staged do redis.call('LMOVE', KEYS[3], KEYS[2], 'LEFT', 'RIGHT') end
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d %s', held + staged, born))
redis.call('SET', KEYS[4], ARGV[4], 'NX')
return {}
"""

# Of one moment. A full server refuses transactions, also those that only read; a script it runs.
_READ = """
local kept, held = redis.call('HGET', KEYS[1], ARGV[1]), redis.call('LLEN', KEYS[2])
return {kept, held, redis.call('LRANGE', KEYS[2], ARGV[2], ARGV[3])}
"""

# HDEL fails where the hash is somebody else's: then nothing was removed.
_FORGET = "redis.call('HDEL', KEYS[1], ARGV[1]) redis.call('UNLINK', KEYS[2])"


class _Part(NamedTuple):
    """What is read in one exchange?"""

    held: int
    """Items of the stream."""
    born: str
    """Which stream of that name it is: a forgotten one that was begun anew is another."""
    items: list[bytes]


class RedisStore:
    """Where do items stay in Redis? Under ``tasksplit:{evidence}:``; what the server lost is said, not passed over."""

    def __init__(self, url: str, *, prefix: str = "tasksplit", timeout: float = 5.0) -> None:
        """Open the store at ``url``; an exchange that takes longer than ``timeout`` seconds is a ``StoreError``."""
        self._server = RedisServer(url, timeout)
        # the braces keep all keys on one node of a cluster
        self._prefix = f"{prefix}:{{evidence}}"
        self._streams, self._version = f"{self._prefix}:streams", f"{self._prefix}:version"
        try:
            self._look()
        except BaseException:
            self.close()
            raise

    def append(self, stream: str, items: Iterable[bytes]) -> None:
        """Add the items at the end of the stream: all of them or none. They are staged in pages, and moved at once."""
        born, count = uuid4().hex, 0
        try:
            for page in _pages(items):
                self._stage(born, page)
                count += len(page)
            if count:
                self._commit(stream, born, count)
        except BaseException:
            with suppress(StoreError):  # it goes by itself, later
                self._drop(born)
            raise

    def read(self, stream: str) -> Iterator[bytes]:
        """Yield the items that the stream held when the reading began; ``StoreError`` if it is forgotten meanwhile."""
        part = begun = self._part(stream, 0)
        done = 0
        while done < begun.held:
            if part.born != begun.born:
                raise self._begun_anew(stream)
            yield from part.items[: begun.held - done]
            done += len(part.items)
            if done < begun.held:
                part = self._part(stream, done)

    def streams(self, prefix: str = "") -> tuple[str, ...]:
        """Return the names of the streams that hold something and start so, sorted by code point."""
        with self._server.in_words("read"):
            found: Any = self._server.client.hkeys(self._streams)
        names = (name.decode("utf-8", "surrogatepass") for name in found)
        return tuple(sorted(name for name in names if name.startswith(prefix)))

    def forget(self, stream: str) -> None:
        """Remove the stream and its items."""
        with self._server.in_words("write"):
            self._server.client.eval(_FORGET, 2, self._streams, self._items(stream), _bytes(stream))

    def problems(self) -> tuple[str, ...]:
        """Return how this server is set up to lose evidence, in sentences."""
        return self._server.problems(_LOSS)

    def close(self) -> None:
        """Close every connection."""
        self._server.close()

    def _look(self) -> None:
        with self._server.in_words("open"):
            found: Any = self._server.client.get(self._version)
        if found is not None and found != str(VERSION).encode():
            raise StoreError(
                sentence(
                    found=f"the store {self._server.name} of version {found.decode(errors='replace')}",
                    expected=f"version {VERSION}",
                    do="use the tasksplit that wrote it, or another database; it was left as it is",
                )
            )

    def _stage(self, born: str, page: list[bytes]) -> None:
        with self._server.in_words("write"), self._server.client.pipeline(transaction=True) as both:
            both.rpush(self._staged(born), *page)
            both.expire(self._staged(born), _LEFT_BEHIND)
            both.execute()

    def _commit(self, stream: str, born: str, count: int) -> None:
        keys = (self._streams, self._items(stream), self._staged(born), self._version)
        with self._server.in_words("write"):
            lost: Any = self._server.client.eval(_COMMIT, len(keys), *keys, _bytes(stream), count, born, VERSION)
        if lost:
            raise self._lost(stream, *map(int, lost))

    def _drop(self, born: str) -> None:
        with self._server.in_words("write"):
            self._server.client.unlink(self._staged(born))

    def _part(self, stream: str, start: int) -> _Part:
        items = self._items(stream)
        to = start + _PAGE - 1
        with self._server.in_words("read"):
            found: Any = self._server.client.eval(_READ, 2, self._streams, items, _bytes(stream), start, to)
        kept, held, page = found
        count, _, born = (kept or b"0 ").decode().partition(" ")
        if held != int(count):
            raise self._lost(stream, held, int(count))
        return _Part(held, born, page)

    def _staged(self, born: str) -> str:
        return f"{self._prefix}:staged:{born}"

    def _items(self, stream: str) -> bytes:
        return f"{self._prefix}:items:".encode() + _bytes(stream)

    def _lost(self, stream: str, held: int, promised: int) -> StoreError:
        return StoreError(
            sentence(
                found=f"{held} items of {promised} under {stream!r} in the store {self._server.name}: it lost some",
                expected="a server that evicts nothing and keeps what it was given",
                do="restore its data or name another store; what is left is no evidence",
            )
        )

    def _begun_anew(self, stream: str) -> StoreError:
        return StoreError(
            sentence(
                found=f"{stream!r} in the store {self._server.name} forgotten while it was read",
                expected="that it stays until it is read",
                do="read it again; what was read of it is of before",
            )
        )


def _bytes(stream: str) -> bytes:
    """Return a name as it is kept: any text of Python is one."""
    return stream.encode("utf-8", "surrogatepass")


def _pages(items: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield what is sent in one exchange."""
    page: list[bytes] = []
    size = 0
    for item in items:
        if len(item) > LARGEST:
            raise StoreError(
                sentence(
                    found=f"an item of {len(item):,} bytes",
                    expected=f"at most {LARGEST:,}, which a Redis takes at once; nothing was added",
                    do="keep such evidence in a database",
                )
            )
        page.append(bytes(item))
        size += len(item)
        if len(page) == _PAGE or size >= _FULL:
            yield page
            page, size = [], 0
    if page:
        yield page
