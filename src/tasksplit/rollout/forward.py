"""What else goes forward when a handler does, and what speaks against it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import Flag, Stage, Terms
from tasksplit.rollout.laws import behind, chosen_by, differ_in_canary, moved, said
from tasksplit.rollout.structure import Structure

_BEFORE = dict(zip(tuple(Stage)[1:], Stage, strict=False))  #: each stage, and the only one that it follows


def raised(before: Mapping[str, Flag], wanted: Flag, structure: Structure) -> tuple[dict[str, Flag], list[str]]:
    """Return all flags after one advanced, and what forbids it whatever the evidence says, in sentences."""
    company = moving(before, wanted.handler, wanted.stage, structure)
    refused = list(_forbidden(before, wanted, company, structure))
    terms = wanted.terms if wanted.stage is Stage.CANARY else None
    after = {**before, **{name: moved(before[name], wanted.stage, terms) for name in company}}
    after[wanted.handler] = wanted
    return after, refused


def moving(before: Mapping[str, Flag], handler: str, stage: Stage, structure: Structure) -> frozenset[str]:
    """Return who must be at that stage with a handler: its group, the children behind, and whom a canary ties to it.

    With dispatch, once it acts, those that have no task of their own.
    """
    found = frozenset({handler})
    while True:
        near: set[str] = set()
        for name in found:
            near |= structure.group(name) | structure.children_of(name)
            if name == DISPATCH and stage.position >= Stage.CANARY.position:
                near |= structure.inside
            if stage is Stage.CANARY:
                near |= {parent for parent in structure.parents_of(name) if before[parent].stage is Stage.CANARY}
        wider = found | {
            name for name in near if behind(before[name], stage) or before[name].stage is stage is Stage.CANARY
        }
        if wider == found:
            return found
        found = wider


def terms_at_entry(before: Mapping[str, Flag], handler: str, structure: Structure) -> Terms:
    """Return on which terms a canary begins if nobody asks for others: those of whom it joins, else its own."""
    company = moving(before, handler, Stage.CANARY, structure)
    joined = [before[name] for name in sorted(company) if before[name].stage is Stage.CANARY]
    if joined:
        return replace(joined[0].terms, hashed_as=chosen_by(joined[0])[0])
    return replace(before[handler].terms, hashed_as=min(structure.group(handler)))


def _forbidden(
    before: Mapping[str, Flag], wanted: Flag, company: frozenset[str], structure: Structure
) -> Iterator[str]:
    asked = before[wanted.handler]
    if asked.stage is wanted.stage is Stage.CANARY and chosen_by(asked) != chosen_by(wanted):
        yield f"{said(asked)} chose its keys with the salt {asked.terms.salt!r}: step it back to shadow to change it"
    for name in sorted(company):
        flag = before[name]
        if flag.stage is wanted.stage:
            # company that was in the same canary moves with it; another canary would lose its keys by this
            if differ_in_canary(flag, wanted) and differ_in_canary(flag, moved(asked, Stage.CANARY)):
                yield f"{said(flag)} is in canary on other terms: ask for the same, or bring it to live first"
        elif flag.stage is not _BEFORE[wanted.stage]:
            why = "no stage is skipped" if name == wanted.handler else f"it moves with {wanted.handler!r}"
            last = _BEFORE[wanted.stage]
            yield f"{said(flag)} cannot go to {wanted.stage}: {why}, and {wanted.stage} follows {last} only"
    if behind(wanted, Stage.CANARY):
        return
    if wanted.handler != DISPATCH:
        for name in sorted(company & structure.inside):
            yield f"{name!r} cannot be cut over alone: {_why_inside(name, structure)}; move 'dispatch' instead"
    else:
        own = (before[name] for name in structure.handlers if name not in structure.inside)
        late = [said(flag) for flag in own if behind(flag, Stage.LIVE)]
        if late:
            yield f"'dispatch' goes last, when every handler is live; not yet: {', '.join(late)}"


def _why_inside(name: str, structure: Structure) -> str:
    if name in structure.taskless:
        return "it has no task of its own, so it goes over with dispatch, in whose tasks it runs, as a whole"
    if name in structure.onwards:
        return "its task sends what comes next, as legacy does itself, so it goes over with dispatch, as a whole"
    first = structure.taskless | structure.onwards
    return f"it is tied to {', '.join(sorted(first))}, and those go over with dispatch, as a whole"
