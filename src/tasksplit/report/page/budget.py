"""How much of what differs has room on a page? The most frequent first, one message of each before a second of any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tasksplit.model.evidence import Grouped, ShownPair
from tasksplit.model.review import HandlerReview

MOST_PAIRS = 3  #: of one difference
_FULL = (
    0.4  # share of the room that is kept for both sides of a message; differences in short take no more than the rest
)
_SPARE = 1_500  # bytes: with less room than this no pair is tried
_LEAST_OF_A_PAIR = 20  # a pair that has this many times the bytes that are left is not even tried
_MOST_MISSES = 40  # pairs in a row that did not fit: what follows is not smaller


@dataclass(kw_only=True)
class Card:
    """What of one difference has room?"""

    handler: HandlerReview
    number: int
    """Of the handler, from 1."""
    rank: int
    """Of the difference among those of its handler, from 1."""
    group: Grouped
    short: str = ""
    """In a few lines; empty: there is no room for that either."""
    head: str = ""
    """Instead of these: what stands above the messages on which it shows."""
    pairs: list[tuple[ShownPair, str]] = field(default_factory=list)
    """Messages on which it shows, as they are drawn."""


class Draws(Protocol):
    """How is each piece drawn? A text is its own size: nothing is estimated."""

    def short(self, card: Card) -> str:
        """Return a difference in a few lines."""

    def head(self, card: Card) -> str:
        """Return what stands above its messages."""

    def most_beside(self, card: Card, *, bare: bool) -> str:
        """Return the most that may come to it besides its messages; ``bare``: it has none."""

    def pair(self, card: Card, pair: ShownPair) -> str:
        """Return a message with both sides; empty where there is nothing to draw."""


def fill(handlers: Sequence[tuple[int, HandlerReview]], draws: Draws, room: int) -> dict[int, list[Card]]:
    """Return what has room in so many bytes, by the number of the handler; fair over the handlers."""
    cards = {
        number: [
            Card(handler=handler, number=number, rank=rank, group=group)
            for rank, group in enumerate(handler.differences, 1)
        ]
        for number, handler in handlers
    }
    kept = int(room * _FULL)
    left = kept + _in_short(cards, draws, room - kept)
    left = _in_full(cards, draws, left)
    _in_short(cards, draws, left)
    return cards


def _in_short(cards: dict[int, list[Card]], draws: Draws, left: int) -> int:
    for card in _fairly(cards):
        text = "" if card.short else draws.short(card)
        size = len(text.encode())
        if size > left:
            break
        card.short = card.short or text
        left -= size
    return left


def _in_full(cards: dict[int, list[Card]], draws: Draws, left: int) -> int:
    """Take messages while there is room: the first of each difference before the second of any."""
    known = {number: {pair.id: pair for pair in some[0].handler.pairs} for number, some in cards.items() if some}
    taken: set[tuple[int, str]] = set()
    misses = 0
    for place in range(MOST_PAIRS):
        for card in _fairly(cards):
            if left < _SPARE or misses > _MOST_MISSES:
                return left
            if not card.short or (place and not card.head):
                continue
            pair = _pair(card, place, known[card.number])
            is_new = pair is not None and (card.number, pair.id) not in taken
            size = _take(card, pair if is_new else None, draws, left)
            misses = 0 if size is not None else misses + 1
            if size is not None and pair is not None:
                taken.add((card.number, pair.id))
            left -= size or 0
    return left


def _take(card: Card, pair: ShownPair | None, draws: Draws, left: int) -> int | None:
    """Take a difference in full, with one of its messages; return what that took, None where it has no room."""
    if pair is not None and pair.size > left * _LEAST_OF_A_PAIR:
        return None
    head = card.head or draws.head(card)
    body = draws.pair(card, pair) if pair is not None else ""
    size = len(body.encode())
    if not card.head:
        size += len(head.encode()) + len(draws.most_beside(card, bare=not body).encode()) - len(card.short.encode())
    if size > left:
        return None
    card.head = head
    if pair is not None and body:
        card.pairs.append((pair, body))
    return size


def _pair(card: Card, place: int, known: Mapping[str, ShownPair]) -> ShownPair | None:
    return known.get(card.group.pairs[place]) if place < len(card.group.pairs) else None


def _fairly(cards: dict[int, list[Card]]) -> Iterator[Card]:
    """Yield the most frequent difference of every handler, then the second of every handler ..."""
    for rank in range(max(map(len, cards.values()), default=0)):
        yield from (some[rank] for some in cards.values() if rank < len(some))
