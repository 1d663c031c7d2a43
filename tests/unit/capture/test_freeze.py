"""Is what was frozen what the user's code had then, and does it cost the message's path little?"""

import gc
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.capture.freeze import Buffer, freeze, sampled_out, thawed
from tasksplit.wire.canonical import CanonicalError, canonical

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.decimals())
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(st.text(), st.integers()), inner, max_size=4),
    ),
)


@given(VALUES)
def test_a_snapshot_means_what_the_value_meant(value):
    assert thawed(freeze(value)) == canonical(value)


def test_later_changes_do_not_reach_it():
    value = {"a": [1, {"b": Decimal(1)}], "c": {1}}
    frozen, before = freeze(value), canonical(value)
    value["a"][1]["b"] = 2
    value["c"].clear()
    assert thawed(frozen) == before


def test_what_cannot_be_frozen_is_told_later_and_never_raised_on_the_way():
    frozen = freeze({"a": [object()]})
    with pytest.raises(CanonicalError, match="object") as caught:
        thawed(frozen)
    assert (caught.value.path, caught.value.type_name) == ("$.a[0]", "builtins.object")


def test_what_holds_itself_ends():
    value = []
    value += [value, value]
    with pytest.raises(CanonicalError):
        thawed(freeze(value))


def test_what_is_deep_ends():
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(CanonicalError):
        thawed(freeze(value))


def test_the_garbage_collector_has_nothing_to_follow():
    assert not gc.is_tracked(freeze({"a": [1]}))
    assert not gc.is_tracked(freeze({"a": [Decimal(1)]}))


def test_a_share_is_kept_and_always_the_same():
    ids = [f"message-{i}" for i in range(20_000)]
    kept = [i for i in ids if not sampled_out(i, 0.2)]
    assert 3_600 < len(kept) < 4_400
    assert kept == [i for i in ids if not sampled_out(i, 0.2)]
    assert set(kept) <= {i for i in ids if not sampled_out(i, 0.5)}
    assert not any(sampled_out(i, 1.0) for i in ids)
    assert all(sampled_out(i, 0.0) for i in ids)
    assert not sampled_out("\ud800", 1.0)


def test_a_full_buffer_takes_no_more():
    buffer = Buffer[str](10)
    assert buffer.put("a", 5)
    assert buffer.put("b", 5)
    assert not buffer.put("c", 1)
    assert (len(buffer), buffer.held) == (2, 10)
    assert buffer.take() == "a"
    assert buffer.put("d", 3)
    assert [buffer.take(), buffer.take(), buffer.take()] == ["b", "d", None]
    assert buffer.held == 0


def test_a_buffer_loses_nothing_of_many_threads():
    buffer = Buffer[int](50_000)

    def work(_):
        return sum(buffer.put(n, 10) for n in range(2_000))

    with ThreadPoolExecutor(8) as pool:
        kept = sum(pool.map(work, range(8)))
    assert (kept, len(buffer), buffer.held) == (5_000, 5_000, 50_000)
