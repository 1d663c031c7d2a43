"""Since when does a handler differ more often than it may? A detector that restarts, in constant memory and time.

``gate.bound`` asks of a whole history; the longer that was clean, the later it would notice a change. Here a bet
against "the rate is at most the limit" begins anew with each contribution, and all of them are added up: for a rate q
above the limit ``M = L * (M + 1)``, where L is ``q / limit`` for a mismatch and ``(1 - q) / (1 - limit)`` else; the
statistic is the mean of M over a fixed grid of such rates. Where each contribution differs with a probability of at
most the limit, whatever came before, ``statistic - contributions`` never grows on average. So the mean number of
contributions until it reaches ``arl`` is at least ``arl``: the Shiryaev-Roberts e-detector of Shin, Ramdas and Rinaldo
("E-detectors: a nonparametric framework for sequential change detection", 2023), in which nothing needs to be
independent and no number of looks was fixed in advance.

*A batch of which only the sums are known.* In which order its contributions came decides what the statistic is. The
least that any order leaves behind is that of the mismatches first, of each rate: to swap a mismatch and the clean one
after it leaves ``q / limit`` behind the product in place of the smaller factor. So a batch counts in that order and
is looked at after its end only: the statistic is never above that of the true order, false alarms are never more
frequent. What it costs: the clean ones that came before a change, in the same batch, count as if they came after it.

Do not "improve" the grid: it was fixed before any data. Golden values are in the tests.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from tasksplit.errors import DeclarationError, sentence

ARL = 5_000.0
"""Contributions between two false alarms, on average and at least. At a limit of 1 % half of the handlers of which
half the messages differ are then noticed after 5 of them, nine of ten within 10, and 5 % after some 135 on average;
twice the mean would cost 1 and 20 more. What is found there is a mean of 12,500: the one that is stated holds for
whatever comes, not only for contributions that are independent."""

_BETS = 6
_LATELY = 0  #: the bet that says since when: the lowest, since it stays up as long as any


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """What do the contributions so far say? Begin with ``fresh``; every field is a plain number, so it can be kept."""

    limit: float
    """Share, 0-1 exclusive: rates up to it are no alarm."""
    arl: float
    """Mean number of contributions between false alarms, at least; 1 or more."""
    grown: tuple[float, ...]
    """For each rate that is bet on ln(1 + M); 0 at the start."""
    alarmed: bool = False
    """Whether the statistic ever reached ``arl``; only a restart takes that back."""
    since: float = 0.0
    """ln of the bet that says since when; back at 0, what came before has no part in it."""
    pairs: int = 0
    """Contributions since then, and those of them that differ: for people to read, nothing is decided by them."""
    mismatched: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.limit < 1 or not 1 <= self.arl < math.inf or len(self.grown) != _BETS:
            raise DeclarationError(
                sentence(
                    found=f"a detector at a limit of {self.limit!r}, arl {self.arl!r} and {len(self.grown)} bets",
                    expected=f"a share between 0 and 1, both excluded, a mean of at least 1, and {_BETS} bets",
                    do="take the limit from a Bar, and begin with Detector.fresh",
                )
            )

    @classmethod
    def fresh(cls, limit: float, arl: float = ARL) -> Detector:
        """Return one that has seen nothing; raise ``DeclarationError`` for a limit or a mean that cannot be."""
        return cls(limit=limit, arl=arl, grown=(0.0,) * _BETS)

    @property
    def log_statistic(self) -> float:
        """Return ln(1 + statistic); an alarm is where it reaches ln(1 + arl)."""
        top = max(self.grown)
        return top + math.log(sum(math.exp(each - top) for each in self.grown) / _BETS)

    def seen(self, mismatched: bool) -> Detector:
        """Return what is known after one contribution more."""
        return self.batch(mismatched=int(mismatched), clean=int(not mismatched))

    def batch(self, *, mismatched: int, clean: int) -> Detector:
        """Return what is known after some more, of which the order is not known: never more than in any order."""
        if mismatched < 0 or clean < 0:
            raise DeclarationError(
                sentence(found=f"{mismatched} mismatched and {clean} clean", expected="counts", do="count from 0")
            )
        if not mismatched and not clean:
            return self
        bets = _above(self.limit)
        after = replace(
            self,
            grown=tuple(
                _grown(_grown(each, up, mismatched), down, clean)
                for each, (up, down) in zip(self.grown, bets, strict=True)
            ),
        )
        up, down = bets[_LATELY]
        since = self.since + mismatched * up + clean * down
        return replace(
            after,
            alarmed=self.alarmed or after.log_statistic >= math.log1p(self.arl),
            since=max(0.0, since),
            pairs=self.pairs + mismatched + clean if since > 0 else 0,
            mismatched=self.mismatched + mismatched if since > 0 else 0,
        )

    def restarted(self) -> Detector:
        """Return one of the same limit that has seen nothing."""
        return Detector.fresh(self.limit, self.arl)


def _grown(log: float, step: float, times: int) -> float:
    """Return ln(1 + M) from that before as many contributions of one kind, each of ln(factor) ``step``.

    With R = 1 + M each of them makes ``R = factor * R + 1``, which is a geometric sum after several.
    """
    if not times:
        return log
    # next to a limit of 1 there is no rate far above it, and the factors are 1
    ones = math.log(times) if abs(step) < 1e-12 else _log_abs_expm1(times * step) - _log_abs_expm1(step)
    kept = log + times * step
    top = max(kept, ones)
    return top + math.log(math.exp(kept - top) + math.exp(ones - top))


def _log_abs_expm1(x: float) -> float:
    """Return ln|exp(x) - 1|, where exp(x) itself may be too large."""
    return max(x, 0.0) + math.log(-math.expm1(-abs(x)))


@lru_cache(maxsize=256)
def _above(limit: float) -> tuple[tuple[float, float], ...]:
    """Return, for each rate that is bet on, ln(factor) of a mismatch and of a clean contribution.

    Its odds are evenly spread, as ratios, from 2.5 times those of the limit to 3 : 2, or twice as far where the limit
    is above that: what differs but a little more than it may is for the gate to see.
    """
    odds = limit / (1 - limit)
    first = odds * 2.5
    last = max(first * 2, 1.5)
    factor = (last / first) ** (1 / (_BETS - 1))
    bets = []
    for step in range(_BETS):
        bet = first * factor**step
        down = -math.log1p(bet) - math.log1p(-limit)  # 1 - q = 1 / (1 + odds)
        bets.append((math.log(bet) - math.log1p(bet) - math.log(limit), down))
    return tuple(bets)
