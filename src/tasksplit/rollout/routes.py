"""Which side acts for each handler of a message? Pure: what is decided here is pinned, and then never asked again.

One law holds it together: *the split acts on pinned routes only*. So a message that came before and is not pinned can
have been begun by legacy alone, and stays with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from tasksplit.model.message import Side
from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import Flag, Flags, Source, Stage
from tasksplit.model.route import Route
from tasksplit.rollout.buckets import authoritative
from tasksplit.rollout.laws import behind
from tasksplit.rollout.structure import Structure

_REMEMBERED = 8192  # keys, as many as buckets

_Split = Callable[[str | None], frozenset[str]]


def needs_pin(flags: Flags) -> bool:
    """Return whether a route must be pinned before anyone acts: where any handler is beyond ``shadow``.

    Elsewhere legacy acts, and no store is asked; but see ``may_be_pinned`` for messages that came before.
    """
    return any(not behind(flag, Stage.CANARY) for flag in flags.flags.values())


def may_be_pinned(flags: Flags, at: datetime, kept: timedelta) -> bool:
    """Return whether a message that came before may have a pinned route: ask this of redelivered and retried ones.

    ``kept``: for how long pins are kept. After the last handler stepped back, what was in flight is still routed to the
    split; a process that was never told of any flags cannot know.
    """
    if flags.source is Source.NEVER or needs_pin(flags):
        return True
    return any(
        # whoever was in canary has the hashed name since
        flag.terms.hashed_as and (flag.changed_at is None or at - flag.changed_at < kept)
        for flag in flags.flags.values()
    )


def split_for(flags: Flags, key: str | None, structure: Structure) -> frozenset[str]:
    """Return the handlers, or dispatch too, for which the split acts for messages of this key.

    One without a key (None) stays with legacy until ``live``.
    """
    chosen = (name for name in structure.names if authoritative(flags.of(name), key) is Side.SPLIT)
    return _closed(frozenset(chosen), structure)


def split_for_seen(flags: Flags, structure: Structure) -> frozenset[str]:
    """Return the same for a message that came before and has no pinned route: legacy alone can have begun it.

    What is retired has nothing left in legacy that could go on with it.
    """
    if flags.of(DISPATCH).stage is Stage.RETIRED:
        return frozenset(structure.names)
    retired = (name for name in structure.names if flags.of(name).stage is Stage.RETIRED)
    return _closed(frozenset(retired), structure)


def back_with(structure: Structure) -> dict[str, frozenset[str]]:
    """Return for each handler, and dispatch, all that must be with legacy where it is, itself included.

    Its group, whoever starts it, and dispatch with all that run in its tasks. For ``ClaimStore.abort``: what cannot go
    back together stays together.
    """
    return {name: _above(name, structure) for name in structure.names}


class Routes:
    """Which route has each message? Remembers what it worked out for as long as the flags stay the same."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._known: tuple[Mapping[str, Flag], _Split] = ({}, self._worked_out(Flags()))

    def split_for(self, flags: Flags, key: str | None) -> frozenset[str]:
        """Return the handlers for which the split acts, as the function of that name does."""
        known, split = self._known  # both at once: another thread may be replacing them
        if flags.flags is not known:
            split = self._learn(flags)
        return split(key)

    def decide(self, flags: Flags, message: str, key: str | None, *, at: datetime, again: bool = False) -> Route:
        """Return the route of a message, to be pinned. ``again``: it was redelivered or retried, and is not pinned."""
        split = split_for_seen(flags, self._structure) if again else self.split_for(flags, key)
        return Route(message=message, split=split, revision=flags.revision, decided_at=at)

    def _learn(self, flags: Flags) -> _Split:
        known, split = self._known
        if flags.flags != known:  # the same flags read anew are not worked out anew
            split = self._worked_out(flags)
        self._known = flags.flags, split
        return split

    def _worked_out(self, flags: Flags) -> _Split:
        structure = self._structure

        @lru_cache(maxsize=_REMEMBERED)
        def split(key: str | None) -> frozenset[str]:
            return split_for(flags, key, structure)

        return split


def _closed(split: frozenset[str], structure: Structure) -> frozenset[str]:
    """Return what is left when all goes to legacy that must not be split alone; of closed flags, all of it."""
    legacy = frozenset(structure.names) - split
    return split.difference(*(_above(name, structure) for name in legacy)) if legacy else split


@lru_cache(maxsize=1024)
def _above(name: str, structure: Structure) -> frozenset[str]:
    found = frozenset({name, DISPATCH}) | structure.inside
    while True:
        wider = found.union(*(structure.group(each) | structure.parents_of(each) for each in found))
        if wider == found:
            return found
        found = wider
