"""How many events does the front door accept, how long does a sender wait, and is none of them lost?

uvicorn, workers of Celery, Redis and the database run as users run them; the load comes from a process of its own, over
16 connections on the loopback. Then the workers drain the queues, and every event that was accepted is looked up.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import create_engine, select

from shadow.front_door.models import EVENTS, UNFINISHED
from tests.benchmarks.front_door_load import BROKEN, NUMBER, Work
from tests.benchmarks.measure import Result
from tests.integration.front_door_processes import (
    ROOT,
    Service,
    broker_of_ones_own,
    schema_of_ones_own,
    sign,
    until,
)

SECONDS = 30
CONNECTIONS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came of a load?"""

    per_second: float
    """Accepted."""
    median: float
    """Milliseconds until the answer."""
    p99: float
    answers: dict[str, int]
    """How many of each status."""
    ended: dict[str, int]
    """How many accepted events have each status in the end; `lost` where one is not in the database."""

    @property
    def failures(self) -> int:
        """Answers that are the service's own failure, or did not come."""
        return sum(times for status, times in self.answers.items() if status.startswith(("5", str(BROKEN))))

    @property
    def open(self) -> int:
        """Accepted events that did not come to an end."""
        return sum(self.ended.get(status, 0) for status in (*UNFINISHED, "lost"))


def requests() -> list[str]:
    """Return webhooks of several kinds as they go over the wire, each a delivery of its own."""
    files = sorted((ROOT / "legacy" / "messages").glob("*-00[0-4]-*.json"))
    chosen = [file for file in files if not file.name.startswith("babysit")] + sorted(
        ROOT.glob("legacy/messages/junk-p*")
    )
    found = []
    for file in chosen:
        body = json.dumps(json.loads(file.read_text()), separators=(",", ":"))
        head = {
            "Host": "door",
            "Content-Type": "application/json",
            "Content-Length": str(len(body.encode())),
            "X-GitHub-Event": file.name.partition("-")[0],
            "X-GitHub-Delivery": NUMBER,
            "X-Hub-Signature-256": sign(body.encode()),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        found.append(f"POST /webhooks/github HTTP/1.1\r\n{lines}\r\n{body}")
    return found


def measure(service: Service, *, seconds: float, doors: int, drain: float = 900) -> Figures:
    """Load a service, let it come to rest, and look up every event that it accepted."""
    address = urlsplit(service.door("--workers", str(doors)))
    service.worker("--concurrency", "2")
    service.start(
        "celery", "-A", "shadow.celery_app", "beat", "-s", str(service.folder / "beat"), "--loglevel", "warning"
    )
    work = Work(
        host=str(address.hostname), port=int(address.port or 0), seconds=seconds, connections=CONNECTIONS,
        requests=requests(),
    )  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.front_door_load"],
        input=json.dumps(asdict(work)), stdout=subprocess.PIPE, text=True, cwd=ROOT, check=True,  # its errors are ours
    )  # fmt: skip
    seen = json.loads(ended.stdout)
    engine = create_engine(service.database)

    def statuses() -> dict[str, str]:
        with engine.connect() as connection:
            return {row.id: row.status for row in connection.execute(select(EVENTS.c.id, EVENTS.c.status))}

    until(lambda: not set(statuses().values()) & set(UNFINISHED), seconds=drain, every=0.5)
    known = statuses()
    engine.dispose()
    return Figures(
        per_second=len(seen["accepted"]) / seen["seconds"],
        median=statistics.median(seen["times"]) * 1000,
        p99=statistics.quantiles(seen["times"], n=100)[98] * 1000,
        answers=seen["statuses"],
        ended=Counter(known.get(event_id, "lost") for event_id in seen["accepted"]),
    )


@contextlib.contextmanager
def databases(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a database of one's own."""
    if kind == "SQLite":
        yield f"sqlite:///{folder / 'door.db'}"
    else:
        with schema_of_ones_own() as url:
            yield url


def _bench(kind: str) -> list[Result]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker, database = stack.enter_context(broker_of_ones_own()), stack.enter_context(databases(kind, folder))
        as_shipped = {"publish_seconds": 1, "sweep_after": 60}
        service = Service(folder=folder, database=database, broker=broker, settings=as_shipped)
        stack.callback(service.close)
        found = measure(service, seconds=SECONDS, doors=1)
    said = (
        f"{kind}, {SECONDS} s, {CONNECTIONS} connections; the median waits {found.median:.0f} ms; {dict(found.ended)}"
    )
    return [
        Result(goal="front door accepts", peer=said, measured=found.per_second, limit=100, unit="/s"),
        Result(goal="front door, p99", peer=kind, measured=found.p99, limit=1000, at_least=False, unit="ms"),
        Result(goal="answers 5xx, or none", peer=kind, measured=found.failures, limit=0, at_least=False, unit=""),
        Result(goal="accepted, not ended", peer=kind, measured=found.open, limit=0, at_least=False, unit=""),
    ]


BENCHES: list[Callable[[], list[Result]]] = [lambda: _bench("SQLite"), lambda: _bench("PostgreSQL")]
