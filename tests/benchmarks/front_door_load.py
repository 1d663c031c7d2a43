"""How much does one address take? ``python -m tests.benchmarks.front_door_load`` keeps connections busy, and counts.

It reads a `Work` as JSON from its standard input, and writes what it saw as JSON to its standard output.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import Any

NUMBER = "A-NUMBER-OF-ITS-OWN"
"""In each request that is sent, this becomes a number."""
BROKEN = 0
"""The status of an answer that did not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is sent where, by how many at once, for how long?"""

    host: str
    port: int
    seconds: float
    connections: int
    requests: list[str]
    """Each as it goes over the wire; they take turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, and after how many seconds?"""

    status: int
    body: bytes
    taken: float


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> Answer:
    began = time.perf_counter()
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in head if line.startswith(b"content-length"))
    body = await reader.readexactly(length)
    return Answer(status=int(head[0].split(b" ")[1]), body=body, taken=time.perf_counter() - began)


async def load(work: Work) -> dict[str, Any]:
    """Keep every connection busy until the time is over; what was seen."""
    requests = [request.encode() for request in work.requests]
    numbers, seen, began = count(), list[Answer](), time.perf_counter()

    async def send_until_it_breaks() -> None:
        reader, writer = await asyncio.open_connection(work.host, work.port)
        with contextlib.closing(writer):
            while time.perf_counter() < began + work.seconds:
                number = next(numbers)
                request = requests[number % len(requests)].replace(NUMBER.encode(), b"%d" % number, 1)
                seen.append(await _exchange(reader, writer, request))

    async def keep_busy() -> None:
        while time.perf_counter() < began + work.seconds:
            try:
                await send_until_it_breaks()
            except (OSError, EOFError):
                seen.append(Answer(status=BROKEN, body=b"", taken=0))

    await asyncio.gather(*(keep_busy() for _ in range(work.connections)))
    return {
        "seconds": time.perf_counter() - began,
        "statuses": Counter(answer.status for answer in seen),
        "times": [answer.taken for answer in seen],
        "accepted": [json.loads(answer.body)["event_id"] for answer in seen if answer.status == 202],
    }


if __name__ == "__main__":
    json.dump(asyncio.run(load(Work(**json.load(sys.stdin)))), sys.stdout)
