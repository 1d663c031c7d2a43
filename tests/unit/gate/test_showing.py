"""Are the pairs that are shown small, of different strata, and the same in whatever order they come?"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.gate.showing import LARGEST, LONGEST, MOST, Showing, choose, kept, told
from tasksplit.model.evidence import ShownPair
from tasksplit.model.verdict import Difference, Judged, Kind, Verdict

FINGERPRINT = "0123456789ab"
DIFFERENCE = Difference(
    path="$.inputs.x", shape="$.inputs.x", kind=Kind.VALUE, legacy=1, split=2, fingerprint=FINGERPRINT
)


def judged(message: str, stratum: str = "push: returned", *, legacy: bytes = b"1", split: bytes = b"2") -> Judged:
    return Judged(
        message=message, handler="build", instance="", key="k", verdict=Verdict.MISMATCH, differences=(DIFFERENCE,),
        stratum=stratum, contents=(legacy, split),
    )  # fmt: skip


def shown(*found: Judged) -> tuple[ShownPair, ...]:
    showing = Showing()
    for one in found:
        showing.add(one)
    return showing.of(FINGERPRINT)


def pair(number: int, stratum: str, size: int) -> ShownPair:
    return ShownPair(id=f"{number:012x}", message=f"m{number}", stratum=stratum, size=size, legacy="a", split="b")


PAIRS = st.lists(
    st.builds(pair, st.integers(0, 30), st.sampled_from("abcde"), st.integers(1, 9)),
    unique_by=lambda one: one.id,
    max_size=20,
)


def test_small_pairs_of_different_strata_come_first() -> None:
    far = judged("far", "tag: raised", legacy=b"x" * 99)
    found = shown(judged("m3", legacy=b"123"), judged("m2", legacy=b"12"), judged("m1"), far)
    assert [one.message for one in found] == ["m1", "far", "m2"]
    assert (found[0].legacy, found[0].split, found[0].differences) == ("1", "2", (DIFFERENCE,))


def test_a_pair_without_contents_is_not_shown() -> None:
    showing = Showing()
    showing.add(
        Judged(message="m", handler="build", instance="", key=None, verdict=Verdict.UNPAIRED, reason="missing: it")
    )
    assert showing.of(FINGERPRINT) == ()


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abcde"), st.integers(1, 5)), max_size=12), st.randoms())
def test_the_order_of_arrival_does_not_show(found: list[tuple[int, str, int]], random: object) -> None:
    pairs = [judged(f"m{n}", stratum, legacy=b"x" * size) for n, stratum, size in found]
    mixed = list(pairs)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert shown(*pairs) == shown(*mixed)


@given(PAIRS, st.integers(0, 20))
def test_what_is_chosen_of_parts_is_what_is_chosen_of_the_whole(pairs: list[ShownPair], cut: int) -> None:
    parts = [*choose(pairs[:cut]), *choose(pairs[cut:])]
    assert told(parts) == told(pairs)
    assert len(told(pairs)) == min(MOST, len(pairs))


def test_room_goes_to_the_first_pair_of_each_difference_before_the_second_of_any() -> None:
    half = LONGEST
    fit = LARGEST // half
    wanted = {f"f{n}": (pair(2 * n, "a", half), pair(2 * n + 1, "b", half)) for n in range(fit)}
    found = kept(wanted)
    assert all(first.legacy and not second.legacy for first, second in found.values())
    assert all(second.message for _, second in found.values())  # where it differs is still known


def test_a_pair_that_is_too_long_keeps_where_it_differs() -> None:
    found = kept({"f": (pair(1, "a", LONGEST + 1), pair(2, "b", 10))})["f"]
    assert [(one.legacy, one.size) for one in found] == [("", LONGEST + 1), ("a", 10)]


def test_the_rules_that_touched_a_pair_are_named_once() -> None:
    (one,) = shown(replace(judged("m1"), touched=("clock", "clock", "order")))
    assert one.rules == ("clock", "order")


def test_what_nobody_would_show_is_not_held() -> None:
    (one,) = shown(judged("m", legacy=b"x" * LONGEST))
    assert (one.legacy, one.split, one.size, one.differences) == ("", "", LONGEST + 1, (DIFFERENCE,))
