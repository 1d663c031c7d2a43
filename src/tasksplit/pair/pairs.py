"""Which observations of one message belong together?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from tasksplit.errors import ReplayError, sentence
from tasksplit.model.message import Side
from tasksplit.model.observation import Observation
from tasksplit.model.verdict import Verdict
from tasksplit.pair.absence import Absence


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Which two observations belong together, and if one never came, why?"""

    legacy: Observation | None
    split: Observation | None
    verdict: Verdict | None = None
    """None: both came, compare them. Otherwise it is settled: unpaired, undecided or accepted."""
    reason: str = ""
    """In words; its first word is stable: ``missing``, ``extra``, ``unreached``, ``undecided``, ``declared``. Beside
    a pair that is to be compared: how its two sides came together where their identities differ."""

    @property
    def either(self) -> Observation:
        """Return the observation that came, legacy's where both did."""
        came = self.legacy or self.split
        if came is None:
            raise ReplayError(
                sentence(found="a pair of nothing", expected="at least one observation", do="report it to tasksplit")
            )
        return came


def pairs(
    legacy: Sequence[Observation], split: Sequence[Observation], *, independent: bool = False
) -> tuple[Paired, ...]:
    """Return the pairs of one message: each observation is in exactly one of them, none is dropped.

    ``legacy`` and ``split`` are in the order in which they were observed; which list an observation is in decides
    its side, so that legacy can be paired with a second replay of itself (A/A). ``independent``: the migration
    declares that a handler runs although an earlier one raised.

    First by handler, instance, attempt and ordinal; what is left then by handler and attempt in order, so that a
    task sent with the wrong job becomes one pair that differs in its inputs, not two that are unpaired.
    """
    _one_message(legacy, split)
    both, left, right = _by(legacy, split, lambda o: (o.handler, o.instance, o.attempt, o.ordinal))
    for same in (lambda o: (o.handler, o.instance, o.attempt), lambda o: (o.handler, o.attempt)):
        more, left, right = _by(left, right, same)
        both += more
    absence = Absence(legacy, split, independent=independent)
    settled = [_together(a, b, absence) for a, b in both]
    settled += [_alone(a, Side.SPLIT, absence, independent=independent) for a in left]
    settled += [_alone(b, Side.LEGACY, absence, independent=independent) for b in right]
    return tuple(_in_order(settled, legacy, split))


def _by(
    legacy: Iterable[Observation], split: Iterable[Observation], identity: Callable[[Observation], Hashable]
) -> tuple[list[tuple[Observation, Observation]], list[Observation], list[Observation]]:
    """Return the couples of one identity, in order, and what is left on either side."""
    waiting: dict[Hashable, list[Observation]] = defaultdict(list)
    for b in split:
        waiting[identity(b)].append(b)
    couples, left = [], []
    for a in legacy:
        found = waiting[identity(a)]
        if found:
            couples.append((a, found.pop(0)))
        else:
            left.append(a)
    right = {id(b) for rest in waiting.values() for b in rest}
    return couples, left, [b for b in split if id(b) in right]


def _together(legacy: Observation, split: Observation, absence: Absence) -> Paired:
    unsure = absence.undecided_parent(legacy, split)
    if unsure:
        return Paired(legacy=legacy, split=split, verdict=Verdict.UNDECIDED, reason=unsure)
    return Paired(legacy=legacy, split=split, reason=_second_chance(legacy, split))


def _second_chance(legacy: Observation, split: Observation) -> str:
    if legacy.instance != split.instance:
        return f"paired in order: instance {legacy.instance!r} on legacy, {split.instance!r} on the split"
    if legacy.ordinal != split.ordinal:
        return f"paired in order: run {legacy.ordinal} on legacy, {split.ordinal} on the split"
    return ""


def _alone(came: Observation, absent: Side, absence: Absence, *, independent: bool) -> Paired:
    verdict, reason = Verdict.UNPAIRED, _one_sided(absent)
    unsure = absence.undecided_parent(came)
    raised = absence.raised_before(came, absent)
    if raised and independent and absent is Side.LEGACY:
        verdict, reason = Verdict.ACCEPTED, f"declared independent: legacy never reached it after {raised} raised"
    elif unsure:
        verdict, reason = Verdict.UNDECIDED, unsure
    elif raised:
        reason = f"unreached: {_named(absent)} never came to it after {raised} raised"
    legacy, split = (None, came) if absent is Side.LEGACY else (came, None)
    return Paired(legacy=legacy, split=split, verdict=verdict, reason=reason)


def _one_sided(absent: Side) -> str:
    if absent is Side.SPLIT:
        return "missing: legacy ran it, the split never did"
    return "extra: the split ran it, legacy never did"


def _named(side: Side) -> str:
    return "legacy" if side is Side.LEGACY else "the split"


def _in_order(settled: list[Paired], legacy: Sequence[Observation], split: Sequence[Observation]) -> list[Paired]:
    """Return them as legacy ran them, then what only the split ran as it ran them."""
    place = {id(o): n for n, o in enumerate((*legacy, *split))}
    return sorted(settled, key=lambda paired: place[id(paired.either)])


def _one_message(*sides: Sequence[Observation]) -> None:
    messages = {o.message for side in sides for o in side}
    if len(messages) > 1:
        raise ReplayError(
            sentence(
                found=f"observations of {len(messages)} messages: {', '.join(sorted(messages)[:3])}",
                expected="those of one message",
                do="pair message by message",
            )
        )
