"""What counts as a name, a number, a moment of a payload?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from legacy.events.base import moment
from legacy.parser import base


@pytest.mark.parametrize("value", ["a", "a b", "ž/ö", "x" * 255])
def test_names(value):
    assert base.name({"a": {"b": value}}, "a", "b") == value


@pytest.mark.parametrize("value", ["", "x" * 256, "a\nb", "\0", "\ud800", 3, True, None, ["a"], {"a": "a"}])
def test_what_is_no_name(value):
    assert base.name({"a": value}, "a") is None


@pytest.mark.parametrize("payload", [None, [], "a", {"a": None}, {"a": [{"b": "x"}]}, {"a": "b"}])
def test_paths_that_end_early(payload):
    assert base.nested(payload, "a", "b") is None


@pytest.mark.parametrize("value", [0, -1, 2**31, True, 1.0, "1", None])
def test_what_is_no_number(value):
    assert base.number({"a": value}, "a") is None
    assert base.number({"a": 2**31 - 1}, "a") == 2**31 - 1


@pytest.mark.parametrize("value", [-0.1, 253402300800, float("nan"), float("inf"), 10**400, True, "1", None])
def test_what_is_no_second(value):
    assert base.seconds({"a": value}, "a") is None
    assert abs(moment(value) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "1970-01-01T00:00:00+00:00"),
        (253402300799, "9999-12-31T23:59:59+00:00"),
        ("2020-06-01T10:00:00Z", "2020-06-01T10:00:00+00:00"),
        ("2020-06-01T10:00:00+02:00", "2020-06-01T10:00:00+02:00"),
        ("2020-06-01", "2020-06-01T00:00:00+00:00"),
    ],
)
def test_moments(value, expected):
    assert moment(value).isoformat() == expected


@pytest.mark.parametrize("value", ["a/b/c", "a", "/b", "a/", "/", "", None, 3])
def test_what_is_no_full_name(value):
    assert base.full_name({"a": value}, "a") is None
    assert base.full_name({"a": "a/b"}, "a") == "a/b"


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("refs/heads/a", "a"),
        ("refs/heads/a/b", "a/b"),
        ("refs/tags/1.0", "1.0"),
        ("refs/heads/", None),
        ("refs/heads", "refs/heads"),
        ("a/b/c", "a/b/c"),
    ],
)
def test_refs(ref, expected):
    assert base.ref_name(ref) == expected
