"""What does a reader find of each handler on the page, below the table? As much as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from tasksplit.model.accepted import Acceptance
from tasksplit.model.evidence import ShownPair
from tasksplit.model.review import HandlerReview, Review
from tasksplit.model.verdict import Kind
from tasksplit.report import sentences, strata
from tasksplit.report.beside import values
from tasksplit.report.beside.sides import sides, where
from tasksplit.report.beside.tagged import tree_of
from tasksplit.report.beside.walked import MOST_EQUAL
from tasksplit.report.page.budget import Card, fill
from tasksplit.report.table import Row
from tasksplit.report.words import clipped, count, counted, instant, moment, share

_GROUPS = "<!-- groups -->"  # where the differences go; a text of somebody else is escaped
_NOTES = 500  # bytes for what is said of differences that are left out, of each handler
_FEW_EQUAL = 16  # lines of equal values in a row, where not all pairs have room anyway
_HOLDS = "it holds"
_NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of each list of a handler is shown before something is left out?"""

    items: int
    characters: int


_ROOMS = (
    Room(items=60, characters=1_000), Room(items=20, characters=400), Room(items=6, characters=160),
    Room(items=2, characters=60), Room(items=0, characters=20),
)  # fmt: skip


def parts(review: Review, table: Sequence[tuple[int, Row]], room: int, pages: Environment) -> str:
    """Return the handlers' parts, in the order of the table, in at most ``room`` bytes."""
    frames: list[str] = []
    for detail in _ROOMS:
        frames = [_frame(review, number, row, detail, pages) for number, row in table]
        used = sum(len(frame.encode()) + _NOTES for frame in frames)
        if used <= room // 2:
            break
    if used > room:
        return ""  # thousands of handlers: the table alone says where they stand
    shown = [(number, review.handlers[number - 1]) for number, _ in table]
    whole = sum(pair.size for _, handler in shown for pair in handler.pairs)
    draws = _Draws(review, pages, MOST_EQUAL if whole < room - used else _FEW_EQUAL)
    cards = fill(shown, draws, room - used)
    return "".join(
        frame.replace(_GROUPS, draws.groups(cards[number])) for (number, _), frame in zip(table, frames, strict=True)
    )


def standing(one: Acceptance, review: Review) -> str:
    """Return whether an accepted difference holds on the day and for the code of the review, in words."""
    day = _day(review.at)
    if day is None:
        return "whether it holds is not known"
    if one.until < day:
        return "it is over"
    code = review.versions or {}
    other = [side for side, known in (("legacy", one.legacy), ("split", one.split)) if code.get(side, known) != known]
    return f"it does not hold: {' and '.join(other)} is other code now" if other else _HOLDS


def _frame(review: Review, number: int, row: Row, room: Room, pages: Environment) -> str:
    handler = review.handlers[number - 1]
    return pages.get_template("handler.html.jinja").render(
        review=review, handler=handler, number=number, row=row, room=room, groups=Markup(_GROUPS),  # noqa: S704 - ours
        seen_strata=_strata(handler, review), findings=[sentences.finding(one) for one in handler.evidence.findings],
        rules=list(dict.fromkeys(rule for pair in handler.pairs for rule in pair.rules)),
        accepted=[(sentences.acceptance(one), standing(one, review)) for one in handler.acceptances],
        steps=[(sentences.step(one), one.forced) for one in handler.steps],
        past=[sentences.past(one) for one in reversed(handler.trend)],
    )  # fmt: skip


def _strata(handler: HandlerReview, review: Review) -> list[tuple[str, str, bool]]:
    """Return each stratum with what is known of it, and whether that is something to look at; the rarest first."""
    odd = set(strata.odd(handler, review))
    found = zip(strata.of(handler, review), strata.lines(handler, review), strict=True)
    return [(one.name, line.removeprefix(f"{one.name}: "), line in odd) for one, line in found]


class _Draws:
    """Draws the pieces of what differs, see ``pieces.html.jinja``."""

    def __init__(self, review: Review, pages: Environment, most_equal: int) -> None:
        self._review, self._most_equal = review, most_equal
        self._pieces: Any = pages.get_template("pieces.html.jinja").make_module({"plain": _plain})

    def short(self, card: Card) -> str:
        """Return a difference in a few lines."""
        example = card.group.example
        legacy, split = (values.inline(tree_of(value), 60) for value in (example.legacy, example.split))
        absent = {Kind.MISSING: (legacy, _NOTHING), Kind.EXTRA: (_NOTHING, split)}
        sides = absent.get(example.kind, (legacy, split))
        return str(self._pieces.short({**self._told(card), "legacy": sides[0], "split": sides[1]}))

    def head(self, card: Card) -> str:
        """Return what stands above its messages."""
        return str(self._pieces.opened(self._told(card)))

    def most_beside(self, card: Card, *, bare: bool) -> str:
        """Return the most that may come to it besides its messages; ``bare``: it has none."""
        pairs = [one for one in card.handler.pairs if one.id in card.group.pairs]
        return (self._values(card) if bare else "") + self._closed(card, pairs, len(card.group.pairs))

    def pair(self, card: Card, pair: ShownPair) -> str:
        """Return a message with both sides; empty where there is nothing to draw."""
        found = sides(pair, self._most_equal)
        lines = sum(len(section.lines) for section in found)
        equal = sum(section.equal for section in found)
        told = [pair.instance, pair.stratum, moment(pair.at) if pair.at else ""]
        told += [f"{counted(lines, 'line')} not equal, {counted(equal, 'equal value')}"]
        if not pair.legacy or not pair.split:
            told.append(f"too long to keep whole ({count(pair.size)} bytes): only where it differs")
        one = {"pair": pair, "id": _id_of(card, pair), "told": clipped("; ".join(filter(None, told)), 400)}
        rules = clipped(", ".join(pair.rules), 600)
        return (
            str(self._pieces.pair({**one, "rules": rules, "own": card.group.fingerprint}, found, not card.pairs))
            if found
            else ""
        )

    def groups(self, cards: Sequence[Card]) -> str:
        """Return the differences of a handler, most frequent first, with a word on those that are left out."""
        drawn = {pair.id for card in cards for pair, _ in card.pairs}
        shown = Markup("".join(self._card(card, drawn) for card in cards if card.short))  # noqa: S704 - drawn by us
        short = sum(bool(card.short and not card.head) for card in cards)
        left_out = sum(not card.short for card in cards)
        return str(self._pieces.groups(len(cards), shown, short, left_out, cards[0].number if cards else 0))

    def _card(self, card: Card, drawn: set[str]) -> str:
        if not card.head:
            return card.short
        own = {pair.id for pair, _ in card.pairs}
        others = [one for one in card.handler.pairs if one.id in card.group.pairs and one.id in drawn - own]
        left_out = len(set(card.group.pairs)) - len(own) - len(others)
        values = "" if card.pairs else self._values(card)
        return f"{card.head}{''.join(text for _, text in card.pairs)}{values}{self._closed(card, others, left_out)}"

    def _values(self, card: Card) -> str:
        return str(self._pieces.values(where((card.group.example,))))

    def _closed(self, card: Card, others: Sequence[ShownPair], left_out: int) -> str:
        return str(self._pieces.closed([{"id": _id_of(card, one), "pair": one} for one in others], left_out))

    def _told(self, card: Card) -> dict[str, Any]:
        group = card.group
        accepted = next((one for one in card.handler.acceptances if one.fingerprint == group.fingerprint), None)
        return {
            "group": group, "id": f"difference-{card.number}-{card.rank}", "first": card.rank == 1,
            "extent": sentences.extent(group, card.handler), "share": _share(card),
            "accepted": f"{standing(accepted, self._review)}, until {accepted.until}" if accepted else "",
        }  # fmt: skip


def _share(card: Card) -> str:
    tally, shape = card.handler.evidence.tally, card.handler.evidence.shapes.get(card.group.fingerprint)
    compared = tally.pairs + tally.accepted
    known = shape is not None and 0 < shape.between <= compared
    return share(shape.between, compared) if known and shape is not None else ""


def _id_of(card: Card, pair: ShownPair) -> str:
    place = next(place for place, one in enumerate(card.handler.pairs, 1) if one.id == pair.id)
    return f"message-{card.number}-{place}"


def _plain(text: str, most: int = 4_000) -> Markup:
    """Return a text for between two tags: there a quote is no sign of its own."""
    return Markup(escape(clipped(text, most)).replace("&#34;", '"').replace("&#39;", "'"))  # noqa: S704


def _day(at: float) -> date | None:
    known = instant(at)
    return date.fromisoformat(known[:10]) if known else None
