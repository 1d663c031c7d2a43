"""May a handler go to another stage, who goes with it, and what speaks against it? Pure: nothing is read or written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.decision import Answer, Decision
from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import Change, Flag, Flags, Source, Stage
from tasksplit.rollout.backward import lowered
from tasksplit.rollout.forward import raised, terms_at_entry
from tasksplit.rollout.laws import behind, gains, moved, said
from tasksplit.rollout.structure import Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who wants which handler to be at which stage, on which terms, and why? None: as they are."""

    handler: str
    stage: Stage
    who: str
    when: datetime
    because: str = ""
    share: float | None = None
    """Share of keys, 0-1; of a canary only."""
    allow: frozenset[str] | None = None
    deny: frozenset[str] | None = None
    salt: str | None = None
    force: bool = False
    """Whether to advance although the evidence is missing or against it. It needs ``because``."""

    def __post_init__(self) -> None:
        if self.when.tzinfo is None:
            raise DeclarationError(
                sentence(
                    found=f"a change at {self.when} of nobody knows which time zone",
                    expected="a time with its zone, since workers elsewhere compare it",
                    do="write for example datetime.now(UTC)",
                )
            )
        if self.share is not None and self.stage is not Stage.CANARY:
            raise DeclarationError(
                sentence(
                    found=f"a share of {self.share!r} for the stage {self.stage}",
                    expected="a share with the stage canary only",
                    do="leave the share out, or ask for canary",
                )
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What has been shown, for an advance?"""

    decisions: Mapping[str, Decision] = field(default_factory=dict)
    """Of the gate, per handler and for ``dispatch``."""
    rehearsals: Mapping[str, str] = field(default_factory=dict)
    """What legacy replayed without the handler changed elsewhere, in words; empty: nothing. Not in it: not tried."""
    against: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What else speaks against the split acting for a handler, in sentences: how its workers are set up."""
    told: Mapping[str, Any] = field(default_factory=dict)  # any JSON value
    """What else to keep with each change: of which run the evidence is, what was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would change, or why may it not?"""

    changes: tuple[Change, ...] = ()
    """To be applied all at once, or not at all. None where it is refused, or where nothing is to change."""
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person must know before and after: who goes along, what was forced."""


def plan(flags: Flags, request: Request, *, structure: Structure, grounds: Grounds) -> Plan:
    """Return what a request changes. Stepping back is never refused; forward goes one stage at a time, with grounds.

    Raises ``DeclarationError`` for a handler that there is not. Closed flags (``laws.broken``) stay closed.
    """
    structure.check(request.handler)
    before = {name: flags.of(name) for name in structure.names}
    wanted = _wanted(before, request, structure)
    refused: list[str] = []
    missing: dict[str, list[str]] = {}
    if gains(before[request.handler], wanted):
        after, refused = raised(before, wanted, structure)
        alone = set(structure.handlers) - structure.inside  # legacy is replayed without those that a route can move
        missing = {
            name: list(_missing(before[name], after[name], grounds, alone=name in alone)) for name in structure.names
        }
        reasons = list(dict.fromkeys(reason for each in missing.values() for reason in each))
        if not request.force:
            refused += reasons
        elif reasons and not request.because.strip():
            refused.append("force needs a because: it stays in the history, and every report shows it")
    else:
        after = lowered(before, wanted, structure)
    if refused:
        return Plan(refused=tuple(refused))
    act = _Act(request=request, revision=flags.revision + 1, grounds=grounds, missing=missing)
    changes = tuple(act.change(before[name], after[name]) for name in structure.names if after[name] != before[name])
    return Plan(changes=changes, notes=tuple(_notes(changes, request, structure)))


def applied(flags: Flags, changes: Iterable[Change]) -> Flags:
    """Return the flags as they are after the changes of one plan."""
    changes = tuple(changes)
    return Flags(
        flags={**flags.flags, **{change.handler: change.after for change in changes}},
        revision=max((change.revision for change in changes), default=flags.revision),
        source=Source.STORE,
        read_at=flags.read_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """What do all changes of one request share?"""

    request: Request
    revision: int
    grounds: Grounds
    missing: Mapping[str, list[str]]

    def change(self, before: Flag, after: Flag) -> Change:
        request, overridden = self.request, self.missing.get(before.handler, [])
        return Change(
            handler=before.handler,
            before=before,
            after=replace(after, revision=self.revision, changed_at=request.when),
            who=request.who,
            why=request.because,
            when=request.when,
            evidence=self._evidence(before.handler) | ({"overridden": overridden} if overridden else {}),
            forced=bool(overridden),
        )

    def _evidence(self, handler: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: {"answer": decision.answer.value, "reason": decision.reason, "upper_bound": decision.upper_bound}
            for name in dict.fromkeys((handler, DISPATCH))
            if (decision := self.grounds.decisions.get(name)) is not None
        }
        known = handler in self.grounds.rehearsals
        rehearsal = {"rehearsal": self.grounds.rehearsals[handler]} if known else {}
        return {**self.grounds.told, "decisions": found, **rehearsal}


def _wanted(before: Mapping[str, Flag], request: Request, structure: Structure) -> Flag:
    flag = before[request.handler]
    terms = flag.terms
    if request.stage is Stage.CANARY and behind(flag, Stage.CANARY):
        terms = terms_at_entry(before, request.handler, structure)
    elif request.stage is Stage.CANARY and not terms.hashed_as:
        terms = replace(terms, hashed_as=flag.handler)
    asked = {name: getattr(request, name) for name in ("share", "allow", "deny", "salt")}
    terms = replace(terms, **{name: value for name, value in asked.items() if value is not None})
    return moved(flag, request.stage, terms)


def _missing(before: Flag, after: Flag, grounds: Grounds, *, alone: bool) -> Iterator[str]:
    """Yield what an advance of one handler lacks; up to ``shadow`` the split acts for nobody, and nothing is asked."""
    if before == after or behind(after, Stage.CANARY):
        return
    for name in dict.fromkeys((before.handler, *([DISPATCH] if behind(before, Stage.CANARY) else []))):
        decision = grounds.decisions.get(name)
        if decision is None:
            yield f"the gate has not decided about {name!r}"
        elif decision.answer is not Answer.PASS:
            yield f"the gate says {decision.answer} of {name!r}: {decision.reason}"
    if behind(before, Stage.CANARY) and alone:
        found = grounds.rehearsals.get(before.handler)
        if found is None:
            yield f"no skip rehearsal of {before.handler!r}: legacy was not replayed without it"
        elif found:
            yield f"the skip rehearsal of {before.handler!r} is not clean: {found}"
    yield from grounds.against.get(before.handler, ())


def _notes(changes: tuple[Change, ...], request: Request, structure: Structure) -> Iterator[str]:
    for change in changes:
        before, after = change.before, change.after
        if change.forced:
            overridden = "; ".join(change.evidence["overridden"])
            yield f"FORCED by {change.who}: {said(before)} to {after.stage}, because {change.why}. But: {overridden}"
        if change.handler != request.handler:
            why = structure.tie(change.handler, request.handler)
            yield f"{said(before)} goes with {request.handler!r}, {why}: now {said(after)}"
        if before.stage is Stage.RETIRED:
            yield f"{before.handler!r} was retired: see that legacy's code for it is still deployed"
        if before.stage is Stage.CANARY and after.stage is Stage.LIVE and before.terms.deny:
            yield f"{before.handler!r} goes live for the denied keys too: {', '.join(sorted(before.terms.deny))}"
