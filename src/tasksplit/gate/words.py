"""How does the gate say a number? So that none reads as more than it is."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache


@lru_cache(maxsize=1024)  # the same limits and confidences are said in each reason
def share(value: float) -> str:
    """Return a share, 0-1, in percent: three significant digits, "0 %" and "100 %" only where exactly so."""
    exact = Decimal(value)
    rest = min(exact, 1 - exact)
    if rest <= 0:
        return f"{_plain(exact * 100)} %"
    step = Decimal(1).scaleb(rest.adjusted() - 2)
    return f"{_plain(exact.quantize(step, ROUND_HALF_EVEN) * 100)} %"


def count(number: int) -> str:
    """Return a number with its thousands set apart."""
    return f"{number:,}"


def of(part: int, whole: int, noun: str, nouns: str = "") -> str:
    """Return "3 of 1,204 keys"; the noun agrees with the whole."""
    return f"{count(part)} of {many(whole, noun, nouns)}"


def many(number: int, noun: str, nouns: str = "") -> str:
    """Return "1 key" or "1,204 keys"; ``nouns``: where its plural is no mere s."""
    return f"{count(number)} {noun if number == 1 else nouns or noun + 's'}"


def reasons(counts: Mapping[str, int], first: int = 3) -> str:
    """Return the most frequent reasons with their counts, the others as a number."""
    ranked = sorted(((n, reason) for reason, n in counts.items() if n > 0), key=lambda item: (-item[0], item[1]))
    said = [f"{reason} ({count(n)})" for n, reason in ranked[:first]]
    if len(ranked) > first:
        said.append(f"{many(len(ranked) - first, 'other reason')} ({count(sum(n for n, _ in ranked[first:]))})")
    return "; ".join(said)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
