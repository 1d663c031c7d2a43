"""How is a number or a user's text written, the same on every paper?"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from functools import lru_cache

from tasksplit.gate.words import share as of_a_hundred

_PLAIN_CONTROLS = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_PLURALS = {"entry": "entries", "query": "queries", "stratum": "strata", "branch": "branches"}
_LEAST = 1e-8  # share, below which a rate is written as a bound


def count(number: int) -> str:
    """Return a count with its thousands apart: ``33,000``."""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """Return a count and its noun: ``1 message``, ``2 messages``."""
    if number != 1:
        noun = _PLURALS.get(noun, noun + "s")
    return f"{count(number)} {noun}"


def rate(value: float) -> str:
    """Return a share 0-1 in per cent; ``0 %`` and ``100 %`` appear only when they are exactly true.

    Three digits count, as in the reasons of the gate, so that no number stands in two forms on one paper; where that
    would take more than eight places, the nearest honest bound.
    """
    if 0 < value < _LEAST:
        return "< 0.000001 %"
    return "> 99.999999 %" if 1 - _LEAST < value < 1 else of_a_hundred(value)


def share(part: int, whole: int) -> str:
    """Return what per cent ``part`` is of ``whole``; without a whole there is no share."""
    if whole == 0:
        return "no share of 0"
    if part == whole:
        return "100 %"
    return rate(part / whole) if part / whole < 1 else "> 99.999999 %"


def seconds(value: float) -> str:
    """Return a duration that was measured in seconds, in the unit that a person would use."""
    if value < 0.9995:
        return f"{value * 1000:.0f} ms" if value >= 0.0005 or value == 0 else "< 1 ms"
    if value < 60:
        return f"{value:.1f} s" if value < 59.95 else "1 min 0 s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def instant(at: float) -> str | None:
    """Return a time in seconds since the epoch as ``2026-03-01T12:00:00Z``; None where it is not known (0)."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
    except (ValueError, OverflowError, OSError):  # no year that a calendar has
        return None


def moment(at: float) -> str:
    """Return a time in seconds since the epoch as a person reads it: ``2026-03-01 12:00 UTC``."""
    known = instant(at)
    return "at a time that is not known" if known is None else f"{known[:10]} {known[11:16]} UTC"


def ratio(value: float) -> str:
    """Return how many times one thing is another: ``1.2 times``."""
    return f"{value:.2g} times" if value < 100 else f"{count(round(value))} times"


def visible(text: str) -> str:
    """Return the text on one line, with control, invisible and direction characters spelt out.

    A payload may hold terminal escapes or marks that turn the reading direction: nothing of it may act.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spelt(char) for char in text)


def clipped(text: str, limit: int) -> str:
    """Return the visible text, cut after ``limit`` characters with a word on how long it was."""
    seen = visible(text[: limit + 1])
    if len(text) <= limit and len(seen) <= limit * 6:
        return seen
    return f"{visible(text[:limit])} … ({counted(len(text), 'character')})"


@lru_cache(maxsize=4096)  # a text repeats its signs
def _spelt(char: str) -> str:
    if char in _PLAIN_CONTROLS:
        return _PLAIN_CONTROLS[char]
    if unicodedata.category(char) not in _HIDDEN:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
