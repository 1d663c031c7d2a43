"""Does a person read a value as what it is, and never two values as one?"""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasksplit.report.beside import values
from tasksplit.report.beside.tagged import tree_of
from tasksplit.wire.canonical import canonical, plain
from tasksplit.wire.reading import opened


class Trigger(enum.Enum):
    PUSH = "push"


class Point(NamedTuple):
    x: int
    y: int


READ = [
    (None, "null"),
    (True, "true"),
    (1.0, "1.0"),
    (-0.0, "-0.0"),
    (float("nan"), "nan"),
    (2**70, str(2**70)),
    ("a", '"a"'),
    ('q"\\', '"q\\"\\\\"'),
    ("a\nb\x1b\u202e", '"a\\nb\\x1b\\u202e"'),
    ("x\ud800", '"x\\ud800"'),
    ([1, (2,), {3}, frozenset()], "[1, (2), set {3}, frozenset {}]"),
    ({"a": 1, "a b": {}, "$set": [], "x.y": 2}, '{"$set": [], a: 1, "a b": {}, "x.y": 2}'),
    ({1: "a", (2,): "b"}, '{1: "a", (2): "b"}'),
    (dt.datetime(2026, 1, 2, 3, 4), "datetime 2026-01-02T03:04:00"),
    (dt.date(2026, 1, 2), "date 2026-01-02"),
    (dt.time(1, 2), "time 01:02:00"),
    (dt.timedelta(days=1, seconds=2), "timedelta 1 day, 0:00:02"),
    (Decimal("1.0"), "Decimal 1.0"),
    (UUID(int=1), "uuid 00000000-0000-0000-0000-000000000001"),
    (b"a\0'", 'bytes "a\\x00\'"'),
    (bytearray(b"a"), "bytearray 'a'"),
    (Trigger.PUSH, 'Trigger "push"'),
    (Point(1, 2), "Point {x: 1, y: 2}"),
]
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text("ab\"\\\n{}[](): ,$1é\u200b", max_size=6),
    st.binary(max_size=3), st.decimals(), st.dates(), st.uuids(),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text('ab.$1 :"', max_size=3) | st.integers(0, 2), inner, max_size=2),
        st.sets(st.sampled_from(["a", 1, None]), max_size=3),
    ),
    max_leaves=4,
)


def tree(value: Any) -> Any:
    return plain(canonical(value))


@pytest.mark.parametrize(("value", "shown"), READ, ids=[str(place) for place in range(len(READ))])
def test_each_type_is_read_as_what_it_is(value: Any, shown: str) -> None:
    assert values.inline(tree(value)) == shown


@given(VALUES, VALUES)
@settings(max_examples=200, deadline=None)
def test_no_two_values_are_read_alike(one: Any, other: Any) -> None:
    if canonical(one) != canonical(other):
        assert values.inline(tree(one), 10_000) != values.inline(tree(other), 10_000)
        assert values.outline(tree(one)) != values.outline(tree(other))


@given(VALUES)
@settings(deadline=None)
def test_an_outline_has_every_value_and_nothing_in_it_acts(value: Any) -> None:
    found = tree({"one": value, "long": "x" * 80})
    lines = values.outline(found)
    assert lines[-1].startswith("one") or lines[0].startswith("long: ")
    assert all("\n" not in line and "\u200b" not in line for line in lines)
    assert values.leaves(found) >= 2
    assert values.inline(found, 20).startswith('{long: "xxxx')


def test_what_is_long_is_cut_with_its_size_and_a_hash_that_tells_it_apart() -> None:
    one, other = "x" * 5_000, "x" * 4_999 + "y"
    assert values.inline(one) == f'"{"x" * 199}… ({values.told(one)})'
    assert values.told(one).startswith("5,000 bytes, hash ")
    assert values.inline(one) != values.inline(other)
    assert values.is_long(one)
    assert not values.is_long("x" * 100)


def test_an_outline_counts_the_lines_that_it_leaves_out() -> None:
    found = tree({f"n{number:03}": number for number in range(500)})
    lines = values.outline(found, "all", 10)
    assert lines[:2] == ["all:", "  n000: 0"]
    assert len(lines) == 11
    assert lines[-1].startswith("… 491 more lines (")


def test_deep_values_are_outlined_by_their_depth() -> None:
    found = tree({"jobs": [{"name": "x" * 60, "at": {"a": 1}}, {"name": "y" * 50}]})
    assert values.outline(found) == [
        "jobs:", "  [0]:", "    at: {a: 1}", f'    name: "{"x" * 60}"', f'  [1]: {{name: "{"y" * 50}"}}',
    ]  # fmt: skip


@given(VALUES)
@settings(deadline=None)
def test_a_value_of_a_difference_keeps_its_type(value: Any) -> None:
    """Where the value is no mapping of one member that looks like a tag."""
    given = tree(value)
    if not isinstance(given, dict):
        return
    shown = dict(opened(given).content) if opened(given).type == "dict" and "$dict" not in given else given
    if not any(isinstance(name, str) and name[:1] == "$" for name in shown) or shown == given:
        assert opened(tree_of(shown)).type == opened(given).type
