"""Which port of this machine stands for a port of a container?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tasksplit.testing.child import free_port

Published = dict[str, list[dict[str, str]]]


def published(asked: Mapping[str, str | int | None]) -> Published:
    """Return for each port that is asked for (``6379/tcp``) where it is, as Docker says it; None: a free one."""
    return {
        name if "/" in name else f"{name}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(wanted or free_port())}]
        for name, wanted in asked.items()
    }


def sockets(tables: Iterable[str], ports: Published) -> bytes:
    """Return the system's tables of sockets (``/proc/net/tcp``), each published port under the container's number."""
    lines = [line for table in tables if Path(table).exists() for line in Path(table).read_text().splitlines()[1:]]
    inside = {int(where["HostPort"]): int(name.split("/")[0]) for name, wheres in ports.items() for where in wheres}
    return "\n".join(_inside(line, inside) for line in lines).encode()


def _inside(line: str, inside: Mapping[int, int]) -> str:
    words = line.split()
    address, _, port = words[1].partition(":")
    words[1] = f"{address}:{inside.get(int(port, 16), int(port, 16)):04X}"
    return " ".join(words)
