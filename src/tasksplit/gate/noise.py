"""Is what differs between the sides no more than legacy differs from itself?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from tasksplit.gate.bound import upper_bound
from tasksplit.gate.words import of, share
from tasksplit.model.evidence import Evidence, Finding, Shape

CONFIDENCE = 0.95  #: at which a rate between the sides is told from legacy's own
_NOTHING = 1e-12  # a term of a tail that no further one can make count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rates:
    """How often does one difference show, between the sides and in legacy itself?"""

    shape: Shape
    between: int
    itself: int
    """Pairs that were looked at, of each kind."""

    @property
    def compatible(self) -> bool:
        """Return whether legacy shows it too, and the sides do not show it more often.

        Fisher's exact test, one-sided: given how often it shows at all, is that much between the sides too much for
        chance? What legacy never shows of itself is no noise, however rare it is.
        """
        if not self.shape.itself:
            return False
        return _by_chance(self)


def excused(evidence: Evidence) -> bool:
    """Return whether all that differs is noise. It is then no defect, and no pass: the rule has to be written."""
    shown = [one for one in _rates(evidence) if one.shape.between]
    return bool(shown) and all(one.compatible for one in shown)


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Yield what legacy shows of itself, with a bound and the rule to write; and what is no noise although it does."""
    for one in _rates(evidence):
        if not one.shape.itself:
            continue
        bound = share(upper_bound(one.itself, one.shape.itself, 1 - CONFIDENCE))
        itself = f"{of(one.shape.itself, one.itself, 'pair')} of legacy with itself (below {bound})"
        text = (
            f"{one.shape.shape} differs in {itself} and in {of(one.shape.between, one.between, 'pair')} of both sides"
        )
        if one.compatible:
            text += f": noise; write rules.ignore({one.shape.shape!r}, because=...), or a rule that keeps more of it"
        elif one.shape.between:
            text += f": more than legacy's own noise, at {share(CONFIDENCE)}"
        yield Finding(code="noise" if one.compatible else "not-noise", text=text)


def _rates(evidence: Evidence) -> list[_Rates]:
    pairs = evidence.tally.pairs + evidence.tally.accepted
    return [
        _Rates(shape=one, between=max(pairs, one.between), itself=max(evidence.itself, one.itself))
        for one in evidence.shapes.values()
    ]


def _by_chance(rates: _Rates) -> bool:
    """Return whether so many between the sides, or more, are likelier than 1 - CONFIDENCE were both rates the same.

    Above the mean the terms of a hypergeometric tail fall: it takes no more of them than there are standard deviations.
    """
    between, itself = rates.shape.between, rates.shape.itself
    if between * rates.itself <= itself * rates.between:
        return True  # not more often at all
    shown = between + itself
    whole = _choose(rates.between + rates.itself, shown)
    tail = 0.0
    for n in range(between, min(shown, rates.between) + 1):
        term = math.exp(_choose(rates.between, n) + _choose(rates.itself, shown - n) - whole)
        tail += term
        if tail > 1 - CONFIDENCE or term < _NOTHING:
            break
    return tail > 1 - CONFIDENCE


def _choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
