"""What can be asked of a container, and how does a process answer?"""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from docker.errors import NotFound

from tasksplit.errors import sentence
from tasksplit.testing.child import SECONDS_TO_STOP, Child, ProcessError, launched
from tasksplit.testing.engine.places import Places
from tasksplit.testing.engine.ports import Published, sockets
from tasksplit.testing.engine.programs import ready_words, redis_started, started
from tasksplit.testing.engine.recipe import Recipe

SECONDS_TO_READY = 30.0  #: after which a container that has not said that it is ready is handed over as it is


class ExecResult(NamedTuple):
    """How did a command in a container end, and what did it say?"""

    exit_code: int
    output: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for when the container was made?"""

    id: str
    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    labels: Mapping[str, str]
    ports: Published
    network: str
    folder: str
    volumes: Mapping[str, tuple[str, Path]] = field(default_factory=dict)
    """Path in the container → name of the volume, and its folder."""


class Contained(Protocol):
    """What must each container answer, whatever runs in it? As docker-py's ``Container``, of which pytest-celery knows
    no more."""

    id: str
    name: str
    labels: dict[str, str]
    removed: bool

    @property
    def status(self) -> str: ...
    @property
    def attrs(self) -> dict[str, Any]: ...
    def reload(self) -> None: ...
    def logs(self) -> bytes: ...
    def start(self) -> None: ...
    def kill(self, signal: str | int | None = None) -> None: ...
    def stop(self, timeout: float = SECONDS_TO_STOP) -> None: ...
    def restart(self, timeout: float = SECONDS_TO_STOP) -> None: ...
    def remove(self, *, force: bool = False, v: bool = False) -> None: ...
    def wait(self, timeout: float | None = None) -> dict[str, Any]: ...
    def exec_run(self, cmd: str | Sequence[str]) -> ExecResult: ...
    def put_archive(self, path: str, data: bytes | IO[bytes]) -> bool: ...
    def get_archive(self, path: str) -> tuple[Iterator[bytes], dict[str, object]]: ...


class Container:
    """How does a process live as a container? Its id is its host name; kill and restart are those of the process."""

    def __init__(self, wanted: Wanted, recipe: Recipe, *, folder: Path, environment: Mapping[str, str]) -> None:
        """Lay out its files under ``folder``; ``environment`` is what every process here gets, beside its own."""
        self._wanted, self._recipe = wanted, recipe
        self.id, self.name, self.labels = wanted.id, wanted.name, dict(wanted.labels)
        self.short_id = self.id[:12]
        self._log = folder / "log"
        self._root = folder / "root"
        self._places = Places(self._root)
        for path, file in recipe.code:
            self._places.link(path, file)
        for path, (_, data) in wanted.volumes.items():
            self._places.link(path, data, hide=True)
        own = {**recipe.environment, **wanted.environment}
        self._environment = {
            **environment,
            "PATH": f"{Path(recipe.python).parent}:{environment.get('PATH', '')}",
            **{name: self._places.translated(value) for name, value in own.items()},
        }
        self._child: Child | None = None
        self.removed = False

    @property
    def status(self) -> str:
        """Return ``created``, ``running`` or ``exited``."""
        if self._child is None:
            return "created"
        return "running" if self._child.ended is None else "exited"

    @property
    def attrs(self) -> dict[str, Any]:
        """Return what ``docker inspect`` says, as far as a process has it."""
        said = described(self._wanted, self.status)
        if self._child is not None:
            said["State"] |= {"Pid": self._child.pid, "ExitCode": _code(self._child.ended or 0)}
        return said

    def reload(self) -> None:
        """Look again: nothing to do, since every answer is of now. ``NotFound`` after it was removed."""
        if self.removed:
            raise NotFound(f"No such container: {self.id}")

    def logs(self) -> bytes:
        """Return all that it wrote to standard output and error, since it was made."""
        return self._log.read_bytes() if self._log.exists() else b""

    def start(self) -> None:
        """Start the process and return when it says that it is ready, or has ended, or after 30 seconds."""
        if self.status == "running":
            return
        command = list(self._wanted.command)
        folder = self._places.make(self._wanted.folder)
        arguments = self._arguments(command)
        self._child = Child(arguments, folder=folder, log=self._log, environment=self._environment)
        if (words := ready_words(command)) is not None:
            child = self._child
            child.wait_until(lambda: words in child.said(), seconds=SECONDS_TO_READY)

    def _arguments(self, command: Sequence[str]) -> list[str]:
        if command[:1] == ["redis-server"]:
            (where,) = next(iter(self._wanted.ports.values()))
            return redis_started(command[1:], int(where["HostPort"]), self._places.make("/data"))
        words = [self._places.translated(word).replace("%h", self.short_id) for word in command]
        return started(words, self._recipe.python, path=self._environment["PATH"])

    def kill(self, signal: str | int | None = None) -> None:
        """Send a signal: SIGKILL, if none is named, to all its processes, any other to the first one."""
        self._running("killed").signal(_number(signal))

    def stop(self, timeout: float = SECONDS_TO_STOP) -> None:
        """Ask it to end and kill it after so many seconds."""
        if self._child:
            self._child.stop(timeout)

    def restart(self, timeout: float = SECONDS_TO_STOP) -> None:
        """Stop it, start it again with the same files and ports, and return when it is ready anew."""
        self.stop(timeout)
        self.start()

    def remove(self, *, force: bool = False, v: bool = False) -> None:
        """Remove it with its files, killed first if ``force``; its log stays, for reports. ``v`` means nothing."""
        if self.status == "running":
            if not force:
                raise ProcessError(
                    sentence(found=f"{self.name} running", expected="one that ended", do="stop it, or force it")
                )
            self.kill()
        shutil.rmtree(self._root, ignore_errors=True)  # of code and volumes only the links
        self.removed = True

    def wait(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait until it has ended and return its exit code, 128 and the signal's number if it was killed."""
        code = self._child.wait(timeout) if self._child else 0
        return {"StatusCode": _code(code), "Error": None}

    def exec_run(
        self, cmd: str | Sequence[str], *, environment: Mapping[str, str] | None = None, workdir: str | None = None
    ) -> ExecResult:
        """Run a command beside it, with its files and environment; the table of sockets shows its own port numbers."""
        self._running("asked to run a command")
        command = shlex.split(cmd) if isinstance(cmd, str) else list(cmd)
        if command[0] == "cat" and all(word.startswith("/proc/net/") for word in command[1:]):
            return ExecResult(0, sockets(command[1:], self._wanted.ports))
        words = [self._places.translated(word) for word in command]
        more = {name: self._places.translated(value) for name, value in (environment or {}).items()}
        ended = subprocess.run(  # noqa: S603  # what the test asks for
            launched(started(words, self._recipe.python, path=self._environment["PATH"])),
            cwd=self._places.make(workdir or self._wanted.folder), env={**self._environment, **more},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        return ExecResult(_code(ended.returncode), ended.stdout)

    def put_archive(self, path: str, data: bytes | IO[bytes]) -> bool:
        """Unpack a tar archive into a folder of the container."""
        self._places.put(path, data)
        return True

    def get_archive(self, path: str) -> tuple[Iterator[bytes], dict[str, object]]:
        """Return a tar archive of a file or folder of the container. ``NotFound`` if there is none."""
        try:
            return self._places.get(path)
        except FileNotFoundError as error:
            raise NotFound(f"No {path} in container {self.name}") from error

    def _running(self, asked: str) -> Child:
        if self._child is None or self._child.ended is not None:
            found = f"the container {self.name}, {self.status}, to be {asked}"
            raise ProcessError(sentence(found=found, expected="one that runs", do="start it first"))
        return self._child


def described(wanted: Wanted, status: str) -> dict[str, Any]:
    """Return what ``docker inspect`` would say of a container with that status."""
    wheres = [where for published in wanted.ports.values() for where in published]
    hostname = f"{wheres[0]['HostIp']}:{wheres[0]['HostPort']}" if wheres else wanted.id[:12]
    return {
        "Id": wanted.id,
        "Name": f"/{wanted.name}",
        "Config": {
            "Hostname": hostname,  # pytest-celery makes URLs of it
            "Image": wanted.image,
            "Cmd": list(wanted.command),
            "Env": [f"{name}={value}" for name, value in wanted.environment.items()],
            "Labels": dict(wanted.labels),
        },
        "State": {"Status": status, "Running": status == "running", "ExitCode": 0, "Pid": 0},
        "HostConfig": {"PortBindings": dict(wanted.ports)},
        "NetworkSettings": {"Networks": {wanted.network: {"IPAddress": "127.0.0.1"}}, "Ports": dict(wanted.ports)},
        "Mounts": [
            {"Type": "volume", "Name": name, "Source": str(folder), "Destination": path}
            for path, (name, folder) in wanted.volumes.items()
        ],
    }


def _number(asked: str | int | None) -> int:
    if asked is None:
        return signal.SIGKILL
    if isinstance(asked, int) or asked.isdigit():
        return int(asked)
    return signal.Signals[asked if asked.startswith("SIG") else f"SIG{asked}"]


def _code(ended: int) -> int:
    return ended if ended >= 0 else 128 - ended
