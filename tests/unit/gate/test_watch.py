"""How soon is a change noticed, and how seldom is an alarm a false one?

The simulations are seeded. Many streams at once go through numpy; that it does what a ``Detector`` does is tested.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict
from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.errors import DeclarationError
from tasksplit.gate.watch import ARL, Detector
from tests.unit.gate.streams import PROJECTS, projects_of

LIMIT = 0.01
Floats = npt.NDArray[np.float64]

limits = st.floats(1e-6, 0.999)
counts = st.integers(0, 10**9)
streams = st.lists(st.booleans(), max_size=60)


def told(stream: list[bool], limit: float = LIMIT, arl: float = ARL) -> Detector:
    detector = Detector.fresh(limit, arl)
    for mismatched in stream:
        detector = detector.seen(mismatched)
    return detector


class Many:
    """Many detectors side by side, one row each; M is kept as it is, not its logarithm."""

    def __init__(self, runs: int, start: Detector) -> None:
        one, other = (start.restarted().seen(mismatched) for mismatched in (True, False))
        self.up, self.down = (np.expm1(each.grown) for each in (one, other))  # after M = 0 it is the factor
        self.m: Floats = np.tile(np.expm1(start.grown), (runs, 1))

    def seen(self, differs: npt.NDArray[np.bool_]) -> Floats:
        """Return the statistic of each after one contribution more to each."""
        self.m = np.where(differs[:, None], self.up, self.down) * (self.m + 1)
        found: Floats = self.m.mean(axis=1)
        return found


def delays(rate: float, *, start: Detector, runs: int, seed: int = 1) -> npt.NDArray[np.int64]:
    """Return after how many contributions each run alarms, where each differs at that rate."""
    rng = np.random.default_rng(seed)
    many, found, going, n = Many(runs, start), np.zeros(runs, dtype=np.int64), np.arange(runs), 0
    while len(going):
        n += 1
        alarmed = many.seen(rng.random(len(going)) < rate) >= start.arl
        found[going[alarmed]] = n
        going, many.m = going[~alarmed], many.m[~alarmed]
    return found


STARTS = {
    "at the start": Detector.fresh(LIMIT),
    "after 100,000 clean": Detector.fresh(LIMIT).batch(mismatched=0, clean=100_000),
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_half_of_the_messages_differ_median_5_and_nine_of_ten_within_10(start: Detector) -> None:
    found = delays(0.5, start=start, runs=4000)
    assert np.median(found) <= 5
    assert np.quantile(found, 0.9) <= 10
    assert found.min() >= 3  # two mismatches are not yet an alarm


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_5_percent_differ_about_150_on_average(start: Detector) -> None:
    found = delays(0.05, start=start, runs=2000)
    assert 100 < found.mean() < 150


def test_17_mismatches_in_a_row_after_33000_clean_pairs_alarm() -> None:
    long = Detector.fresh(LIMIT)
    for _ in range(33_000):
        long = long.seen(False)
    assert not long.alarmed
    assert long.batch(mismatched=17, clean=0).alarmed
    for _ in range(17):
        long = long.seen(True)
    assert long.alarmed
    assert (long.mismatched, long.pairs) == (17, 17)  # not 17 of 33,017


@pytest.mark.parametrize("limit", [0.05, 0.01])
def test_the_mean_time_between_false_alarms_at_the_limit_is_at_least_the_stated_one(limit: float) -> None:
    found = delays(limit, start=Detector.fresh(limit), runs=300)
    assert found.mean() - 3 * found.std() / math.sqrt(len(found)) >= ARL
    assert found.mean() < 4 * ARL  # and no more patient than that


def test_the_same_with_the_detector_itself() -> None:
    rng, arl, found = np.random.default_rng(5), 100.0, []
    for _ in range(200):
        detector, n = Detector.fresh(0.05, arl), 0
        while not detector.alarmed:
            detector, n = detector.seen(bool(rng.random() < 0.05)), n + 1
        found.append(n)
    assert arl <= np.mean(found) - 3 * np.std(found) / math.sqrt(len(found))


def test_a_handler_well_below_its_limit_alarms_far_less_often() -> None:
    rng, many, first = np.random.default_rng(6), Many(100, Detector.fresh(LIMIT)), np.zeros(100, dtype=bool)
    for _ in range(4 * int(ARL)):
        first |= many.seen(rng.random(100) < LIMIT / 4) >= ARL
    assert first.mean() < 0.05


def test_batches_of_which_the_order_is_not_known_alarm_no_more_often() -> None:
    """At the limit, in looks of 40: on the same streams no batch alarms before the contributions one by one do."""
    rng, arl = np.random.default_rng(7), 200.0
    waited = []
    for _ in range(25):
        single = batched = Detector.fresh(0.05, arl)
        looks = 0
        while not batched.alarmed:
            differs = rng.random(40) < 0.05
            for each in differs:
                single = single.seen(bool(each))
            batched = batched.batch(mismatched=int(differs.sum()), clean=int((~differs).sum()))
            assert batched.log_statistic <= single.log_statistic + 1e-9
            looks += 1
        assert single.alarmed
        waited.append(looks * 40)
    assert np.mean(waited) >= arl


def test_messages_of_one_project_fail_together_and_a_key_counts_once() -> None:
    """As the watch counts where the bar allows keys to differ: the first mismatch of a key, and each clean pair."""
    rng, runs, limit, arl, alarms, contributions = np.random.default_rng(8), 60, 0.02, 1000.0, 0, 0
    for _ in range(runs):
        projects, broken = projects_of(rng, 300), rng.random(PROJECTS) < limit
        known, detector = set(), Detector.fresh(limit, arl)
        for look in projects.reshape(-1, 30):
            new = {int(p) for p in look if broken[p]} - known
            known |= new
            detector = detector.batch(mismatched=len(new), clean=int((~broken[look]).sum()))
            contributions += len(new) + int((~broken[look]).sum())
            if detector.alarmed:
                alarms, detector = alarms + 1, detector.restarted()
    assert contributions >= arl * alarms
    assert contributions > 100 * arl


# --- laws -------------------------------------------------------------------------------------------------------------


def test_golden_values_so_that_nobody_mends_the_grid_in_passing() -> None:
    assert [round(math.exp(each) - 1, 3) for each in told([True]).grown] == [2.463, 5.407, 11.455, 22.649, 39.858, 60.0]
    assert told([True, False, True]).log_statistic == pytest.approx(6.2802, abs=1e-3)
    assert told([True] * 2).alarmed is False
    assert told([True] * 3).alarmed is True


@given(streams, limits)
def test_the_numbers_of_the_simulations_are_those_of_the_detector(stream: list[bool], limit: float) -> None:
    start = Detector.fresh(limit)
    many = Many(1, start)
    for mismatched in stream:
        many.seen(np.array([mismatched]))
    if np.isfinite(many.m).all():
        assert told(stream, limit).log_statistic == pytest.approx(float(np.log1p(many.m.mean())), rel=1e-6, abs=1e-9)


@given(streams, limits, st.integers(0, 60))
def test_an_alarm_is_never_unsaid_without_a_restart(stream: list[bool], limit: float, clean: int) -> None:
    alarmed = Detector.fresh(limit, 1.0).batch(mismatched=2000, clean=0)
    after = alarmed.batch(mismatched=0, clean=clean)
    for mismatched in stream:
        after = after.seen(mismatched)
    assert after.alarmed is alarmed.alarmed
    assert not after.restarted().alarmed
    assert after.restarted() == Detector.fresh(limit, 1.0)


@given(streams, limits, streams)
def test_a_mismatch_never_lowers_the_statistic_more_than_a_clean_pair(
    before: list[bool], limit: float, after: list[bool]
) -> None:
    worse, better = (told([*before, each, *after], limit) for each in (True, False))
    assert worse.log_statistic >= better.log_statistic - 1e-9
    assert worse.alarmed or not better.alarmed
    assert told([*before, True], limit).log_statistic >= told(before, limit).log_statistic - 1e-9


@given(st.lists(st.booleans(), max_size=6), st.integers(0, 3), st.integers(0, 3), limits)
def test_a_batch_is_the_least_of_all_orders(before: list[bool], mismatched: int, clean: int, limit: float) -> None:
    orders = set(permutations([True] * mismatched + [False] * clean))
    least = min(told([*before, *order], limit).log_statistic for order in orders)
    batch = told(before, limit).batch(mismatched=mismatched, clean=clean)
    assert batch.log_statistic == pytest.approx(least, rel=1e-9, abs=1e-9)


@given(counts, counts, limits)
def test_it_is_kept_as_json_and_goes_on_where_it_was(mismatched: int, clean: int, limit: float) -> None:
    detector = Detector.fresh(limit).batch(mismatched=mismatched, clean=clean)
    kept = json.loads(json.dumps(asdict(detector), allow_nan=False))
    back = Detector(**{**kept, "grown": tuple(kept["grown"])})
    assert back == detector
    assert back.seen(True) == detector.seen(True)


def test_a_thousand_million_contributions_neither_overflow_nor_take_longer() -> None:
    many = 10**9
    start = time.perf_counter()
    for limit in (1e-9, 0.01, 0.5, 1 - 1e-9, 1 - 1e-16):
        for mismatched, clean in ((many, 0), (0, many), (many, many)):
            assert math.isfinite(Detector.fresh(limit).batch(mismatched=mismatched, clean=clean).log_statistic)
    assert time.perf_counter() - start < 1  # seconds; a millisecond
    assert Detector.fresh(LIMIT).batch(mismatched=0, clean=0) == Detector.fresh(LIMIT)


@pytest.mark.parametrize(("limit", "arl"), [(0.0, 10.0), (1.0, 10.0), (math.nan, 10.0), (0.1, 0.5), (0.1, math.inf)])
def test_a_limit_or_a_mean_that_cannot_be_is_refused(limit: float, arl: float) -> None:
    with pytest.raises(DeclarationError, match="take the limit from a Bar"):
        Detector.fresh(limit, arl)


def test_counts_below_0_are_refused() -> None:
    with pytest.raises(DeclarationError, match="count from 0"):
        Detector.fresh(LIMIT).batch(mismatched=-1, clean=0)
