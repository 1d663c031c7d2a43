"""Is the part of a text that differs told from what both sides share?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.report.beside.marks import CONTEXT, MOST_MARKED, look_alike, marked

TEXTS = st.text('ab"\\\n\u200b', max_size=12)


@given(TEXTS, TEXTS)
def test_what_is_shared_is_shared_and_what_is_marked_differs(legacy: str, split: str) -> None:
    ours, theirs = marked(legacy, split)
    assert (ours.before, ours.after) == (theirs.before, theirs.after)
    assert (ours.marked == theirs.marked) == (legacy == split)
    if ours.marked and theirs.marked:
        assert ours.marked[-2:] != theirs.marked[-2:] or ours.marked[:2] != theirs.marked[:2]


@given(TEXTS, TEXTS, TEXTS)
def test_from_the_other_side_it_is_the_same(legacy: str, split: str, around: str) -> None:
    assert marked(around + legacy, around + split) == marked(around + split, around + legacy)[::-1]


def test_of_what_is_long_what_differs_stays_with_a_little_around_it() -> None:
    ours, theirs = marked("a" * 5_000 + "1" + "b" * 5_000, "a" * 5_000 + "b" * 5_000)
    assert ours.before == theirs.before == '"… ' + "a" * CONTEXT
    assert (ours.marked, theirs.marked) == ("1", "")
    assert ours.after == "b" * CONTEXT + ' …"'
    assert ours.cut
    long, _ = marked("x" * 1_000, "y")
    assert long.marked == "x" * MOST_MARKED + "… (1,000 characters)"
    assert not marked("short", "shore")[0].cut


@pytest.mark.parametrize(
    ("legacy", "split", "told"),
    [
        ("pass", "p\u0430ss", "U+0061 in legacy, U+0430 in the split"),
        ("caf\u00e9", "cafe\u0301", "U+00E9 in legacy, U+0065 U+0301 in the split"),
        ("a\u00a0b", "a b", "U+00A0 in legacy, U+0020 in the split"),
        ("straße", "strasse", "U+00DF in legacy, U+0073 U+0073 in the split"),
        ("pass", "fail", ""),
        ("Grüße aus Köln", "Grüße aus Mainz", ""),
        ("die Straße von Köln", "a street somewhere", ""),
        ("same\u0430", "same\u0430", ""),
    ],
    ids=["homoglyph", "composed", "space", "sharp s", "plain", "short", "long", "same"],
)
def test_code_points_are_told_where_the_eye_may_be_deceived(legacy: str, split: str, told: str) -> None:
    assert look_alike(legacy, split) == told
