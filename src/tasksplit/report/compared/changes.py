"""What changed between two reports: what is gone, new, more, fewer, and where did nobody look?

Nothing is *gone* where the later run did not look: it compared pairs of that handler, saw the strata again in which the
difference had shown, and could tell of as many of its pairs as before. The same holds for *new* and the earlier run. So
whoever changes the two around gets the mirror of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tasksplit.errors import ReportError, sentence
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Finding, Ledger
from tasksplit.model.sketch import ACCURACY
from tasksplit.report.compared.reading import Told, ToldGroup, ToldHandler

_ORDER = (Answer.PASS, Answer.WAIT, Answer.FAIL)
FORGIVEN = ((1 + ACCURACY) / (1 - ACCURACY)) ** 2  #: by which a ratio of two ratios of quantiles may be off


class Change(StrEnum):
    """What became of a difference?"""

    NEW = "new"
    MORE = "more"
    NOT_BEFORE = "new where nobody had looked"
    GONE = "gone"
    FEWER = "fewer"
    NOT_AGAIN = "not looked at again"
    SAME = "unchanged"


WORSE = (Change.NEW, Change.MORE, Change.NOT_BEFORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How often did a difference show, in how many pairs that were compared?"""

    count: int = 0
    shows: int | None = None
    """Pairs that show it, some of them at several places; None: not told."""
    pairs: int = 0
    """That were compared to the end."""
    accepted: int = 0
    """Pairs in which it was accepted by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What became of one difference?"""

    handler: str
    fingerprint: str
    path: str
    kind: str
    change: Change
    before: Counted
    after: Counted
    why: str = ""
    """In words, where nobody looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where did a handler stand in one of the runs?"""

    answer: Answer
    reason: str
    compared: int
    """Pairs."""
    open: int
    """Pairs of which nobody can tell: unpaired or undecided."""
    ratio: float | None
    """The split's 99th percentile as a multiple of legacy's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerChange:
    """What became of one handler?"""

    name: str
    before: Standing | None
    """None: the earlier report has no such handler."""
    after: Standing | None
    groups: tuple[Group, ...] = ()
    strata_new: tuple[str, ...] = ()
    strata_gone: tuple[str, ...] = ()
    findings_new: tuple[Finding, ...] = ()
    findings_gone: tuple[Finding, ...] = ()

    @property
    def worse(self) -> bool:
        """Return whether its decision got worse."""
        if self.before is None or self.after is None:
            return False
        return _ORDER.index(self.after.answer) > _ORDER.index(self.before.answer)

    @property
    def slower(self) -> tuple[float, float] | None:
        """Return the ratio of both sides' times before and after, where it changed by more than a sketch is off."""
        before, after = (one.ratio if one else None for one in (self.before, self.after))
        if not before or not after or 1 / FORGIVEN <= after / before <= FORGIVEN:
            return None
        return before, after

    @property
    def unseen(self) -> str:
        """Return in words what of it the later run did not look at; empty: nothing."""
        return "; ".join(self._unseen())

    def _unseen(self) -> Iterator[str]:
        before, after = self.before, self.after
        if before is None or not before.compared:
            return
        if after is None:
            yield "the later report does not have it"
        elif not after.compared:
            yield "the later run compared no pair of it"
        else:
            if after.open * (before.compared + before.open) > before.open * (after.compared + after.open):
                yield f"of {after.open:,} pairs nobody can tell, before of {before.open:,}"
            if self.strata_gone:
                yield f"not seen again: {'; '.join(self.strata_gone)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """How often did a rule touch something?"""

    name: str
    before: int | None
    """None: there was no such rule."""
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Which code changed?"""

    name: str
    before: str
    """Empty: not told."""
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed between two reports?"""

    migration: str
    before: Answer
    after: Answer
    handlers: tuple[HandlerChange, ...]
    ledgers: tuple[Ledger, Ledger]
    apart: tuple[str, ...] = ()
    """In words why the two cannot be held against each other; then nothing is gone or new, only not looked at."""
    rules: tuple[Number, ...] = ()
    findings_new: tuple[Finding, ...] = ()
    findings_gone: tuple[Finding, ...] = ()
    versions: tuple[Version, ...] = ()

    def of(self, change: Change) -> tuple[Group, ...]:
        """Return the differences that became so, those that show most often first."""
        found = [group for handler in self.handlers for group in handler.groups if group.change is change]
        return tuple(sorted(found, key=lambda one: -max(one.after.count, one.before.count)))

    @property
    def worse(self) -> bool:
        """Return whether something is new or more, or a decision got worse, that of the whole too."""
        whole = _ORDER.index(self.after) > _ORDER.index(self.before)
        return whole or any(handler.worse for handler in self.handlers) or any(map(self.of, WORSE))

    @property
    def unseen(self) -> bool:
        """Return whether something was not looked at."""
        missing = [ledger.lost + ledger.pending for ledger in self.ledgers]
        return bool(
            self.apart
            or missing[1] > missing[0]
            or self.of(Change.NOT_AGAIN)
            or any(handler.unseen for handler in self.handlers)
        )

    @property
    def answer(self) -> Answer:
        """Return fail where something got worse, wait where nobody looked, else pass."""
        return Answer.FAIL if self.worse else Answer.WAIT if self.unseen else Answer.PASS


def changes(before: Told, after: Told) -> Changes:
    """Return what changed from one report to a later one. Raises ReportError for two migrations."""
    if before.migration != after.migration:
        raise ReportError(
            sentence(
                found=f"a report of {before.migration!r} and one of {after.migration!r}",
                expected="two reports of one migration",
                do="name two of one",
            )
        )
    apart = tuple(_apart(before, after))
    new, gone = _findings(before.findings, after.findings)
    olds, news = ({one.name: one for one in told.handlers} for told in (before, after))
    return Changes(
        migration=after.migration, before=before.decision, after=after.decision,
        handlers=tuple(_handler(olds.get(name), news.get(name), name, apart=bool(apart)) for name in {**olds, **news}),
        ledgers=(before.ledger, after.ledger), apart=apart, rules=tuple(_rules(before, after)), findings_new=new,
        findings_gone=gone, versions=tuple(_versions(before.versions, after.versions)),
    )  # fmt: skip


def _apart(before: Told, after: Told) -> Iterator[str]:
    if before.form != after.form:
        yield f"of another form: {before.form}, then {after.form}"
    if before.origin != after.origin:
        yield f"of other messages: {before.origin}, then {after.origin}"


def _handler(before: ToldHandler | None, after: ToldHandler | None, name: str, *, apart: bool) -> HandlerChange:
    olds, news = ({} if one is None else one.groups for one in (before, after))
    seen = [frozenset[str]() if one is None else one.seen for one in (before, after)]
    new, gone = _findings(*(() if one is None else one.findings for one in (before, after)))
    groups = tuple(
        _group(name, olds.get(each), news.get(each), sides=(before, after), apart=apart) for each in {**olds, **news}
    )
    return HandlerChange(
        name=name, before=_standing(before), after=_standing(after), groups=groups,
        strata_new=tuple(sorted(seen[1] - seen[0])), strata_gone=tuple(sorted(seen[0] - seen[1])), findings_new=new,
        findings_gone=gone,
    )  # fmt: skip


def _standing(one: ToldHandler | None) -> Standing | None:
    if one is None:
        return None
    return Standing(
        answer=one.decision, reason=one.reason, compared=one.compared, open=one.open, ratio=one.ratio
    )  # fmt: skip


def _group(
    handler: str,
    old: ToldGroup | None,
    new: ToldGroup | None,
    *,
    sides: tuple[ToldHandler | None, ToldHandler | None],
    apart: bool,
) -> Group:
    shown = new or old
    assert shown is not None  # one of the two has it
    before, after = (_counted(group, side) for group, side in zip((old, new), sides, strict=True))
    why = ""
    if old and new:
        change = Change.SAME if apart else _more_or_fewer(before, after)
    elif old:
        why = _not_looked(old, there=sides[0], here=sides[1], apart=apart)
        change = Change.NOT_AGAIN if why else Change.GONE
    else:
        why = _not_looked(shown, there=sides[1], here=sides[0], apart=apart)
        change = Change.NOT_BEFORE if why else Change.NEW
    return Group(
        handler=handler, fingerprint=shown.fingerprint, path=shown.path, kind=shown.kind, change=change, before=before,
        after=after, why=why,
    )  # fmt: skip


def _counted(group: ToldGroup | None, side: ToldHandler | None) -> Counted:
    pairs = side.compared if side else 0
    if group is None or side is None:
        return Counted(pairs=pairs, shows=0)
    accepted = side.accepted.get(group.fingerprint)
    return Counted(
        count=group.count, shows=group.in_pairs, pairs=pairs, accepted=accepted if isinstance(accepted, int) else 0
    )  # fmt: skip


def _more_or_fewer(before: Counted, after: Counted) -> Change:
    """By share of pairs, in whole pairs of the smaller run; where both have as many that is by count."""
    sizes = (before.pairs, after.pairs) if before.pairs and after.pairs else (1, 1)
    moved = after.count * sizes[0] - before.count * sizes[1]
    if before.shows is not None and after.shows is not None and before.shows * sizes[1] != after.shows * sizes[0]:
        moved = after.shows * sizes[0] - before.shows * sizes[1]  # first in how many pairs, then how often in these
    if abs(moved) < max(sizes):
        return Change.SAME
    return Change.MORE if moved > 0 else Change.FEWER


def _not_looked(group: ToldGroup, *, there: ToldHandler | None, here: ToldHandler | None, apart: bool) -> str:
    """Return why a difference that showed there could not have shown here; empty where it could."""
    if apart:
        return "the runs are of other forms or messages"
    if here is None or there is None:
        return "that report does not have the handler"
    if not here.compared:
        return "no pair of the handler was compared"
    if here.open * (there.compared + there.open) > there.open * (here.compared + here.open):
        return f"of {here.open:,} pairs of the handler nobody can tell"
    missing = sorted(name for name, count in group.strata.items() if isinstance(count, int) and name not in here.seen)
    return f"not seen: {'; '.join(missing)}" if missing else ""


def _findings(
    before: tuple[Finding, ...], after: tuple[Finding, ...]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return what is new and what is gone; other words of the same code are both."""
    return (
        tuple(dict.fromkeys(one for one in after if one not in before)),
        tuple(dict.fromkeys(one for one in before if one not in after)),
    )


def _rules(before: Told, after: Told) -> Iterator[Number]:
    olds, news = _touched(before), _touched(after)
    for name in {**olds, **news}:
        if olds.get(name) != news.get(name):
            yield Number(name=name, before=olds.get(name), after=news.get(name))


def _touched(told: Told) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for rule in told.rules:
        found[rule.name] = found.get(rule.name, 0) + rule.touched
    return found


def _versions(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Version]:
    for name in {**before, **after}:
        old, new = (str(each.get(name, "")) for each in (before, after))
        if old != new:
            yield Version(name=name, before=old, after=new)
