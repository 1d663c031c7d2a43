"""What else goes back when a handler does? Never refused: each law is kept by going back further, never forward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import Flag, Stage, Terms
from tasksplit.rollout.laws import behind, chosen_by, differ_in_canary, moved
from tasksplit.rollout.structure import Structure


def lowered(before: Mapping[str, Flag], wanted: Flag, structure: Structure) -> dict[str, Flag]:
    """Return all flags after one of them stepped back; for no key more than before, and closed."""
    after = {**before, wanted.handler: wanted}
    while True:
        last = dict(after)
        _together(after, structure)
        _nested(after, structure)
        _following(after, before, structure)
        _inside(after, structure)
        if any(behind(after[name], Stage.LIVE) for name in structure.handlers if name not in structure.inside):
            after[DISPATCH] = _within(after[DISPATCH], Flag(handler=DISPATCH, stage=Stage.SHADOW))
        if after == last:
            return after


def _together(after: dict[str, Flag], structure: Structure) -> None:
    for handler in structure.handlers:
        for other in structure.group(handler):
            after[handler] = _within(after[handler], after[other])


def _inside(after: dict[str, Flag], structure: Structure) -> None:
    """Handlers without a task of their own and dispatch go back together, as far as they act at all."""
    for handler in sorted(structure.inside):
        after[DISPATCH] = _within(after[DISPATCH], _acting(after[handler]))
        after[handler] = _within(after[handler], _acting(after[DISPATCH]))


def _acting(flag: Flag) -> Flag:
    """Return the bound for whom a flag takes along: none where it does not act but that they do not act either."""
    return Flag(handler=flag.handler, stage=Stage.SHADOW) if behind(flag, Stage.CANARY) else flag


def _nested(after: dict[str, Flag], structure: Structure) -> None:
    for parent, child in structure.children:
        after[parent] = _within(after[parent], after[child])
        if differ_in_canary(after[parent], after[child]):
            after[child] = _within(after[child], after[parent])


def _following(after: dict[str, Flag], before: Mapping[str, Flag], structure: Structure) -> None:
    """A child that came as far as its parent goes back with it, unless another parent needs it where it is."""
    for child in structure.handlers:
        parents = structure.parents_of(child)
        if any(after[p] != before[p] and before[p].stage is before[child].stage for p in parents):
            furthest = max((after[p] for p in sorted(parents)), key=lambda flag: flag.stage.position)
            after[child] = _within(after[child], furthest)


def _within(flag: Flag, bound: Flag) -> Flag:
    """Return the flag no further than the bound: for no key more than it had, nor than the bound has."""
    if behind(flag, bound.stage):
        return flag
    if flag.stage is not bound.stage:
        return moved(flag, bound.stage, _own(bound) if bound.stage is Stage.CANARY else None)
    if not differ_in_canary(flag, bound):
        return flag
    if chosen_by(flag) != chosen_by(bound):
        return moved(flag, Stage.SHADOW)  # two shares of other keys have nothing in common that a share could say
    one, other = flag.terms, bound.terms
    common = replace(
        _own(bound),
        share=min(one.share, other.share),
        allow=one.allow & other.allow,
        deny=one.deny | other.deny,
    )
    return replace(flag, terms=common)


def _own(flag: Flag) -> Terms:
    """Return the terms with the hashed name spelt out, so that another handler can have them too."""
    return replace(flag.terms, hashed_as=chosen_by(flag)[0])
