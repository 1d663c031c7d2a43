"""What did one ``report.json`` say, as far as two of them are held against each other?

Members may be absent: a file may have been written before there were any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tasksplit.errors import ReportError, sentence
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Finding, Ledger, Tally

ENOUGH = 100  #: values from which a 99th percentile is more than the largest of them


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldGroup:
    """How often did one difference show, and where?"""

    fingerprint: str
    path: str = ""
    kind: str = ""
    count: int = 0
    in_pairs: int | None = None
    """Pairs that show it, some of them at several places; None: not told."""
    strata: Mapping[str, Any] = field(default_factory=dict)  # what was cut says so, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStratum:
    """Was a stratum seen?"""

    name: str
    keys: int = 0
    clean: int = 0
    accepted: int = 0

    @property
    def seen(self) -> bool:
        """Return whether any pair of it was compared."""
        return bool(self.keys or self.clean or self.accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSpread:
    """How long did one side take?"""

    count: int = 0
    p99: float | None = None
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldHandler:
    """Where did a handler stand?"""

    name: str
    decision: Answer
    reason: str = ""
    evidence: Tally = field(default_factory=Tally)
    differences: tuple[ToldGroup, ...] = ()
    strata: tuple[ToldStratum, ...] = ()
    accepted: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    seconds: Mapping[str, ToldSpread] = field(default_factory=dict)

    @property
    def compared(self) -> int:
        """Return how many pairs were compared to the end."""
        return self.evidence.pairs + self.evidence.accepted

    @property
    def open(self) -> int:
        """Return of how many pairs nobody can tell."""
        return self.evidence.unpaired + self.evidence.undecided

    @property
    def seen(self) -> frozenset[str]:
        """Return the strata of which a pair was compared."""
        shown = {name for group in self.differences for name, count in group.strata.items() if isinstance(count, int)}
        return frozenset({one.name for one in self.strata if one.seen} | shown)

    @property
    def groups(self) -> Mapping[str, ToldGroup]:
        """Return the differences by fingerprint."""
        found: dict[str, ToldGroup] = {}
        for one in self.differences:
            other = found.get(one.fingerprint)
            found[one.fingerprint] = _both(other, one) if other else one
        return found

    @property
    def ratio(self) -> float | None:
        """Return the split's 99th percentile as a multiple of legacy's; None where too few were measured."""
        legacy, split = (self.seconds.get(side, ToldSpread()) for side in ("legacy", "split"))
        if min(legacy.count, split.count) < ENOUGH or not legacy.p99 or split.p99 is None:
            return None
        return split.p99 / legacy.p99


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRule:
    """How often did a rule touch something?"""

    name: str
    touched: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What did a report say?"""

    migration: str
    form: str
    origin: str = ""
    decision: Answer
    ledger: Ledger = field(default_factory=Ledger)
    handlers: tuple[ToldHandler, ...] = ()
    rules: tuple[ToldRule, ...] = ()
    findings: tuple[Finding, ...] = ()
    versions: Mapping[str, Any] = field(default_factory=dict)


_TOLD = TypeAdapter(Told)


def told(document: Mapping[str, Any], name: str = "the report") -> Told:
    """Return what a report said; ``document`` is of ``from_json``, ``name`` says which one it is.

    Raises ReportError where a member is not what tasksplit writes, or a handler is named twice.
    """
    try:
        found = _TOLD.validate_python(document)
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise _wrong(f"in {name} a member {where!r} that is none of tasksplit's ({first['msg']})") from err
    twice = [each for each, times in Counter(one.name for one in found.handlers).items() if times > 1]
    if twice:
        raise _wrong(f"in {name} the handler {twice[0]!r} twice")
    return found


def _both(one: ToldGroup, other: ToldGroup) -> ToldGroup:
    strata: Counter[str] = Counter()
    for each in (one, other):
        strata.update({name: count for name, count in each.strata.items() if isinstance(count, int)})
    return replace(one, count=one.count + other.count, in_pairs=None, strata=strata)


def _wrong(found: str) -> ReportError:
    return ReportError(
        sentence(found=found, expected="a report.json as tasksplit wrote it", do="write it anew with `tasksplit run`")
    )
