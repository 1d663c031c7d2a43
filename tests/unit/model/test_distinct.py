"""Contents are counted once, whoever counts, in whatever order; beyond 64 their number is estimated."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.distinct import MOST, Distinct, hashed, insert, of

digests = st.integers(0, 2**64 - 1).map("{:016x}".format)
distincts = st.lists(digests, max_size=100).map(of)


def digest(number: int) -> str:
    return blake2b(str(number).encode()).hexdigest()[:32]


@given(distincts, distincts, distincts)
def test_a_union_has_no_order_and_nothing_counts_twice(a: Distinct, b: Distinct, c: Distinct) -> None:
    assert a | b == b | a
    assert (a | b) | c == a | (b | c)
    assert a | a == a == a | Distinct() == Distinct() | a
    assert (a | b) | b == a | b
    assert (a | b).count >= max(a.count, b.count)


@given(st.lists(digests, max_size=150), st.integers(0, 150), st.randoms(use_true_random=False))
def test_parts_unite_to_what_one_would_have_counted(contents: list[str], cut: int, random: object) -> None:
    shuffled = [*contents]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert of(contents[:cut]) | of(contents[cut:]) == of(contents) == of(shuffled) == of([*contents, *contents])


@given(st.sets(digests, max_size=MOST - 1))
def test_below_64_the_number_is_exact(contents: set[str]) -> None:
    assert of(contents).count == len(contents)


@pytest.mark.parametrize("many", [64, 65, 100, 1_000, 30_000])
def test_beyond_it_is_an_estimate_within_an_eighth_most_of_the_time(many: int) -> None:
    estimates = [of(digest(seed * 1_000_000 + n) for n in range(many)).count for seed in range(30_000 // many or 1)]
    estimates = estimates[:40]
    off = [abs(one - many) / many for one in estimates]
    assert min(estimates) >= MOST  # a floor of as many contents is met by as many contents
    assert max(off) < 0.6
    assert sum(one > 1 / 8 for one in off) <= 0.5 * len(off)  # an eighth is its standard deviation


def test_it_stays_as_small_however_much_is_added() -> None:
    found: list[int] = []
    for n in range(5_000):
        insert(found, hashed(digest(n)))
    assert found == sorted(set(found))
    assert len(found) == MOST


@given(st.lists(st.integers(0, 300), max_size=200))
def test_inserting_one_by_one_keeps_the_smallest_in_order(values: list[int]) -> None:
    found: list[int] = []
    for value in values:
        insert(found, value)
    assert found == sorted(set(values))[:MOST]


def test_a_content_is_told_by_its_first_sixteen_digits() -> None:
    assert hashed("0" * 15 + "f" + "a" * 16) == 15
    assert of([]) == Distinct()
    assert Distinct().count == 0
