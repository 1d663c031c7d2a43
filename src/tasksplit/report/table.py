"""What does a paper's table show of each handler? Every number and text of it is made here, once for all papers."""

from __future__ import annotations

from dataclasses import dataclass

from tasksplit.model.branches import Branches
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Tally
from tasksplit.model.review import HandlerReview, Review
from tasksplit.model.sketch import Sketch
from tasksplit.report import strata
from tasksplit.report.words import count, rate, ratio, seconds, share

MOST_TREND = 5  #: earlier runs that a trend names, the newest of them

NOT_MEASURED = "not measured"
NO_EVIDENCE = "no evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is one number, and how does every paper write it?"""

    value: float | None
    """None: it was not measured, or there is no evidence of it; ``text`` says which."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """How long did one side take for one message? Seconds."""

    half: Figure
    """At the median."""
    most: Figure
    """At the 99th percentile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Where does one handler stand, on one line? The texts of users in it are as they came: a paper escapes them."""

    handler: str
    stage: str
    decision: Answer
    reason: str
    pairs: int
    """That are evidence: match and mismatch."""
    tally: Tally
    keys: int
    differ: int
    """Keys of which at least one pair differs."""
    rate: Figure
    """Share (0-1) of the keys that differ."""
    bound: Figure
    """Share (0-1) of keys: the true rate is below this, at the bar's confidence."""
    limit: Figure
    """Share (0-1) of keys that the bar allows."""
    groups: int
    """Of differences, by fingerprint."""
    strata_seen: int
    strata_missing: tuple[str, ...]
    """Declared, and never seen; bounded, and nothing in it acts."""
    strata_open: tuple[str, ...]
    """Seen, and no pair of them is evidence or accepted; bounded, and nothing in it acts."""
    branches: tuple[Figure, Figure] | None
    """Share (0-1) of the branches of legacy and of the split that were taken; None: not measured."""
    legacy: Took
    split: Took
    ratio: Figure
    """How many times as long as legacy the split takes, at the 99th percentile."""
    trend: tuple[Answer, ...]
    """What the earlier runs that are kept came to, oldest first; this one is not among them."""
    trend_text: str

    @property
    def strata_text(self) -> str:
        """Return how many strata were seen, of how many that are known: ``60 of 62``."""
        return f"{count(self.strata_seen)} of {count(self.strata_seen + len(self.strata_missing))}"

    @property
    def branches_text(self) -> str:
        """Return the shares of branches taken, of legacy and of the split: ``85.7 % → 71.4 %``."""
        return NOT_MEASURED if self.branches is None else " → ".join(one.text for one in self.branches)

    @property
    def time_text(self) -> str:
        """Return the 99th percentiles of legacy and of the split: ``18 ms → 16 ms``."""
        known = (self.legacy.most, self.split.most)
        return NOT_MEASURED if any(one.value is None for one in known) else " → ".join(one.text for one in known)


def rows(review: Review) -> tuple[Row, ...]:
    """Return a row for each handler, in the order of the declaration."""
    return tuple(_row(handler, review) for handler in review.handlers)


def _row(handler: HandlerReview, review: Review) -> Row:
    evidence, sides = handler.evidence, handler.evidence.sides
    keys, differ = evidence.keys_seen, evidence.keys_mismatched
    covered, bound = evidence.covered, handler.decision.upper_bound
    seen = strata.sorted_out(handler, review)
    return Row(
        handler=handler.name, stage=handler.stage, decision=handler.decision.answer, reason=handler.decision.reason,
        pairs=evidence.tally.pairs, tally=evidence.tally, keys=keys, differ=differ,
        rate=Figure(value=differ / keys, text=share(differ, keys)) if keys else _none(NO_EVIDENCE),
        bound=_none(NO_EVIDENCE) if bound is None else Figure(value=bound, text=rate(bound)),
        limit=Figure(value=handler.bar.max_mismatch_rate, text=rate(handler.bar.max_mismatch_rate)),
        groups=len(handler.differences),
        strata_seen=seen.seen, strata_missing=seen.missing, strata_open=seen.open,
        branches=None if covered is None else (_taken(covered.legacy), _taken(covered.split)),
        legacy=_took(sides.legacy), split=_took(sides.split), ratio=_ratio(sides.legacy, sides.split),
        trend=tuple(past.answer for past in handler.trend), trend_text=_trend(handler),
    )  # fmt: skip


def _none(text: str) -> Figure:
    return Figure(value=None, text=text)


def _taken(branches: Branches) -> Figure:
    if not branches.known:
        return _none("no branch known")
    return Figure(value=branches.share, text=share(len(branches.touched), len(branches.known)))


def _took(sketch: Sketch) -> Took:
    return Took(half=_quantile(sketch, 0.5), most=_quantile(sketch, 0.99))


def _quantile(sketch: Sketch, part: float) -> Figure:
    value = sketch.quantile(part)
    return _none(NOT_MEASURED) if value is None else Figure(value=value, text=seconds(value))


def _ratio(legacy: Sketch, split: Sketch) -> Figure:
    base, most = legacy.quantile(0.99), split.quantile(0.99)
    if not base or most is None:
        return _none(NOT_MEASURED)
    return Figure(value=most / base, text=ratio(most / base))


def _trend(handler: HandlerReview) -> str:
    if not handler.trend:
        return "no earlier run"
    shown = [past.answer.value for past in handler.trend[-MOST_TREND:]]
    before = f"{count(len(handler.trend) - MOST_TREND)} more, " if len(handler.trend) > MOST_TREND else ""
    return f"{before}{', '.join(shown)}, now {handler.decision.answer.value}"
