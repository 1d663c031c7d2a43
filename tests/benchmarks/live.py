"""P4, P6, P7: what does recording cost a worker that is at work?"""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import Mock

import orjson
from celery import Celery
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from redis import Redis as Client

from tasksplit.capture.freeze import freeze
from tasksplit.capture.journal import Journal
from tasksplit.live.clock import RealTime
from tasksplit.live.counted import total
from tasksplit.model.message import Side
from tasksplit.model.migration import Effect
from tasksplit.stores.flags_protocol import open_flag_store
from tasksplit.testing.flag_store_contract import change
from tasksplit.testing.redis import find_or_start
from tasksplit.worlds.calls_heard import CallsHeard
from tasksplit.worlds.sink import ACTIVE
from tests.benchmarks.capture import Nowhere
from tests.benchmarks.measure import Result, interleaved
from tests.benchmarks.payloads import webhook

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """How many seconds did a worker take, by the clock and of the processor, its writer's thread included?

    Where it never waits, the second is the first on a machine of its own, and the machine's other work is not in it.
    """

    wall: float
    cpu: float


Measured = Callable[[str, str, int], Took]  # mode, work, messages
CALLS = 50  # of one message


def push(commit: str, *, state: str, context: str) -> dict[str, str]:
    """Be an effect of which only the noting down costs anything."""
    return {"url": f"/statuses/{commit}", "state": state, "context": context}


def plain(commit: str, *, state: str, context: str) -> dict[str, str]:
    """Be the same, and nobody stands before it."""
    return {"url": f"/statuses/{commit}", "state": state, "context": context}


def bench_effect() -> list[Result]:
    """P4: an effect that is recorded, and one that nobody records."""
    arguments = {"state": "success", "context": "check"}
    commit = "0123456789abcdef" * 2
    calls = CallsHeard([Effect("push", at=[f"{__name__}:push"])], write=freeze)
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Nowhere()))
    tracer = provider.get_tracer("bench")
    mock = Mock(wraps=plain)

    def several(call: Callable[..., Any]) -> Callable[[], None]:
        def work() -> None:
            for _ in range(CALLS):
                call(commit, **arguments)

        return work

    def span(commit: str, **arguments: str) -> None:
        with tracer.start_as_current_span("push") as current:
            current.set_attribute("arguments", orjson.dumps([commit, arguments]).decode())
            current.set_attribute("returned", orjson.dumps(plain(commit, **arguments)).decode())

    def mocked() -> None:
        mock.reset_mock()
        several(mock)()

    def recorded() -> None:
        journal = Journal("message", Side.LEGACY, RealTime(), write=freeze, strict=True)
        journal.exchanges = []
        journal.enter(journal.open("dispatch", parent=None), None, "")
        ACTIVE.sink = journal
        several(push)()
        ACTIVE.sink = None
        assert len(journal.exchanges) == len(journal.frames[0].calls) == CALLS

    calls.install()
    times = interleaved(
        {
            "recorded": (recorded, 20),
            "span": (several(span), 20),
            "mock": (mocked, 20),
            "off": (several(push), 200),
            "bare": (several(plain), 200),
        },
        rounds=15,
    )
    calls.uninstall()
    provider.shutdown()
    off = (times["off"] - times["bare"]) / CALLS
    return [
        _at_most("P4 recorded effect", "OpenTelemetry span", times["recorded"] / times["span"], 0.3),
        _at_most("P4 recorded effect", "Mock(wraps=)", times["recorded"] / times["mock"], 1),
        _at_most("P4 effect, nothing recorded: added", "bare call", off, 0.25, unit="µs"),
    ]


def bench_message() -> list[Result]:
    """P6: a Celery message of 10 KB with five calls that are captured, on a real broker."""
    with _workers() as measured:
        idle = _medians(measured, ("bare", "recorded", "xadd"), work="none", messages=1_000, rounds=5)
        busy = _medians(measured, ("bare", "recorded"), work="wait", messages=200, rounds=5)
    added, sync = idle["recorded"].cpu - idle["bare"].cpu, idle["xadd"].cpu - idle["bare"].cpu
    return [
        _at_most("P6 five captured calls: added time", "an XADD for each call", added / sync, 0.25),
        _at_most(
            "P6 message of no work: added, the writer's part in it", "bare", 100 * added / idle["bare"].cpu, 6, "%"
        ),
        _at_least("legacy that waits 10 ms: throughput", "bare", busy["bare"].wall / busy["recorded"].wall, 0.97),
    ]


def bench_saturated() -> list[Result]:
    """P7: a worker whose processor is never idle, with its writer."""
    with _workers() as measured:
        rounds = [(measured("bare", "cpu", 300), measured("recorded", "cpu", 300)) for _ in range(10)]
    ratio = median(bare.cpu / recorded.cpu for bare, recorded in rounds)
    return [_at_least("P7 saturated worker, writer on: throughput", "bare", 100 * ratio, 88, unit="%")]


def _medians(measured: Measured, modes: tuple[str, ...], *, work: str, messages: int, rounds: int) -> dict[str, Took]:
    """Return the medians of each mode; in each round everyone has a turn."""
    times: dict[str, list[Took]] = {mode: [] for mode in modes}
    for _ in range(rounds):
        for mode in modes:
            times[mode].append(measured(mode, work, messages))
    return {
        mode: Took(wall=median(took.wall for took in found), cpu=median(took.cpu for took in found))
        for mode, found in times.items()
    }


@contextmanager
def _workers() -> Iterator[Measured]:
    """Yield what runs a worker of a mode and a work on so many messages, and says how long it took."""
    key = b64encode(os.urandom(32)).decode()
    with TemporaryDirectory() as folder, find_or_start() as server:
        with closing(open_flag_store(server.url, "bench")) as store:
            flags = store.read()
            store.apply([change(flags, "status")], flags.revision)
        app = Celery("bench", broker=server.url, set_as_current=False)
        app.conf.task_default_queue = "bench"
        payloads = [webhook(seed) for seed in range(50)]

        def measured(mode: str, work: str, messages: int) -> Took:
            with Client.from_url(server.url) as client:
                client.delete("bench", "tasksplit.shadow", "captured")
            with app.producer_pool.acquire(block=True) as producer:
                for number in range(messages):
                    event = payloads[number % len(payloads)]
                    app.send_task("legacy.process", [event], producer=producer, ignore_result=True)
                app.send_task("bench.end", producer=producer, ignore_result=True)
            before = total(Path(folder) / "counts" / "bench")["written"]
            _run(
                mode,
                {
                    "BENCH_MODE": mode, "BENCH_WORK": work, "BENCH_BROKER": server.url, "BENCH_FOLDER": folder,
                    "BENCH_KEY": key,
                },
            )  # fmt: skip
            if mode == "recorded":
                written = total(Path(folder) / "counts" / "bench")["written"] - before
                assert written == messages, f"{written} of {messages} were recorded and written"
            wall, cpu = (Path(folder) / "seconds").read_text().split()
            return Took(wall=float(wall), cpu=float(cpu))

        yield measured
        app.close()


def _run(mode: str, environment: dict[str, str]) -> None:
    arguments = [
        *(sys.executable, "-m", "celery", "-A", "tests.benchmarks.live_toy", "worker", "--pool", "solo"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING", "-n", f"{mode}@%h"),
    ]
    core = {min(os.sched_getaffinity(0))}
    ended = subprocess.run(
        arguments,
        cwd=ROOT,
        env={**os.environ, **environment},
        preexec_fn=lambda: os.sched_setaffinity(0, core),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def _at_most(goal: str, peer: str, measured: float, limit: float, unit: str = "x") -> Result:
    return Result(goal=goal, peer=peer, measured=measured, limit=limit, at_least=False, unit=unit)


def _at_least(goal: str, peer: str, measured: float, limit: float, unit: str = "x") -> Result:
    return Result(goal=goal, peer=peer, measured=measured, limit=limit, unit=unit)


BENCHES = (bench_effect, bench_message, bench_saturated)

if __name__ == "__main__":
    from tests.benchmarks.__main__ import main

    main([__name__], BENCHES)
