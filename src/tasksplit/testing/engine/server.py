"""How does a server that runs anyway, and that we may neither start nor end, stand in for a container?"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import IO, Any

from tasksplit.errors import sentence
from tasksplit.testing.child import SECONDS_TO_STOP, ProcessError
from tasksplit.testing.engine.container import ExecResult, Wanted, described

_SECONDS_TO_ANSWER = 3.0


class ServerContainer:
    """Is it there? That is all it answers: to kill it would break the tests of others."""

    def __init__(self, wanted: Wanted) -> None:
        """Stand for the server at the one port that is published."""
        self._wanted = wanted
        self.id, self.name, self.labels = wanted.id, wanted.name, dict(wanted.labels)
        self.removed = False
        ((self._port, ((where),)),) = wanted.ports.items()
        self._address = where["HostIp"], int(where["HostPort"])

    @property
    def status(self) -> str:
        """Return ``running`` if the server takes connections, else ``exited``."""
        try:
            with socket.create_connection(self._address, timeout=_SECONDS_TO_ANSWER):
                return "running"
        except OSError:
            return "exited"

    @property
    def attrs(self) -> dict[str, Any]:
        """Return what ``docker inspect`` would say."""
        return described(self._wanted, self.status)

    def reload(self) -> None:
        """Look again: nothing to do."""

    def logs(self) -> bytes:
        """Return that it is there, in RabbitMQ's words: its own log is not ours to read."""
        host, port = self._address
        return f"Server startup complete; {host}:{port} is somebody else's.\n".encode()

    def start(self) -> None:
        """Look whether it is there; ``ProcessError`` if not."""
        if self.status != "running":
            host, port = self._address
            found = f"nobody at {host}:{port}, where {self._wanted.image} should be"
            do = "start it, or name another with --engine-rabbitmq"
            raise ProcessError(sentence(found=found, expected="a server that runs: none is started for it", do=do))

    def stop(self, timeout: float = SECONDS_TO_STOP) -> None:
        """Leave it alone."""

    def remove(self, *, force: bool = False, v: bool = False) -> None:
        """Forget it, and leave it alone."""
        self.removed = True

    def kill(self, signal: str | int | None = None) -> None:
        """Refuse."""
        raise self._not_ours("killed")

    def restart(self, timeout: float = SECONDS_TO_STOP) -> None:
        """Refuse."""
        raise self._not_ours("restarted")

    def wait(self, timeout: float | None = None) -> dict[str, Any]:
        """Return at once: nothing of ours runs."""
        return {"StatusCode": 0, "Error": None}

    def exec_run(self, cmd: str | Sequence[str]) -> ExecResult:
        """Answer which port is open, which is how readiness is asked for; refuse anything else."""
        if not str(cmd).startswith("cat /proc/net/"):
            raise self._not_ours("asked to run a command")
        listening = f"0: 00000000:{int(self._port.split('/')[0]):04X} 00000000:0000 0A"
        return ExecResult(0, listening.encode() if self.status == "running" else b"")

    def put_archive(self, path: str, data: bytes | IO[bytes]) -> bool:
        """Refuse."""
        raise self._not_ours("given files")

    def get_archive(self, path: str) -> tuple[Iterator[bytes], dict[str, object]]:
        """Refuse."""
        raise self._not_ours("asked for files")

    def _not_ours(self, asked: str) -> ProcessError:
        found = f"{self._wanted.image} to be {asked}, which is a server that was there before"
        expected = "a container that runs as a process of this one"
        return ProcessError(sentence(found=found, expected=expected, do="use Redis here, or --engine docker"))
