"""What does the evidence show of each stratum, and is it enough?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tasksplit.gate import bound
from tasksplit.gate.words import count, many, of, share
from tasksplit.model.decision import Bar
from tasksplit.model.evidence import Evidence, Stratum
from tasksplit.model.strata import FEATURES

_NAMED = 4  #: strata named in a reason; the others are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What do the keys of one stratum show?"""

    name: str
    keys: int = 0
    mismatched: int = 0
    clean: int = 0
    """Clean pairs of different contents."""
    accepted: int = 0
    """Pairs that differ as somebody accepted."""
    upper_bound: float | None = None
    """Share of keys, 0-1: the true mismatch rate is below this, at the bar's confidence; None without evidence."""


def shown(evidence: Evidence, alpha: float, declared: Iterable[str] = ()) -> tuple[Shown, ...]:
    """Return what each stratum shows: those of the evidence, and declared ones that were never seen.

    ``alpha``: allowed probability that a bound is wrong. A handler passes only where all its strata do, so none of
    them needs a correction for the others (an intersection-union test).
    """
    found = [_shown(name, one, alpha) for name, one in evidence.strata.items()]
    known = {*evidence.strata, *(name.partition(FEATURES)[0] for name in evidence.strata)}
    return (*found, *(Shown(name=name) for name in declared if name not in known))


def spent(alpha: float, strata: Iterable[Shown]) -> float:
    """Return what the alarm of each stratum may spend of alpha, beside that of the handler.

    They come one after the other, and any of them may alarm while few are known: with n(n + 1), and not with n,
    all that is ever spent adds up to alpha at most.
    """
    seen = sum(bool(one.keys) for one in strata)
    return alpha / (seen * (seen + 1)) if seen else alpha


def alarming(strata: Iterable[Shown], bar: Bar, alpha: float) -> Iterator[str]:
    """Yield why a stratum fails; ``alpha``: what each of them may spend, see ``spent``."""
    limit = bar.max_stratum_rate or bar.max_mismatch_rate
    for one in strata:
        if one.keys and bound.alarm(one.keys, one.mismatched, limit, alpha):
            yield f"{of(one.mismatched, one.keys, 'key')} of the stratum {one.name!r} differ: above {share(limit)}"


def lacking(strata: Iterable[Shown], bar: Bar, alpha: float) -> Iterator[str]:
    """Yield what is still to be shown of the strata, before the handler can pass."""
    few: list[str] = []
    never: list[str] = []
    for one in strata:
        if one.accepted and not one.keys:
            continue  # it was seen, and can never be clean; that it is accepted stands in the report
        if not one.keys and not one.clean and bar.stratum_floor:
            never.append(repr(one.name))
        elif one.clean < bar.stratum_floor:
            few.append(f"{one.name!r} ({of(one.clean, bar.stratum_floor, 'clean pair')})")
        elif (limit := _limit(one, bar)) is not None and not _passes(one, limit, alpha):
            enough = bound.needed(limit, alpha, one.mismatched)
            few.append(f"{one.name!r} ({_so_far(one, enough)} to be below {share(limit)})")
    if never:
        yield f"{many(len(never), 'stratum', 'strata')} never seen: {_some(never)}"
    if few:
        yield f"{many(len(few), 'stratum', 'strata')} with too little to go by: {_some(few)}"


def loosest(strata: Iterable[Shown], limit: float) -> str:
    """Return what the rarest stratum proves, where that is less than the limit over all; else nothing."""
    rare = [one for one in strata if one.upper_bound is not None and one.upper_bound > limit]
    if not rare:
        return ""
    one = max(rare, key=lambda each: each.upper_bound or 0.0)
    others = f"; {many(len(rare) - 1, 'other stratum', 'other strata')} less than the whole" if len(rare) > 1 else ""
    bounded = share(one.upper_bound or 1.0)
    return f"its rarest stratum, {one.name!r}, shows only: below {bounded} ({many(one.keys, 'key')}){others}"


def _shown(name: str, one: Stratum, alpha: float) -> Shown:
    keys, mismatched = len(one.keys), sum(one.keys.values())
    return Shown(
        name=name, keys=keys, mismatched=mismatched, clean=one.clean.count, accepted=one.tally.accepted,
        upper_bound=bound.upper_bound(keys, mismatched, alpha) if keys else None,
    )  # fmt: skip


def _limit(one: Shown, bar: Bar) -> float | None:
    """Return the share of keys that it must be shown to stay below; None: its floor is enough."""
    if bar.max_stratum_rate is not None:
        return bar.max_stratum_rate
    return bar.max_mismatch_rate if one.mismatched else None


def _passes(one: Shown, limit: float, alpha: float) -> bool:
    return bound.passes(one.keys, one.mismatched, limit, alpha)


def _so_far(one: Shown, enough: int) -> str:
    if not one.mismatched:
        return f"{of(one.keys, enough, 'clean key')}"
    return f"{of(one.mismatched, one.keys, 'key')} differ, {count(enough)} are needed if no other does,"


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
