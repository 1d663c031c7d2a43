"""Does a bar show more for more, and all of it within its width?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.report.page.scaled import WIDTH, scaled


@pytest.mark.parametrize(
    ("rate", "place"), [(None, 0), (0.0, 0), (1e-4, 0), (0.001, 25), (0.01, 50), (0.1, 75), (1.0, WIDTH), (1.5, WIDTH)]
)
def test_ten_times_as_much_is_a_quarter_further(rate: float | None, place: float) -> None:
    assert scaled(rate) == place


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_is_never_further_back(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= scaled(low) <= scaled(high) <= WIDTH
