"""Why did an observation never come: was its parent in doubt, or did something before it raise?"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tasksplit.model.message import Side
from tasksplit.model.observation import DISPATCH, Observation, OutcomeKind


class Absence:
    """What can be told, from all observations of one message, about one that never came?"""

    def __init__(
        self, legacy: Sequence[Observation], split: Sequence[Observation], *, independent: bool = False
    ) -> None:
        self._independent = independent
        self._on = {Side.LEGACY: _by_handler(legacy), Side.SPLIT: _by_handler(split)}

    def undecided_parent(self, *came: Observation) -> str:
        """Return why nothing can be said of a child of an undecided parent, or "" where its parents are decided."""
        for observation in came:
            for parent in self._ancestors(observation):
                if any(o.undecided is not None for on in self._on.values() for o in on.get(parent, ())):
                    return f"undecided: parent {parent}"
        return ""

    def _in_doubt(self, side: Side, parent: str) -> bool:
        if all(o.undecided is None for o in self._on[side].get(parent, ())):
            return False
        # where a child ended legacy's parent, an independent split goes on to what no recording of legacy can answer
        goes_on = self._independent and any(o.interrupted for o in self._on[Side.LEGACY].get(parent, ()))
        return side is Side.LEGACY or not goes_on

    def raised_before(self, came: Observation, absent: Side) -> str:
        """Return whose exception kept ``absent`` from reaching what ``came`` on the other side; "" where none did.

        The nearest ancestor that ran on the absent side answers: where it ended well, nothing was in the way,
        whatever raised elsewhere.
        """
        on = self._on[absent]
        for parent in self._ancestors(came):
            if parent in on:
                ran = on[parent]
                same_attempt = [o for o in ran if o.attempt == came.attempt]
                return next(filter(None, map(_who_raised, same_attempt or ran)), "")
        return ""

    def _ancestors(self, child: Observation) -> Iterator[str]:
        """Yield the parent, its parents, and so on, near ones first; without a parent it belongs to dispatch."""
        seen = {child.handler}
        level = [child.parent or DISPATCH]
        while level:
            fresh = [handler for handler in level if handler not in seen]
            yield from fresh
            seen.update(fresh)
            level = sorted({parent for handler in fresh for parent in self._parents_of(handler)})

    def _parents_of(self, handler: str) -> set[str]:
        if handler == DISPATCH:
            return set()
        named = {o.parent for on in self._on.values() for o in on.get(handler, ())}
        return {parent or DISPATCH for parent in named} or {DISPATCH}


def _by_handler(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    found: dict[str, list[Observation]] = defaultdict(list)
    for observation in observations:
        found[observation.handler].append(observation)
    return dict(found)


def _who_raised(observation: Observation) -> str:
    if observation.interrupted is not None:
        return observation.interrupted
    return observation.handler if _outcome(observation) == OutcomeKind.RAISED else ""


def _outcome(observation: Observation) -> str:
    """Return the kind of outcome; "" where the content cannot be read, so that the absence counts as a defect."""
    try:
        content = json.loads(observation.content)
        return str(content["outcome"]["kind"])
    except (ValueError, KeyError, TypeError):
        return ""
