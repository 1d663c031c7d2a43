"""Goal G2: does the stated confidence hold when the gate is asked after every single message?

Each test is seeded. A handler that is exactly at its limit may pass in at most alpha of all runs; three standard
deviations of the simulation are allowed on top.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.unit.gate.streams import boundary, by_key, clustered, fixed_size_boundary, independent

ALPHA = 0.05


def allowed(runs: int) -> float:
    return ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / runs)


@pytest.mark.parametrize(("limit", "horizon"), [(0.05, 2000), (0.01, 10_000)])
def test_independent_messages(limit: float, horizon: int) -> None:
    runs = 4000
    false = independent(np.random.default_rng(1), runs, horizon, limit, boundary(horizon, limit, ALPHA))
    assert 0 < false <= allowed(runs)


def test_a_fixed_size_bound_looked_at_after_each_pair_passes_a_broken_handler_many_times_as_often() -> None:
    runs, horizon, limit = 1000, 10_000, 0.01
    false = independent(np.random.default_rng(2), runs, horizon, limit, fixed_size_boundary(horizon, limit, ALPHA))
    assert false > 4 * ALPHA  # so the simulation has teeth


@pytest.mark.parametrize("shows", [1.0, 0.5, 0.2], ids=["each message", "every second", "every fifth"])
def test_messages_of_one_project_fail_together_and_a_key_counts_once(shows: float) -> None:
    runs, limit = 1500, 0.05
    most = boundary(200, limit, ALPHA)

    def count(projects: np.ndarray, differs: np.ndarray) -> bool:
        keys, mismatched = by_key(projects, differs)
        return bool((mismatched <= most[keys]).any())

    false = clustered(np.random.default_rng(3), runs, bursts=400, rate=limit, shows=shows, count=count)
    assert false <= allowed(runs)


def test_counting_messages_instead_of_keys_passes_a_broken_handler_more_often_than_not() -> None:
    runs, limit, bursts = 500, 0.05, 400
    most = boundary(bursts * 30, limit, ALPHA)

    def count(projects: np.ndarray, differs: np.ndarray) -> bool:
        return bool((np.cumsum(differs) <= most[1 : len(differs) + 1]).any())

    assert clustered(np.random.default_rng(4), runs, bursts=bursts, rate=limit, shows=1.0, count=count) > 0.5


def test_a_faithful_handler_passes_in_the_same_simulation() -> None:
    most = boundary(200, 0.05, ALPHA)

    def count(projects: np.ndarray, differs: np.ndarray) -> bool:
        keys, mismatched = by_key(projects, differs)
        return bool((mismatched <= most[keys]).any())

    assert clustered(np.random.default_rng(5), 200, bursts=400, rate=0.001, shows=1.0, count=count) > 0.9
