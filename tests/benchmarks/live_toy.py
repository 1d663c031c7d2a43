"""Which worker is measured? ``celery -A tests.benchmarks.live_toy worker``: a task of five effects on a 10 KB message.

When it has seen all messages, and sent what was recorded of them, it writes the seconds that they took, by
the clock and of the processor, and ends.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from celery import Celery
from redis import Redis

from tasksplit.live.install import Options, install
from tasksplit.model.migration import Effect, Handler, Migration, World
from tasksplit.wire.canonical import canonical

HERE = "tests.benchmarks.live_toy"
MODE = os.environ.get("BENCH_MODE", "bare")  # bare, recorded, or xadd: each call written to Redis at once
WORK = os.environ.get("BENCH_WORK", "none")  # besides the calls: none, cpu (as a message of the example), wait (10 ms)
BROKER = os.environ.get("BENCH_BROKER", "memory://")
FOLDER = Path(os.environ.get("BENCH_FOLDER", "/nonexistent"))

app = Celery("bench", broker=BROKER)
app.conf.update(
    task_ignore_result=True, task_default_queue="bench", worker_send_task_events=False, worker_prefetch_multiplier=16,
    broker_connection_retry_on_startup=True,
)  # fmt: skip

_began: list[tuple[float, float]] = []
_streams: list[Redis] = []


def status(commit: str, *, state: str, context: str) -> dict[str, str]:
    """Cause an effect, of which only the noting down costs anything."""
    return {"url": f"/statuses/{commit}", "state": state, "context": context}


def handle(event: dict[str, Any]) -> bool:
    """Be the handler."""
    for number in range(5):
        called = status(event["commits"][0]["id"], state="success", context=f"check/{number}")
        if MODE == "xadd":
            if not _streams:
                _streams.append(Redis.from_url(BROKER))
            _streams[0].xadd("captured", {"call": canonical({"returned": called, "number": number})}, maxlen=1000)
    if WORK == "cpu":
        sum(number * number % 7 for number in range(55_000))
    elif WORK == "wait":
        time.sleep(0.01)
    return True


@app.task(name="legacy.process")  # type: ignore[untyped-decorator]  # Celery ships no types
def process(event: dict[str, Any]) -> None:
    """Be the one task."""
    if not _began:
        _began.append((time.perf_counter(), time.process_time()))
    handle(event)


@app.task(name="bench.end")  # type: ignore[untyped-decorator]
def end() -> None:
    """Be the last message: send what was recorded, write down how long it took, and end the worker."""
    if installed is not None and installed._worker is not None:
        installed._worker.end()
    wall, cpu = _began[0]
    (FOLDER / "seconds").write_text(f"{time.perf_counter() - wall} {time.process_time() - cpu}")
    os.kill(os.getpid(), signal.SIGTERM)


def split_status(event: dict[str, Any]) -> None:
    """Be what the split would call."""


migration = Migration(
    name="bench",
    legacy=f"{HERE}:process",
    split=f"{HERE}:process",
    key=["$.repository.full_name"],
    world=World(calls=[Effect("status", at=[f"{HERE}:status"])]),
    handlers=[
        Handler(
            "status",
            legacy=f"{HERE}:handle",
            view=lambda bound: {"repository": bound["event"]["repository"]["full_name"], "event": bound["event"]},
            split="split.status",
            implementation=f"{HERE}:split_status",
        )
    ],
)

installed = (
    install(app, migration, store=BROKER, key=os.environ["BENCH_KEY"], options=Options(folder=FOLDER, strict=True))
    if MODE == "recorded"
    else None
)
