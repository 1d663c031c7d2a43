"""How do flags stay in Redis? One hash of flags, one list of changes, and one script that changes both or neither."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from tasksplit.errors import StoreError, sentence
from tasksplit.model.rollout import Change, Flags, Source
from tasksplit.rollout.written import read_change, read_flag, write_change, write_flag
from tasksplit.stores.flags_protocol import check, conflict

OLDEST = (6, 2)  #: before it Celery's own redelivery fails

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
        self._url, self._timeout = url, timeout
        # the braces keep both keys on one node of a cluster
        self._keys = tuple(f"{prefix}:{{{migration}}}:{kind}" for kind in ("flags", "changes"))
        parts = urlsplit(url)
        self._name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._pid = os.getpid()
        self._opened = self._open()

    def read(self) -> Flags:
        """Return all flags of one moment."""
        at = datetime.now(UTC)  # before the question: an age is never said too low
        with self._in_words("read"):
            found: dict[bytes, bytes] = self._client.hgetall(self._keys[0])  # type: ignore[assignment]  # not async
        revision = int(found.pop(_REVISION, b"0"))
        flags = [read_flag(text) for text in found.values()]
        return Flags(flags={flag.handler: flag for flag in flags}, revision=revision, source=Source.STORE, read_at=at)

    def apply(self, changes: Sequence[Change], expected: int) -> None:
        """Apply the changes of one plan if the revision is still the expected one, in one script."""
        if not changes:
            return
        check(changes, expected)
        written = chain.from_iterable((c.handler, write_flag(c.after), write_change(c)) for c in changes)
        with self._in_words("write"):
            found: Any = self._client.eval(_APPLY, 2, *self._keys, _REVISION, expected, expected + 1, *written)
        if found:
            raise conflict(expected, int(found), self.history(limit=1))

    def history(self, handler: str | None = None, limit: int = 20) -> tuple[Change, ...]:
        """Return the latest changes, newest first."""
        found: list[Change] = []
        start = 0
        while len(found) < limit:
            with self._in_words("read"):
                page: Any = self._client.lrange(self._keys[1], start, start + _PAGE - 1)
            found += [change for change in map(read_change, page) if handler in (None, change.handler)]
            start += _PAGE
            if len(page) < _PAGE:
                break
        return tuple(found[:limit])

    def problems(self) -> tuple[str, ...]:
        """Return how this server is set up to lose flags and claims, in sentences."""
        with self._in_words("read"):
            info: Any = self._client.info()
        try:
            with self._in_words("read"):
                saves: Any = self._client.config_get("save")
        except StoreError:
            saves = {}  # hosted servers refuse CONFIG; what is not known is said below
        return problems_of(info, saves.get("save"))

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    @property
    def _client(self) -> Redis:
        if self._pid != os.getpid():
            self._opened, self._pid = self._open(), os.getpid()  # connections are the parent's
        return self._opened

    def _open(self) -> Redis:
        try:
            return Redis.from_url(
                self._url,
                socket_timeout=self._timeout,
                socket_connect_timeout=self._timeout,
                retry=Retry(NoBackoff(), 0),  # a change whose answer was lost must not be sent twice
            )
        except ValueError as error:
            raise StoreError(
                sentence(
                    found=f"a store URL that cannot be used ({error})",
                    expected="redis://host:port/number",
                    do="correct the URL",
                )
            ) from error

    @contextmanager
    def _in_words(self, act: str) -> Iterator[None]:
        try:
            yield
        except ResponseError as error:
            found, do = f"the store {self._name} refusing ({error})", "see what the server says; nothing was changed"
            raise StoreError(sentence(found=found, expected=f"a server that lets us {act}", do=do)) from error
        except RedisError as error:
            found = f"the store {self._name} away ({error})"
            doubt = "; whether it took the change is not known: read the flags again" if act == "write" else ""
            do = f"start it or correct the URL{doubt}"
            raise StoreError(sentence(found=found, expected=f"a server that answers, to {act} it", do=do)) from error


def problems_of(info: Mapping[str, Any], save: str | None) -> tuple[str, ...]:
    """Return what ``INFO`` and the setting ``save`` say against keeping flags and claims there; None: not known."""
    problems = []
    version = str(info.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        problems.append(sentence(found=f"Redis {version}", expected=f"{oldest} or later", do="upgrade the server"))
    policy = str(info.get("maxmemory_policy", "noeviction"))
    if int(info.get("maxmemory", 0)) and policy != "noeviction":
        problems.append(
            sentence(
                found=f"a Redis that evicts keys when its memory is full (maxmemory-policy {policy})",
                expected="maxmemory-policy noeviction: an evicted claim lets both sides act",
                do="set it, or keep flags and claims on a server of their own",
            )
        )
    if not int(info.get("aof_enabled", 0)) and not save:
        known = "neither appendonly nor save is set" if save is not None else "no appendonly; it does not say its save"
        problems.append(
            sentence(
                found=f"a Redis that may forget everything when it restarts ({known})",
                expected="a persistent one: without its flags workers that start anew let legacy act",
                do="set appendonly yes",
            )
        )
    return tuple(problems)
