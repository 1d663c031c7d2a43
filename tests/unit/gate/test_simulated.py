"""Goal G2, for many handlers and strata at once: does the stated confidence hold when all are asked after every key?

As in ``test_false_passes``: seeded, and three standard deviations of the simulation are allowed on top.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from tasksplit.gate import alarm, decide, needed, passes, upper_bound
from tasksplit.gate.bound import log_capital
from tasksplit.gate.tally import Tallying
from tasksplit.model.decision import Answer, Bar
from tasksplit.model.distinct import Distinct, of
from tasksplit.model.evidence import Evidence, Ledger, Stratum, Tally
from tasksplit.model.message import Origin
from tasksplit.model.verdict import Judged, Verdict
from tests.unit.gate.streams import BURST, PROJECTS, Counts, boundary, by_key, ever, projects_of
from tests.unit.gate.test_bound import fixed_size

ALPHA, LIMIT, HANDLERS = 0.05, 0.05, 20
BALANCED = Ledger(expected=10, paired=10)


def allowed(runs: int) -> float:
    return ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / runs)


def families(seed: int, runs: int, horizon: int) -> Iterator[Counts]:
    """Yield for each run how many of the keys so far differ: a row per handler, all of them exactly at the limit."""
    rng = np.random.default_rng(seed)
    for _ in range(runs):
        yield np.cumsum(rng.random((HANDLERS, horizon), dtype=np.float32) < LIMIT, axis=1)


def answered(evidence: Evidence, *, handlers: int, limit: float = LIMIT) -> Answer:
    """Return what the gate says of live evidence."""
    bar = Bar(max_mismatch_rate=limit, confidence=1 - ALPHA, max_stratum_rate=limit if evidence.strata else None)
    return decide(evidence, bar, handlers=handlers, origin=Origin.LIVE, ledger=BALANCED).answer


def shown(keys: int, mismatched: int = 0, **fields: dict[str, Stratum]) -> Evidence:
    """Return evidence of keys with a pair each, which lacks nothing else."""
    of_keys = {f"k{n}": n < mismatched for n in range(keys)}
    tally = Tally(match=keys - mismatched, mismatch=mismatched)
    return Evidence(handler="build", tally=tally, keys=of_keys, capture_complete=True, **fields)


# Many handlers at once


def test_of_twenty_handlers_at_the_limit_any_passes_in_at_most_five_percent_of_runs() -> None:
    runs, horizon = 1000, 1500
    most = boundary(horizon, LIMIT, ALPHA / HANDLERS)
    false = np.mean([ever(family, most).any() for family in families(11, runs, horizon)])
    assert 0 < false <= allowed(runs)


def test_without_the_correction_one_of_them_passes_in_every_second_run() -> None:
    runs, horizon = 200, 1500
    most = boundary(horizon, LIMIT, ALPHA)
    assert np.mean([ever(family, most).any() for family in families(12, runs, horizon)]) > 0.4  # it has teeth


def test_of_twenty_handlers_at_the_limit_any_fails_in_at_most_five_percent_of_runs() -> None:
    runs, horizon = 500, 1500
    least = np.array([_alarms_from(n) for n in range(1, horizon + 1)])
    false = np.mean([(family >= least).any() for family in families(13, runs, horizon)])
    assert false <= allowed(runs)


def _alarms_from(keys: int) -> int:
    """Return the fewest mismatches among so many keys that raise an alarm; one more than there are where none do."""
    few, many = math.floor(keys * LIMIT), keys + 1
    while many - few > 1:
        middle = (few + many) // 2
        alarms = alarm(keys, middle, LIMIT, ALPHA / HANDLERS)
        few, many = (few, middle) if alarms else (middle, many)
    return many


@pytest.mark.parametrize("limit", [0.01, 0.001])
def test_clean_handlers_need_at_most_15_percent_more_than_at_a_fixed_size_also_as_one_of_twenty(limit: float) -> None:
    enough = needed(limit, ALPHA / HANDLERS)
    assert enough <= 1.15 * fixed_size(limit, ALPHA / HANDLERS)
    assert answered(shown(enough), handlers=HANDLERS, limit=limit) is Answer.PASS
    assert answered(shown(enough - 1), handlers=HANDLERS, limit=limit) is Answer.WAIT


@pytest.mark.parametrize("handlers", [1, 7, HANDLERS])
@pytest.mark.parametrize("keys", [100, 400, 1500])
def test_the_gate_passes_what_the_simulated_boundary_passes_and_nothing_more(handlers: int, keys: int) -> None:
    most = int(boundary(keys, LIMIT, ALPHA / handlers)[keys])
    assert answered(shown(keys, most + 1), handlers=handlers) is not Answer.PASS
    if most >= 0:
        assert answered(shown(keys, most), handlers=handlers) is Answer.PASS


# Strata


def test_a_handler_that_is_at_the_limit_in_one_rare_stratum_passes_in_at_most_five_percent_of_runs() -> None:
    runs, keys, share = 2000, 8000, 0.1
    rng = np.random.default_rng(14)
    most = boundary(keys, LIMIT, ALPHA)
    passed = averaged = 0
    for _ in range(runs):
        rare = rng.random(keys, dtype=np.float32) < share
        differs = np.cumsum(rare & (rng.random(keys, dtype=np.float32) < LIMIT))
        over_all = differs <= most[1:]
        passed += bool((over_all & (differs <= most[np.cumsum(rare)])).any())
        averaged += bool(over_all.any())
    assert 0 < passed / runs <= allowed(runs)
    assert averaged == runs  # over all strata together it is far below the limit


def test_the_gate_asks_each_stratum_and_needs_no_correction_for_their_number() -> None:
    enough, common = needed(LIMIT, ALPHA), Stratum(keys=shown(900).keys, clean=_contents(64))
    for keys, answer in ((enough - 1, Answer.WAIT), (enough, Answer.PASS)):
        rare = Stratum(keys=shown(keys).keys, clean=_contents(keys))
        assert answered(shown(900, strata={"common": common, "rare": rare}), handlers=1) is answer


def _contents(count: int) -> Distinct:
    return of(f"{n:032x}" for n in range(count))


# Messages of one project fail together


def exposed(rng: np.random.Generator, bursts: int, shows: float) -> tuple[Counts, npt.NDArray[np.bool_]]:
    """Return which project sends each message, and (a row per handler) whether that message differs.

    A project is defective as a whole: the first message of any of them differs with a probability of the limit.
    """
    projects = projects_of(rng, bursts)
    broken = rng.random((HANDLERS, PROJECTS)) < LIMIT / shows
    return projects, broken[:, projects] & (rng.random((HANDLERS, len(projects)), dtype=np.float32) < shows)


@pytest.mark.parametrize("shows", [1.0, 0.3], ids=["each message", "every third"])
def test_of_twenty_handlers_any_passes_in_at_most_five_percent_of_runs_when_a_project_counts_once(shows: float) -> None:
    runs, rng, most = 200, np.random.default_rng(15), boundary(PROJECTS, LIMIT, ALPHA / HANDLERS)
    false = clean = 0
    for _ in range(runs):
        projects, differs = exposed(rng, 900, shows)
        counted = [by_key(projects, each) for each in differs]
        false += any(bool((mismatched <= most[keys]).any()) for keys, mismatched in counted)
        clean += bool((most[counted[0][0]] >= 0).any())
    assert false / runs <= allowed(runs)
    assert clean == runs  # a handler that never differs passes in each of them


def test_counted_by_message_one_of_them_passes_in_nearly_every_run() -> None:
    runs, rng, bursts = 40, np.random.default_rng(16), 300
    most = boundary(bursts * BURST, LIMIT, ALPHA / HANDLERS)
    false = [ever(np.cumsum(exposed(rng, bursts, 1.0)[1], axis=1), most).any() for _ in range(runs)]
    assert np.mean(false) > 0.9


def test_what_is_simulated_is_what_the_tally_counts() -> None:
    rng = np.random.default_rng(17)
    projects, (differs, *_) = exposed(rng, 40, 0.3)
    keys, mismatched = by_key(projects, differs)
    tallying = Tallying("build")
    for n, (project, differed) in enumerate(zip(projects, differs, strict=True)):
        verdict = Verdict.MISMATCH if differed else Verdict.MATCH
        tallying.add(Judged(message=str(n), handler="build", instance="", key=str(project), verdict=verdict))
        if n % 100 == 0 or n + 1 == len(projects):
            found = tallying.evidence(capture=True, note="", findings=())
            assert (found.keys_seen, found.keys_mismatched) == (keys[n], mismatched[n])
    assert 0 < found.keys_mismatched < found.keys_seen < found.tally.pairs / 10


# New keys that differ, after a long clean history


def test_after_33000_clean_keys_17_new_ones_that_differ_do_not_pass() -> None:
    clean = 33_000
    assert passes(clean, 0, 0.001, ALPHA)
    assert [passes(clean + n, n, 0.001, ALPHA) for n in (16, 17)] == [True, False]
    assert upper_bound(clean + 17, 17, ALPHA) > 0.001
    assert needed(0.001, ALPHA, 17) == 34_224  # a thousand clean ones more win it back


def test_each_new_key_that_differs_takes_more_than_clean_ones_gave() -> None:
    capitals = [log_capital(33_000 + n, n, 0.001) for n in range(60)]
    assert all(after < before for before, after in pairwise(capitals))
    assert capitals[-1] < 0  # more was lost than was ever won
