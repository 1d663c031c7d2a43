"""Streams of messages whose handler is exactly at its limit, and who passes it under constant looking."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, binom

from tasksplit.gate import passes

Counts = npt.NDArray[np.int64]
PROJECTS, BURST = 200, 30


def boundary(horizon: int, limit: float, alpha: float) -> Counts:
    """Return, for each number of observations, the most mismatches that still pass; -1 where none do."""
    most, found = -1, np.empty(horizon + 1, dtype=np.int64)
    for n in range(horizon + 1):
        while most + 1 <= n and passes(n, most + 1, limit, alpha):
            most += 1
        found[n] = most
    return found


def fixed_size_boundary(horizon: int, limit: float, alpha: float) -> Counts:
    """Return the same for a Clopper-Pearson bound, which holds at one size that was fixed in advance."""
    n = np.arange(1, horizon + 1)
    most = np.maximum(binom.ppf(alpha, n, limit), 0)
    for _ in range(2):  # the quantile is at most one too many
        most = np.where((most >= 0) & (beta.ppf(1 - alpha, most + 1, np.maximum(n - most, 1)) >= limit), most - 1, most)
    return np.concatenate([[-1], most]).astype(np.int64)


def ever(mismatched: Counts, most: Counts) -> npt.NDArray[np.bool_]:
    """Return, per run (row), whether any look passed; column k is the look after k + 1 observations."""
    passed: npt.NDArray[np.bool_] = (mismatched <= most[1 : mismatched.shape[1] + 1]).any(axis=1)
    return passed


def independent(rng: np.random.Generator, runs: int, horizon: int, rate: float, most: Counts) -> float:
    """Return the share of runs that ever pass, where each observation differs by itself."""
    chunks = [np.cumsum(rng.random((200, horizon)) < rate, axis=1) for _ in range(runs // 200)]
    return float(np.mean(np.concatenate([ever(chunk, most) for chunk in chunks])))


def projects_of(rng: np.random.Generator, bursts: int) -> Counts:
    """Return which project sends each message: Zipf over the projects, bursts of one project."""
    weights = 1 / np.arange(1, PROJECTS + 1)
    return np.repeat(rng.choice(PROJECTS, size=bursts, p=weights / weights.sum()), BURST)


def by_key(projects: Counts, differs: npt.NDArray[np.bool_]) -> tuple[Counts, Counts]:
    """Return keys seen and keys mismatched after each message: one capped contribution per key."""
    never = len(projects)
    first_seen = np.full(PROJECTS, never)
    first_bad = np.full(PROJECTS, never)
    np.minimum.at(first_seen, projects, np.arange(never))
    np.minimum.at(first_bad, projects[differs], np.flatnonzero(differs))
    after = [np.bincount(first, minlength=never + 1)[:never].cumsum() for first in (first_seen, first_bad)]
    return after[0], after[1]


def clustered(
    rng: np.random.Generator, runs: int, *, bursts: int, rate: float, shows: float, count: Callable[..., bool]
) -> float:
    """Return the share of runs that ever pass, where defects belong to projects.

    A broken project's messages differ with probability ``shows``; the first one of any project with ``rate``.
    """
    passed = 0
    for _ in range(runs):
        projects = projects_of(rng, bursts)
        broken = rng.random(PROJECTS) < rate / shows
        differs = broken[projects] & (rng.random(len(projects)) < shows)
        passed += count(projects, differs)
    return passed / runs
