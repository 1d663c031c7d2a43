"""How sure are we of a mismatch rate, however often we look?"""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from tasksplit.errors import DeclarationError
from tasksplit.gate import alarm, needed, passes, upper_bound
from tasksplit.gate.bound import log_capital

ALPHAS = [0.05, 0.05 / 7, 0.05 / 50, 0.01]
LIMITS = [0.3, 0.05, 0.01, 0.001, 0.0001]

counts = st.integers(0, 10**9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
small = st.integers(0, 3000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
rates = st.floats(1e-6, 0.999)
alphas = st.floats(1e-9, 0.5)


def clopper_pearson(keys: int, mismatched: int, alpha: float) -> float:
    """Return the one-sided upper bound of a sample whose size was fixed in advance."""
    return float(beta.ppf(1 - alpha, mismatched + 1, keys - mismatched)) if keys > mismatched else 1.0


def fixed_size(limit: float, alpha: float) -> int:
    """Return how many clean keys a bound of fixed size needs."""
    few, enough = 0, math.ceil(100 / limit)
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if clopper_pearson(middle, 0, alpha) < limit else (middle, enough)
    return enough


def test_golden_values_so_that_nobody_mends_the_grid_in_passing() -> None:
    assert [needed(limit, 0.05) for limit in (0.01, 0.001, 0.0001)] == [328, 3290, 32914]
    assert needed(0.01, 0.05 / 7) == 530
    assert [needed(0.01, 0.05, m) for m in (1, 3, 20)] == [707, 1145, 3844]
    assert log_capital(328, 0, 0.01) == pytest.approx(2.9995, abs=2e-3)
    assert upper_bound(328, 0, 0.05) == pytest.approx(0.00998, rel=1e-3)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("limit", LIMITS)
def test_clean_keys_needed_are_at_most_15_percent_more_than_at_a_fixed_size(limit: float, alpha: float) -> None:
    assert fixed_size(limit, alpha) <= needed(limit, alpha) <= math.ceil(1.15 * fixed_size(limit, alpha))


@given(small, st.sampled_from(ALPHAS))
def test_it_never_promises_more_than_a_bound_of_fixed_size(seen: tuple[int, int], alpha: float) -> None:
    assert upper_bound(*seen, alpha) >= clopper_pearson(*seen, alpha) * (1 - 1e-9)


@given(counts, rates, alphas)
def test_one_mismatch_more_never_helps_and_one_clean_key_never_hurts(
    seen: tuple[int, int], limit: float, alpha: float
) -> None:
    keys, mismatched = seen
    slack = 1e-9 * (1 + abs(log_capital(keys, mismatched, limit)))
    assert log_capital(keys + 1, mismatched, limit) >= log_capital(keys, mismatched, limit) - slack
    assert log_capital(keys + 1, mismatched + 1, limit) <= log_capital(keys, mismatched, limit) + slack
    if mismatched:
        assert log_capital(keys, mismatched, limit) <= log_capital(keys, mismatched - 1, limit) + slack


@given(small, alphas)
def test_the_upper_bound_grows_with_mismatches_and_shrinks_with_clean_keys(seen: tuple[int, int], alpha: float) -> None:
    keys, mismatched = seen
    room = 1 + 2e-4  # the bound's own precision, relative
    assert upper_bound(keys + 1, mismatched, alpha) <= upper_bound(keys, mismatched, alpha) * room
    assert upper_bound(keys + 1, mismatched + 1, alpha) * room >= upper_bound(keys, mismatched, alpha)
    assert upper_bound(keys, mismatched, alpha) >= mismatched / max(keys, 1)


@given(counts, alphas)
def test_the_upper_bound_is_itself_a_rate_that_passes(seen: tuple[int, int], alpha: float) -> None:
    upper = upper_bound(*seen, alpha)
    assert upper == 1.0 or (passes(*seen, upper, alpha) and not passes(*seen, upper * (1 - 2e-4), alpha))


@given(rates, alphas, st.integers(0, 50))
def test_needed_is_the_first_number_of_keys_that_passes(limit: float, alpha: float, mismatched: int) -> None:
    keys = needed(limit, alpha, mismatched)
    assert passes(keys, mismatched, limit, alpha)
    assert keys == mismatched or not passes(keys - 1, mismatched, limit, alpha)


@given(counts, rates, st.floats(1e-9, 0.49))
def test_nothing_passes_and_alarms_at_once(seen: tuple[int, int], limit: float, alpha: float) -> None:
    assert not (passes(*seen, limit, alpha) and alarm(*seen, limit, alpha))


def test_no_keys_show_nothing() -> None:
    assert not passes(0, 0, 0.5, 0.5)
    assert not alarm(0, 0, 0.5, 0.5)
    assert upper_bound(0, 0, 0.05) == 1.0
    assert upper_bound(5, 5, 0.05) == 1.0


@pytest.mark.parametrize(("rate", "pairs"), [(1.0, 2), (0.5, 4), (0.1, 35), (0.05, 150)])
def test_the_alarm_comes_as_soon_as_the_rate_deserves(rate: float, pairs: int) -> None:
    assert next(n for n in range(1, 1000) if alarm(n, round(n * rate), 0.01, 0.01)) <= pairs


@pytest.mark.parametrize("limit", [1e-9, 0.01, 0.5, 1 - 1e-9])
def test_a_thousand_million_keys_neither_overflow_nor_take_longer(limit: float) -> None:
    many = 10**9
    for mismatched in (0, 1, many // 100, many):
        assert math.isfinite(log_capital(many, mismatched, limit))
        assert 0 < upper_bound(many, mismatched, 0.05) <= 1
        alarm(many, mismatched, limit, 0.05)
    start = time.perf_counter()
    for _ in range(100):
        upper_bound(many, 1000, 0.05)
    assert time.perf_counter() - start < 1  # seconds; some 5 ms


@pytest.mark.parametrize(
    ("keys", "mismatched", "limit", "alpha"),
    [(1, 2, 0.1, 0.1), (1, -1, 0.1, 0.1), (1, 0, 0.0, 0.1), (1, 0, 1.0, 0.1), (1, 0, 0.1, 0.0), (1, 0, 0.1, math.nan)],
)
def test_counts_and_shares_that_cannot_be_are_refused(keys: int, mismatched: int, limit: float, alpha: float) -> None:
    with pytest.raises(DeclarationError, match="Found"):
        passes(keys, mismatched, limit, alpha)
