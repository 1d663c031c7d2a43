"""How is a Redis asked, and is it set up to keep what matters?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from tasksplit.errors import StoreError, sentence

OLDEST = (6, 2)  #: before it Celery's own redelivery fails


class Loss(NamedTuple):
    """What is kept there, and what does it mean when the server loses it?"""

    kept: str
    evicted: str
    forgotten: str


FLAGS_AND_CLAIMS = Loss(
    kept="flags and claims",
    evicted="an evicted claim lets both sides act",
    forgotten="without its flags workers that start anew let legacy act",
)


class RedisServer:
    """Which server is asked, in this process? Making one touches no network."""

    def __init__(self, url: str, timeout: float) -> None:
        """Name the server; a question that takes longer than ``timeout`` seconds is a ``StoreError``."""
        self._url, self._timeout = url, timeout
        parts = urlsplit(url)
        self._name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._pid = os.getpid()
        self._opened = self._open()

    @property
    def client(self) -> Redis:
        """Return the client of this process."""
        if self._pid != os.getpid():
            self._opened, self._pid = self._open(), os.getpid()  # connections are the parent's
        return self._opened

    @property
    def name(self) -> str:
        """Return the URL without whoever asks: what may be said of the server."""
        return self._name

    def problems(self, loss: Loss = FLAGS_AND_CLAIMS) -> tuple[str, ...]:
        """Return how this server is set up to lose what is kept there, in sentences."""
        with self.in_words("read"):
            info: Any = self.client.info()
        try:
            with self.in_words("read"):
                saves: Any = self.client.config_get("save")
        except StoreError:
            saves = {}  # hosted servers refuse CONFIG; what is not known is said below
        return problems_of(info, saves.get("save"), loss)

    def close(self) -> None:
        """Close every connection."""
        self.client.close()

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
    def in_words(self, act: str) -> Iterator[None]:
        """Turn what the server says, or that it says nothing, into one sentence."""
        try:
            yield
        except ResponseError as error:
            found, do = f"the store {self._name} refusing ({error})", "see what the server says; nothing was changed"
            raise StoreError(sentence(found=found, expected=f"a server that lets us {act}", do=do)) from error
        except RedisError as error:
            found = f"the store {self._name} away ({error})"
            doubt = "; whether it took the change is not known: look again" if act == "write" else ""
            do = f"start it or correct the URL{doubt}"
            raise StoreError(sentence(found=found, expected=f"a server that answers, to {act} it", do=do)) from error


def problems_of(info: Mapping[str, Any], save: str | None, loss: Loss = FLAGS_AND_CLAIMS) -> tuple[str, ...]:
    """Return what ``INFO`` and the setting ``save`` say against keeping anything there; None: not known."""
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
                expected=f"maxmemory-policy noeviction: {loss.evicted}",
                do=f"set it, or keep {loss.kept} on a server of their own",
            )
        )
    if not int(info.get("aof_enabled", 0)) and not save:
        known = "neither appendonly nor save is set" if save is not None else "no appendonly; it does not say its save"
        problems.append(
            sentence(
                found=f"a Redis that may forget everything when it restarts ({known})",
                expected=f"a persistent one: {loss.forgotten}",
                do="set appendonly yes",
            )
        )
    return tuple(problems)
