"""When are flags closed? When no message can meet a handler on one side and what it needs on the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import Flag, Flags, Stage, Terms
from tasksplit.rollout.structure import Structure


def broken(flags: Flags, structure: Structure) -> tuple[str, ...]:
    """Return which laws these flags break, one sentence each; none where they are closed.

    Handlers of a group are at one stage, and in canary on the same terms. A child is as far as its parents at least,
    and where both are in canary it has the same terms. Dispatch is beyond ``shadow`` only with every handler ``live``;
    who has no task of its own, and who is tied to such, is there only with it, at its stage and on its terms.
    """
    return tuple(
        dict.fromkeys((*_groups(flags, structure), *_children(flags, structure), *_dispatch(flags, structure)))
    )


def _groups(flags: Flags, structure: Structure) -> Iterator[str]:
    for handler in structure.handlers:
        first = flags.of(min(structure.group(handler)))
        other = flags.of(handler)
        if other.stage is not first.stage or differ_in_canary(first, other):
            yield f"{said(other)} and {said(first)} move together"


def _children(flags: Flags, structure: Structure) -> Iterator[str]:
    for above, below in structure.children:
        parent, child = flags.of(above), flags.of(below)
        if behind(child, parent.stage) or differ_in_canary(parent, child):
            yield f"{said(child)} is started by {said(parent)}"


def _dispatch(flags: Flags, structure: Structure) -> Iterator[str]:
    dispatch = flags.of(DISPATCH)
    for handler in structure.handlers:
        flag = flags.of(handler)
        if handler in structure.inside:
            acts = not behind(flag, Stage.CANARY) or not behind(dispatch, Stage.CANARY)
            if acts and (flag.stage is not dispatch.stage or differ_in_canary(flag, dispatch)):
                yield f"{said(flag)} runs in the tasks of {said(dispatch)}, and goes with it"
        elif not behind(dispatch, Stage.CANARY) and behind(flag, Stage.LIVE):
            yield f"{said(flag)} while {said(dispatch)}, which goes last"


def behind(flag: Flag, stage: Stage) -> bool:
    """Return whether a flag has not yet come so far."""
    return flag.stage.position < stage.position


def chosen_by(flag: Flag) -> tuple[str, str]:
    """Return what decides which keys a share means: the hashed name and the salt."""
    return flag.terms.hashed_as or flag.handler, flag.terms.salt


def differ_in_canary(one: Flag, other: Flag) -> bool:
    """Return whether both are in canary and may answer differently for some key."""
    return one.stage is other.stage is Stage.CANARY and _answers(one) != _answers(other)


def gains(before: Flag, after: Flag) -> bool:
    """Return whether this is an advance: a later stage, or a canary in which some key might newly be the split's."""
    if before.stage is not after.stage:
        return behind(before, after.stage)
    if after.stage is not Stage.CANARY:
        return False
    old, new = before.terms, after.terms
    same = chosen_by(before) == chosen_by(after)
    return not (same and new.share <= old.share and new.allow <= old.allow and new.deny >= old.deny)


def moved(flag: Flag, stage: Stage, terms: Terms | None = None) -> Flag:
    """Return the flag at another stage; behind canary a share would mean nothing, and the next canary names its own."""
    terms = terms or flag.terms
    nothing = stage.position < Stage.CANARY.position
    return replace(flag, stage=stage, terms=replace(terms, share=0.0) if nothing else terms)


def said(flag: Flag) -> str:
    """Return a flag in words: ``'build' (canary, 5 %)``."""
    share = f", {flag.terms.share * 100:.4g} %" if flag.stage is Stage.CANARY else ""
    return f"{flag.handler!r} ({flag.stage}{share})"


def _answers(flag: Flag) -> tuple[object, ...]:
    return flag.terms.share, flag.terms.allow, flag.terms.deny, *chosen_by(flag)
