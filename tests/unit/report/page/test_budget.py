"""Does what has room go to the most frequent differences, and to every handler alike?"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.evidence import ShownPair
from tasksplit.model.review import HandlerReview
from tasksplit.report.page.budget import Card, fill
from tests.unit.report import reviews


class Draws:
    """Draws each piece as so many letters."""

    def short(self, card: Card) -> str:
        return "s" * 100

    def head(self, card: Card) -> str:
        return "h" * 200

    def most_beside(self, card: Card, *, bare: bool) -> str:
        return "b" * (300 if bare else 50)

    def pair(self, card: Card, pair: ShownPair) -> str:
        return "p" * pair.size


def handler(sizes: list[list[int]]) -> HandlerReview:
    """Return a handler with so many differences, each with pairs of such sizes in bytes."""
    pairs = [
        [ShownPair(id=f"{n}-{k}", message="m", size=size) for k, size in enumerate(some)]
        for n, some in enumerate(sizes)
    ]
    groups = [
        replace(reviews.difference(), fingerprint=str(n), count=99 - n, pairs=tuple(one.id for one in some))
        for n, some in enumerate(pairs)
    ]
    return reviews.handler(differences=tuple(groups), pairs=tuple(one for some in pairs for one in some))


def taken(cards: list[Card]) -> list[list[str]]:
    return [[pair.id for pair, _ in card.pairs] for card in cards]


def size(cards: dict[int, list[Card]]) -> int:
    """Return the bytes of all that was taken, with the most that may come to it."""
    found = 0
    for card in (card for some in cards.values() for card in some):
        beside = len(Draws().most_beside(card, bare=not card.pairs)) if card.head else 0
        found += len(card.head or card.short) + beside + sum(len(text) for _, text in card.pairs)
    return found


def test_with_room_for_all_everything_is_there() -> None:
    cards = fill([(1, handler([[500, 500], [500]]))], Draws(), 100_000)
    assert taken(cards[1]) == [["0-0", "0-1"], ["1-0"]]


def test_one_message_of_each_comes_before_a_second_of_any() -> None:
    some = handler([[2_000, 2_000], [2_000, 2_000], [2_000, 2_000]])
    cards = fill([(1, some), (2, some)], Draws(), 16_500)
    assert [taken(one) for one in cards.values()] == [[["0-0", "0-1"], ["1-0"], ["2-0"]], [["0-0"], ["1-0"], ["2-0"]]]


def test_differences_in_short_leave_room_for_messages() -> None:
    cards = fill([(1, handler([[2_000]] * 100))], Draws(), 14_000)
    assert sum(bool(card.pairs) for card in cards[1]) == 2
    assert sum(bool(card.short) for card in cards[1]) >= 50
    assert cards[1][0].pairs
    assert not cards[1][99].short


def test_what_is_too_large_does_not_keep_smaller_ones_out() -> None:
    cards = fill([(1, handler([[50_000], [1_000], [1_000]]))], Draws(), 6_000)
    assert taken(cards[1]) == [[], ["1-0"], ["2-0"]]
    assert cards[1][0].short


def test_a_message_of_several_differences_is_drawn_once() -> None:
    one = handler([[1_000]])
    groups = tuple(replace(one.differences[0], fingerprint=str(n)) for n in range(3))
    cards = fill([(1, replace(one, differences=groups))], Draws(), 50_000)
    assert taken(cards[1]) == [["0-0"], [], []]
    assert all(card.head for card in cards[1])


SIZES = st.lists(st.lists(st.integers(1, 5_000), max_size=3), max_size=8)


@given(st.lists(SIZES, max_size=4), st.integers(0, 60_000))
def test_never_more_is_taken_than_there_is_room_for(sizes: list[list[list[int]]], room: int) -> None:
    cards = fill([(number, handler(some)) for number, some in enumerate(sizes, 1)], Draws(), room)
    assert size(cards) <= room
