"""A quantile is two percent off at most, whoever counted what and in which order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.sketch import Sketch, bucket, middle

OFF = 0.02  # share, at most
values = st.floats(1e-6, 1e5)
shares = st.sampled_from([0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0])


def sketched(seen: Iterable[float]) -> Sketch:
    return Sketch(dict(Counter(map(bucket, seen))))


sketches = st.lists(values, max_size=20).map(sketched)


@given(sketches, sketches, sketches)
def test_sketches_add_in_any_order(a: Sketch, b: Sketch, c: Sketch) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + Sketch() == a == Sketch() + a
    assert (a + b).count == a.count + b.count


@given(st.lists(values, max_size=40), st.integers(0, 40))
def test_parts_add_up_to_what_one_would_have_seen(seen: list[float], cut: int) -> None:
    assert sketched(seen[:cut]) + sketched(seen[cut:]) == sketched(seen) == sketched(reversed(seen))


def test_what_is_added_is_not_changed() -> None:
    one, other = sketched([1.0]), sketched([1.0, 2.0])
    assert (one + other).count == 3
    assert (one, other) == (sketched([1.0]), sketched([1.0, 2.0]))


@given(st.lists(values, min_size=1, max_size=200), shares)
def test_a_quantile_is_close_to_the_exact_one(seen: list[float], share: float) -> None:
    exact = float(np.quantile(seen, share, method="inverted_cdf"))
    assert sketched(seen).quantile(share) == pytest.approx(exact, rel=OFF * 1.0001)


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_so_are_those_of_many_times(share: float) -> None:
    seen = np.random.default_rng(1).lognormal(-4, 1.5, 50_000)
    exact = float(np.quantile(seen, share))
    assert sketched(seen.tolist()).quantile(share) == pytest.approx(exact, rel=OFF * 1.05)


def test_without_values_there_is_no_quantile() -> None:
    assert Sketch().quantile(0.5) is None
    assert Sketch().count == 0


@pytest.mark.parametrize("value", [0.0, -1.0, 1e-9, 1e-7, math.nan, -math.inf])
def test_what_is_no_time_is_among_the_smallest(value: float) -> None:
    assert bucket(value) == 0
    assert 0 < middle(0) <= 1e-7


def test_from_a_tenth_of_a_microsecond_to_a_day_there_are_700_buckets() -> None:
    assert bucket(24 * 3600.0) - bucket(1e-7) <= 700


@given(values)
def test_a_bucket_stands_for_what_is_in_it(value: float) -> None:
    assert middle(bucket(value)) == pytest.approx(value, rel=OFF * 1.0001)
