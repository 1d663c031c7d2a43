"""Does each value have one canonical form of its own, and does it come back?"""

import datetime as dt
import enum
import uuid
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tasksplit.errors import ReplayError
from tasksplit.wire.canonical import CanonicalError, canonical, plain, restore
from tasksplit.wire.reading import Foreign

State = enum.StrEnum("State", {"DONE": "done"})
Number = enum.IntEnum("Number", {"ONE": 1})
Other = enum.Enum("Other", {"DONE": "done"})
Point = namedtuple("Point", "x y")


@dataclass(frozen=True)
class Payload:
    pr: int
    state: str


class Model(BaseModel, extra="allow"):
    pr: int
    state: str


DIFFERENT: list[Any] = [
    1,
    1.0,
    True,
    "1",
    b"1",
    Decimal(1),
    Number.ONE,
    0.0,
    -0.0,
    None,
    "done",
    State.DONE,
    Other.DONE,
    [1, 2],
    (1, 2),
    {1, 2},
    frozenset({1, 2}),
    Point(1, 2),
    {"x": 1, "y": 2},
    {"1": 2},
    {1: 2},
    {1.0: 2},
    {True: 2},
    {"$set": [1, 2]},
    {"$$set": [1, 2]},
    {"$tuple": [1, 2]},
    float("nan"),
    float("inf"),
    float("-inf"),
    "nan",
    10**40,
    -(10**40),
    10**5000,
    1e40,
    "\ud800",
    "\\ud800",
    bytearray(b"1"),
    uuid.UUID(int=1),
    str(uuid.UUID(int=1)),
    dt.date(2020, 1, 1),
    dt.datetime(2020, 1, 1),
    dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    dt.datetime(2020, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
    dt.time(1, 2),
    dt.time(1, 2, tzinfo=dt.UTC),
    dt.timedelta(1),
    "2020-01-01",
]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(st.characters(exclude_categories=())),
    st.binary(),
    st.decimals(allow_nan=False),
    st.uuids(),
    st.dates(),
    st.datetimes(timezones=st.sampled_from([None, dt.UTC])),
    st.timedeltas(),
    st.sampled_from([State.DONE, Other.DONE, Number.ONE]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(st.text("$a\ud800", max_size=3), st.integers(0, 9)), inner, max_size=4),
        st.sets(SCALARS, max_size=4),
        st.tuples(inner, inner).map(lambda pair: Point(*pair)),
    ),
    max_leaves=15,
)


def test_different_values_have_different_bytes():
    for one, other in combinations(DIFFERENT, 2):
        assert canonical(one) != canonical(other)
        assert canonical([one]) != canonical([other])


@given(VALUES)
def test_a_value_comes_back(value):
    back = restore(canonical(value))
    assert type(back) is type(value)
    assert canonical(back) == canonical(value)


@given(VALUES, VALUES)
def test_equal_bytes_mean_equal_values(one, other):
    if canonical(one) == canonical(other):
        assert repr(restore(canonical(one))) == repr(restore(canonical(other)))


@given(st.dictionaries(st.text("$setdic", max_size=6), st.integers()))
def test_no_member_name_can_forge_a_tag(value):
    assert restore(canonical(value)) == value


def test_the_order_of_making_leaves_no_trace():
    assert canonical({"b": 1, "a": 2}) == canonical({"a": 2, "b": 1})
    assert canonical({"b", "a", 1}) == canonical({1, "a", "b"})
    assert canonical({2: 0, 1: 0}) == canonical({1: 0, 2: 0})


def test_a_payload_class_counts_as_the_dict_it_was_built_from():
    fields = {"pr": 1, "state": "ok"}
    assert canonical(Payload(**fields)) == canonical(Model(**fields)) == canonical(fields)
    assert canonical(Model(**fields, more=[1])) == canonical({**fields, "more": [1]})


def test_subclasses_count_as_what_they_extend():
    class Text(str):
        __slots__ = ()

    assert canonical([Text("a"), OrderedDict(a=1), MappingProxyType({"a": 1})]) == canonical(["a", {"a": 1}, {"a": 1}])


@pytest.mark.parametrize("value", [object(), SimpleNamespace(a=1), int, len, 1j, ..., iter([])])
def test_what_cannot_be_written_is_named_with_its_path(value):
    with pytest.raises(CanonicalError) as caught:
        canonical({"a": [1, (2, value)]})
    assert caught.value.path == "$.a[1][1]"
    assert caught.value.type_name == f"{type(value).__module__}.{type(value).__qualname__}"
    assert isinstance(caught.value, ReplayError)
    assert "at 0x" not in str(caught.value)


def nested(depth, wrap):
    value = 0
    for _ in range(depth):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "wrap", [lambda v: [v], lambda v: {"a": v}, lambda v: (v,), lambda v: {1: v}, lambda v: [v, v]]
)
@pytest.mark.parametrize("depth", [101, 300, 100_000])
def test_what_is_too_deep_is_a_clean_error(wrap, depth):
    with pytest.raises(CanonicalError, match="deep"):
        canonical(nested(depth, wrap))


def test_what_holds_itself_is_a_clean_error():
    value: list[Any] = []
    value += [value, value]
    with pytest.raises(CanonicalError):
        canonical(value)


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: (v,), lambda v: {1: v}, lambda v: Point(v, v)])
def test_what_may_be_written_can_be_read(wrap):
    value = nested(12, wrap)
    assert restore(canonical(value)) == value
    assert restore(canonical(nested(90, lambda v: [v]))) == nested(90, lambda v: [v])


def test_bytes_that_are_no_canonical_form():
    for content in (b"", b"{", b"[" * 100_000):
        with pytest.raises(CanonicalError, match="no canonical form"):
            plain(content)


def test_a_class_that_is_not_loaded_stays_a_name():
    assert restore(b'{"$enum":["no.such.State","done"]}') == Foreign(type="no.such.State", value="done")
    assert restore(b'{"$namedtuple":["no.such.Point",{"x":1}]}') == Foreign(type="no.such.Point", value={"x": 1})
    assert restore(b'{"$enum":["os.system","done"]}') == Foreign(type="os.system", value="done")
    assert restore(canonical({Payload(1, "a")})) == Foreign(type="set", value=[{"pr": 1, "state": "a"}])
