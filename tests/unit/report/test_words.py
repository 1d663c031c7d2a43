"""Numbers that do not lie, and texts that do not act."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.report import words


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 10, "0 %"),
        (10, 10, "100 %"),
        (99_999, 100_000, "99.999 %"),
        (1, 100_000, "0.001 %"),
        (1, 3, "33.3 %"),
        (1, 10**12, "< 0.000001 %"),
        (10**12 - 1, 10**12, "> 99.999999 %"),
        (10**30 - 1, 10**30, "> 99.999999 %"),
        (0, 0, "no share of 0"),
    ],
)
def test_share(part: int, whole: int, shown: str) -> None:
    assert words.share(part, whole) == shown


@given(whole=st.integers(1, 10**20), data=st.data())
def test_nothing_and_everything_are_said_only_when_exactly_true(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    shown = words.share(part, whole)
    assert (shown == "0 %") == (part == 0)
    assert (shown == "100 %") == (part == whole)


@given(st.floats(0, 1))
def test_rate_is_honest_at_both_ends(value: float) -> None:
    shown = words.rate(value)
    assert (shown == "0 %") == (value == 0)
    assert (shown == "100 %") == (value == 1)


@pytest.mark.parametrize(
    ("number", "noun", "shown"),
    [
        (1, "message", "1 message"),
        (0, "message", "0 messages"),
        (33_000, "key", "33,000 keys"),
        (2, "entry", "2 entries"),
    ],
)
def test_counted(number: int, noun: str, shown: str) -> None:
    assert words.counted(number, noun) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 ms"),
        (0.0001, "< 1 ms"),
        (0.25, "250 ms"),
        (0.9996, "1.0 s"),
        (12.34, "12.3 s"),
        (59.96, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3599.6, "1 h 0 min"),
        (7260, "2 h 1 min"),
    ],
)
def test_seconds(value: float, shown: str) -> None:
    assert words.seconds(value) == shown


def test_visible_spells_out_what_would_act() -> None:
    assert words.visible("a\x1b[31m\u202eb\n\ud800\U000e0001") == "a\\x1b[31m\\u202eb\\n\\ud800\\U000e0001"
    assert words.visible("ž 漢 ✓") == "ž 漢 ✓"


@given(st.text(), st.integers(1, 50))
def test_clipped_is_one_printable_line_of_bounded_length(text: str, limit: int) -> None:
    shown = words.clipped(text, limit)
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert len(shown) <= limit * 10 + 30


def test_clipped_says_how_long_it_was() -> None:
    assert words.clipped("x" * 5_000, 3) == "xxx … (5,000 characters)"
