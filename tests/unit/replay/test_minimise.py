"""The fewest messages that show as much: nothing is lost, none is superfluous, and it takes no time."""

from __future__ import annotations

import random
from functools import reduce
from operator import or_
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.replay.coverage import Shown
from tasksplit.replay.minimise import Kept, keep, minimise

NAMES = st.text("abcdef", min_size=1, max_size=3)
SHOWN = st.dictionaries(NAMES, st.integers(0, 2**12 - 1), max_size=12)


@given(SHOWN)
def test_what_was_shown_is_still_shown(shown: dict[str, int]) -> None:
    kept = minimise(shown)
    assert len(set(kept)) == len(kept)
    assert reduce(or_, (shown[name] for name in kept), 0) == reduce(or_, shown.values(), 0)


@given(SHOWN)
def test_each_that_is_kept_shows_something_that_no_other_does(shown: dict[str, int]) -> None:
    kept = minimise(shown)
    for name in kept:
        assert shown[name] & ~reduce(or_, (shown[other] for other in kept if other != name), 0)


@given(SHOWN, st.randoms())
def test_it_is_the_same_in_any_order(shown: dict[str, int], dice: random.Random) -> None:
    others = list(shown.items())
    dice.shuffle(others)
    assert minimise(dict(others)) == minimise(shown)


@given(SHOWN)
def test_it_is_never_more_than_the_plain_greedy_way(shown: dict[str, int]) -> None:
    covered, steps = 0, 0
    everything = reduce(or_, shown.values(), 0)
    while covered != everything:
        best = max(sorted(shown), key=lambda name: (shown[name] & ~covered).bit_count())
        covered |= shown[best]
        steps += 1
    assert len(minimise(shown)) <= steps


def test_what_greed_took_too_early_is_left_out_in_the_end() -> None:
    assert minimise({"middle": 0b0111_1110, "left": 0b0000_1111, "right": 0b1111_0000}) == ("left", "right")


def test_branches_strata_and_differences_are_all_kept() -> None:
    shown = {
        "usual": Shown(branches=0b111, strata=0b1),
        "same branches": Shown(branches=0b11, strata=0b1),
        "another stratum": Shown(branches=0b1, strata=0b10),
        "a difference": Shown(branches=0b1, strata=0b1, differences=0b1),
    }
    everything = Shown(branches=0b111, strata=0b11, differences=0b1)
    assert keep(shown) == Kept(messages=("usual", "a difference", "another stratum"), shown=everything, of=everything)
    assert keep({}) == Kept(messages=(), shown=Shown(), of=Shown())


def test_twenty_thousand_messages_take_less_than_ten_seconds() -> None:
    dice = random.Random(5)
    rare = [dice.random() ** 4 for _ in range(2000)]
    ways = [sum(1 << n for n in range(2000) if dice.random() < rare[n]) for _ in range(500)]
    shown = {f"m{n}": dice.choice(ways) | 1 << dice.randrange(2000) for n in range(20_000)}
    began = perf_counter()
    kept = minimise(shown)
    assert perf_counter() - began < 10
    assert reduce(or_, (shown[name] for name in kept)) == reduce(or_, shown.values())
    assert len(kept) < 2000
