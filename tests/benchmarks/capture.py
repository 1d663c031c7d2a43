"""P1, P2, P5, P8: what does capturing cost on the message's path?"""

from __future__ import annotations

import copy
import gc
import sys
from collections import deque
from subprocess import run
from time import perf_counter_ns
from typing import Any

import laboratory
import orjson
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from tasksplit.capture.freeze import Buffer, freeze, sampled_out
from tests.benchmarks.measure import Result, interleaved
from tests.benchmarks.payloads import webhook

EFFECTS = [{"call": "http", "url": f"/statuses/{n}", "body": {"state": "success"}} for n in range(3)]


class Nowhere(SpanExporter):
    """Where do the spans go? Nowhere: only what is paid on the message's path counts."""

    def export(self, spans: Any) -> SpanExportResult:
        return SpanExportResult.SUCCESS


def bench_inline() -> list[Result]:
    """P1: input, result and three effects of a 10 KB message: snapshot and hand-off."""
    payload, same = webhook(1), webhook(1)  # as two functions would return it
    result = {"success": True, "details": {"msg": "done"}}
    buffer = Buffer[bytes](1 << 40)
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Nowhere()))
    tracer = provider.get_tracer("bench")

    def captured() -> None:
        frozen = freeze((payload, result, EFFECTS))
        buffer.put(frozen, len(frozen))

    def experiment(context: Any = None) -> object:
        trial = laboratory.Experiment(context=context)
        trial.control(lambda: payload)
        trial.candidate(lambda: same)
        return trial.conduct()

    def span() -> None:
        with tracer.start_as_current_span("handler") as current:
            current.set_attribute("input", orjson.dumps(payload).decode())
            current.set_attribute("result", orjson.dumps(result).decode())
            for effect in EFFECTS:
                current.add_event("effect", {"body": orjson.dumps(effect).decode()})

    times = interleaved(
        {
            "ours": (captured, 500),
            "orjson.dumps": (lambda: orjson.dumps(payload), 500),
            "copy.deepcopy": (lambda: copy.deepcopy(payload), 100),
            "laboratory": (experiment, 300),
            "laboratory, input in its context": (lambda: experiment({"input": payload, "effects": EFFECTS}), 50),
            "OpenTelemetry span": (span, 300),
        },
        rounds=15,
    )
    provider.shutdown()
    limits = {
        "orjson.dumps": 3,
        "copy.deepcopy": 0.12,
        "laboratory": 0.7,  # it keeps the result only, and as a reference
        "laboratory, input in its context": 0.7,  # what it records is then what we record
        "OpenTelemetry span": 0.5,
    }
    return [_at_most("P1 in-line, 10 KB", peer, times["ours"] / times[peer], limit) for peer, limit in limits.items()]


def bench_tail() -> list[Result]:
    """P2: the slowest in a thousand, garbage collector on, buffer full; nothing that it has to follow."""
    payload = webhook(1)
    buffer = Buffer[bytes](20_000_000)
    while buffer.put(frozen := freeze(payload), len(frozen)):
        pass
    kept: deque[Any] = deque(maxlen=2_000)

    def captured() -> None:
        buffer.take()
        frozen = freeze(payload)
        buffer.put(frozen, len(frozen))

    ours = _slowest(captured, 6_000)
    copied = _slowest(lambda: kept.append(copy.deepcopy(payload)), 6_000)
    tracked = gc.is_tracked(freeze(payload))
    return [
        _at_most("P2 p99.9 in-line", "retained deepcopies", ours / copied, 0.5),
        _at_most("P2 gc-tracked objects per capture", "none", float(tracked), 0),
    ]


def bench_sampled_out() -> list[Result]:
    """P5: what a message costs that is not captured."""
    times = interleaved({"ours": (lambda: sampled_out("8a6d21c2-0b0e-4b0e-9f3e", 0.1), 20_000)})
    return [_at_most("P5 sampled out", "-", times["ours"], 0.3, unit="µs")]


def bench_import() -> list[Result]:
    """P8: what a worker pays for importing what captures and writes."""
    milliseconds, mebibytes = [], []
    for _ in range(7):
        done = run([sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=True)
        taken, grown, heavy = done.stdout.split(" ", 2)
        milliseconds.append(float(taken))
        mebibytes.append(float(grown))
        assert heavy.strip() == "[]", heavy
    return [
        _at_most("P8 import, time", "-", sorted(milliseconds)[3], 40, unit="ms"),
        _at_most("P8 import, memory", "-", sorted(mebibytes)[3], 10, unit="MiB"),
    ]


_IMPORT = """
import celery, resource, sys, time
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20
before, start = resident(), time.perf_counter()
import tasksplit.capture.freeze, tasksplit.wire.canonical
taken = (time.perf_counter() - start) * 1000
grown = resident() - before
print(taken, grown, sorted({"deepdiff", "scipy", "pydantic"} & set(sys.modules)))
"""


def _slowest(call: Any, calls: int) -> float:
    times = []
    for _ in range(calls):
        start = perf_counter_ns()
        call()
        times.append(perf_counter_ns() - start)
    return float(sorted(times)[int(calls * 0.999)])


def _at_most(goal: str, peer: str, measured: float, limit: float, unit: str = "x") -> Result:
    return Result(goal=goal, peer=peer, measured=measured, limit=limit, at_least=False, unit=unit)


BENCHES = (bench_inline, bench_tail, bench_sampled_out, bench_import)

if __name__ == "__main__":
    from tests.benchmarks.__main__ import main

    main([__name__], BENCHES)
