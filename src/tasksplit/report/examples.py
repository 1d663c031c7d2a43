"""On which messages does a difference show, and what has each side there? Up to three, of pairs that were kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from tasksplit.model.evidence import Grouped, ShownPair
from tasksplit.model.review import HandlerReview
from tasksplit.model.verdict import Difference, Kind
from tasksplit.report.plain import plain

ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Where does one pair show a difference?"""

    pair: ShownPair
    difference: Difference


def examples(handler: HandlerReview, group: Grouped) -> tuple[Example, ...]:
    """Return the pairs behind a difference, each with the first place at which it shows."""
    known = {pair.id: pair for pair in handler.pairs}
    pairs = (known[name] for name in group.pairs if name in known)
    found = ((pair, _first(pair, group.fingerprint)) for pair in pairs)
    return tuple(Example(pair=pair, difference=one) for pair, one in found if one is not None)


def _first(pair: ShownPair, fingerprint: str) -> Difference | None:
    return next((one for one in pair.differences if one.fingerprint == fingerprint), None)


def values(one: Difference) -> tuple[str, str]:
    """Return what legacy and the split have there, as JSON; ``absent`` where a side has nothing."""
    legacy = ABSENT if one.kind is Kind.EXTRA else _json(one.legacy)
    return legacy, ABSENT if one.kind is Kind.MISSING else _json(one.split)


def _json(value: Any) -> str:
    return orjson.dumps(plain(value)).decode()
