"""How does the gate say a number?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.gate.words import many, of, reasons, share


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.01, "1 %"),
        (0.95, "95 %"),
        (0.00899, "0.899 %"),
        (0.99999, "99.999 %"),
        (1e-9, "0.0000001 %"),
        (1 - 1e-9, "99.9999999 %"),
        (0.5, "50 %"),
        (1 / 3, "33.3 %"),
        (0.9996, "99.96 %"),
        (0.9999999999999999, "99.9999999999999889 %"),
    ],
)
def test_a_share_reads_as_it_is(value: float, said: str) -> None:
    assert share(value) == said


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_nothing_and_all_are_said_only_where_exactly_true(value: float) -> None:
    assert float(share(value).removesuffix(" %")) > 0 or value < 1e-300
    assert share(value) not in ("0 %", "100 %")


def test_nouns_agree_and_thousands_are_set_apart() -> None:
    assert (many(1, "key"), many(1204, "key")) == ("1 key", "1,204 keys")
    assert (of(1, 1, "key"), of(0, 1204, "key")) == ("1 of 1 key", "0 of 1,204 keys")


def test_the_most_frequent_reasons_are_named_and_the_others_counted() -> None:
    counts = {"a": 1, "b": 9, "c": 2, "d": 2, "never": 0, "e": 1}
    assert reasons(counts) == "b (9); c (2); d (2); 2 other reasons (2)"
    assert reasons({}) == ""
