"""Goals G1 and G2: what does a look at the gate cost, and how often does it pass what it must not?

A false pass of a peer is "asked" to be above 5 %, so that the simulation is known to have teeth.
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
from tests.benchmarks.measure import Result
from tests.unit.gate.streams import boundary, by_key, clustered, fixed_size_boundary, independent
from tests.unit.gate.test_bound import fixed_size

HANDLERS, KEYS, ALPHA = 20, 200, 0.05


def cost() -> list[Result]:
    """Measure G1: a look at all handlers, against the pairs behind them and against a scan of the pairs."""
    few, many, million = _alternating(_look(10**3), _look(10**7), _look(10**6))
    pairs, keys = _scans(10**6)
    look = f"gate read of {HANDLERS} handlers ({million * 1e6:.0f} µs)"
    return [
        Result(goal="G1 cost", peer="1e7 pairs / 1e3 pairs", measured=many / few, limit=2, at_least=False),
        Result(goal="G1 1e6 pairs", peer=f"GROUP BY in SQLite / {look}", measured=pairs / million, limit=1000),
        Result(goal="G1 1e6 pairs", peer=f"distinct keys in SQLite / {look}", measured=keys / million, limit=1000),
    ]


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


def false_passes() -> list[Result]:
    """Measure G2: false passes at a true rate equal to the limit, looked at after each pair."""
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
    clean = needed(0.01, ALPHA)

    def share(peer: str, measured: float, *, at_least: bool = False) -> Result:
        limit = 100 * (ALPHA if at_least else allowed)
        return Result(
            goal="G2 false passes", peer=peer, measured=100 * measured, limit=limit, at_least=at_least, unit="%"
        )

    return [
        share("ours, independent, 10,000 looks", alone),
        share("ours, clustered, by key", together),
        share("Clopper-Pearson at each look", fixed, at_least=True),
        share("clustered, counted by message", counted, at_least=True),
        Result(
            goal=f"G2 clean keys for < 1 % ({clean})",
            peer="Clopper-Pearson, fixed size",
            measured=clean / fixed_size(0.01, ALPHA),
            limit=1.15,
            at_least=False,
        ),
    ]


BENCHES = (cost, false_passes)
