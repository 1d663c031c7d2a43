"""Goals G1 and G2: what does a look at the gate cost, and how often does it pass what it must not?

Run ``python -m tests.benchmarks.gate`` from the root of the repository.
"""

from __future__ import annotations

import math
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from tempfile import TemporaryDirectory

import numpy as np

from tasksplit.gate import decide, needed
from tasksplit.model.decision import Bar
from tasksplit.model.evidence import Evidence, Ledger, Tally
from tasksplit.model.message import Origin
from tests.unit.gate.streams import boundary, by_key, clustered, fixed_size_boundary, independent
from tests.unit.gate.test_bound import fixed_size

Row = tuple[str, str, str, str, bool]  # goal, what, measured, target, met
HANDLERS, KEYS, ALPHA = 20, 200, 0.05


def run() -> list[Row]:
    """Measure both goals in one process."""
    return [*_cost(), *_false_passes()]


def _cost() -> list[Row]:
    few, many, million = _alternating(_look(10**3), _look(10**7), _look(10**6))
    pairs, keys = _scans(10**6)
    look = f"{million * 1e6:.0f} µs for {HANDLERS} handlers"
    return [
        ("G1", "gate read, 1e7 pairs / 1e3 pairs", f"{many / few:.2f}", "<= 2", many / few <= 2),
        ("G1", f"GROUP BY over 1e6 rows / gate read ({look})", f"{pairs / million:,.0f} x", ">= 1,000 x",
         pairs / million >= 1000),
        ("G1", "the same, distinct keys counted", f"{keys / million:,.0f} x", ">= 1,000 x", keys / million >= 1000),
    ]  # fmt: skip


def _look(pairs: int) -> Callable[[], object]:
    each = pairs // HANDLERS
    seen = [
        Evidence(handler=f"h{n}", tally=Tally(match=each), keys=dict.fromkeys(map(str, range(KEYS)), False),
                 capture_complete=True)
        for n in range(HANDLERS)
    ]  # fmt: skip
    ledger = Ledger(expected=pairs, paired=pairs)
    return lambda: [decide(e, Bar(), handlers=HANDLERS, origin=Origin.LIVE, ledger=ledger) for e in seen]


def _alternating(*looks: Callable[[], object], rounds: int = 200) -> list[float]:
    taken: list[list[float]] = [[] for _ in looks]
    for _ in range(rounds):
        for look, times in zip(looks, taken, strict=True):
            start = time.perf_counter()
            look()
            times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in taken]


def _scans(rows: int) -> tuple[float, float]:
    with TemporaryDirectory() as folder, closing(sqlite3.connect(f"{folder}/pairs.db")) as connection:
        connection.execute(
            "CREATE TABLE pair (message TEXT, handler TEXT, instance TEXT, attempt INTEGER, key TEXT, verdict TEXT)"
        )
        made = (
            (f"{n:032x}", f"h{n % HANDLERS}", "", 0, f"owner/project-{n % KEYS}", "match" if n % 1000 else "mismatch")
            for n in range(rows)
        )
        connection.executemany("INSERT INTO pair VALUES (?, ?, ?, ?, ?, ?)", made)
        connection.commit()
        pairs, keys = _alternating(*_queries(connection), rounds=3)
    return pairs, keys


def _queries(connection: sqlite3.Connection) -> list[Callable[[], object]]:
    by_verdict = "SELECT handler, verdict, count(*) FROM pair GROUP BY handler, verdict"
    by_keys = (
        "SELECT handler, count(DISTINCT key), count(DISTINCT CASE verdict WHEN 'mismatch' THEN key END) "
        "FROM pair GROUP BY handler"
    )
    return [lambda: connection.execute(by_verdict).fetchall(), lambda: connection.execute(by_keys).fetchall()]


def _false_passes() -> list[Row]:
    runs, limit = 4000, 0.05
    allowed = ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / runs)
    by_message, of_keys = boundary(12_000, limit, ALPHA), boundary(KEYS, limit, ALPHA)

    def keyed(projects: np.ndarray, differs: np.ndarray) -> bool:
        keys, mismatched = by_key(projects, differs)
        return bool((mismatched <= of_keys[keys]).any())

    def naive(projects: np.ndarray, differs: np.ndarray) -> bool:
        return bool((np.cumsum(differs) <= by_message[1 : len(differs) + 1]).any())

    rng = np.random.default_rng(1)
    alone = independent(rng, runs, 10_000, 0.01, boundary(10_000, 0.01, ALPHA))
    fixed = independent(rng, runs, 10_000, 0.01, fixed_size_boundary(10_000, 0.01, ALPHA))
    together = clustered(rng, runs, bursts=400, rate=limit, shows=1.0, count=keyed)
    counted = clustered(rng, runs, bursts=400, rate=limit, shows=1.0, count=naive)
    ratio = needed(0.01, ALPHA) / fixed_size(0.01, ALPHA)
    return [
        ("G2", "false passes, independent, 10,000 looks", f"{alone:.1%}", f"<= {allowed:.1%}", alone <= allowed),
        ("G2", "false passes, clustered, by key", f"{together:.1%}", f"<= {allowed:.1%}", together <= allowed),
        ("G2", "peer: Clopper-Pearson at each look", f"{fixed:.1%}", "(for comparison)", True),
        ("G2", "peer: clustered, counted by message", f"{counted:.1%}", "(for comparison)", True),
        ("G2", f"clean keys for < 1 % ({needed(0.01, ALPHA)}) / fixed size", f"{ratio:.2f}", "<= 1.15", ratio <= 1.15),
    ]


if __name__ == "__main__":
    for goal, what, measured, target, met in run():
        print(f"{goal}  {what:70} {measured:>10}  {target:16} {'met' if met else 'MISSED'}")
