"""Of which stratum is a pair? Kind of event, how the authoritative side ended, declared features."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from tasksplit.model.evidence import Finding
from tasksplit.model.message import Message
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH, Observation, OutcomeKind
from tasksplit.model.strata import NO_KIND, NOTHING, UNKNOWN, Feature
from tasksplit.pair.naming import MOST_NAMES, Names
from tasksplit.pair.pairs import Paired
from tasksplit.wire.paths import value_at

NEVER = "never reached"  #: in the place of how it ended, where no side came to run it


class Strata:
    """Which strata do the pairs of a migration fall into? Whatever cannot be named is ``?``, counted and said."""

    def __init__(self, migration: Migration) -> None:
        self._kind = Names("Migration.event", "event", migration.event)
        self._features = {name: migration.features_of(name) for name in migration.names}
        self._values: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._failed: dict[tuple[str, str], str] = {}
        self._last: tuple[str, str] = ("", "")

    def of(self, message: Message, pair: Paired, *, nothing: bool) -> str:
        """Return ``github push: returned · option=rare``; ``nothing``: legacy started nothing and returned None."""
        kind = self._kind_of(message)
        ended = pair.either.ended or NEVER
        if nothing and pair.either.handler == DISPATCH:
            ended = NOTHING
        features = self._features[pair.either.handler]
        if not features:
            return f"{kind}: {ended}"
        inputs = _inputs(pair.either)
        said = ", ".join(f"{name}={self._value(pair.either.handler, name, message, inputs)}" for name in features)
        return f"{kind}: {ended} · {said}"

    def findings(self, handler: str) -> Iterator[Finding]:
        """Yield what the features of a handler could not name."""
        for (name, feature), why in self._failed.items():
            if name == handler:
                text = f"the feature {feature!r} {why}; what it cannot name counts as {UNKNOWN!r}"
                yield Finding(code="feature-unnamed", text=text)

    def _kind_of(self, message: Message) -> str:
        if self._last[0] != message.id:
            self._last = (message.id, self._kind.of(message) or NO_KIND)
        return self._last[1]

    def _value(self, handler: str, name: str, message: Message, inputs: Mapping[str, Any] | None) -> str:
        feature: Feature = self._features[handler][name]
        try:
            found = value_at(feature, message.payload) if isinstance(feature, str) else feature(message.payload, inputs)
        except Exception as error:  # noqa: BLE001  # the user's function may raise anything: a word in the report
            return self._unnamed(handler, name, f"raised {type(error).__name__} ({error}), first on {message.id}")
        if isinstance(found, dict | list):
            return self._unnamed(
                handler, name, f"gave a {type(found).__name__} on {message.id}, where one value is due"
            )
        value, known = str(found), self._values[handler, name]
        if value not in known and len(known) >= MOST_NAMES:
            return self._unnamed(handler, name, f"gave more than {MOST_NAMES} different values")
        known.add(value)
        return value

    def _unnamed(self, handler: str, name: str, why: str) -> str:
        self._failed.setdefault((handler, name), why)
        return UNKNOWN


def _inputs(observation: Observation) -> Mapping[str, Any] | None:
    found = orjson.loads(observation.content).get("inputs")
    return found if isinstance(found, dict) else None


def did_nothing(legacy: Sequence[Observation]) -> bool:
    """Return whether legacy started nothing, changed nothing and returned None: it made nothing of the message."""
    if len(legacy) != 1:
        return False
    done = orjson.loads(legacy[0].content)
    effects = done["effects"]
    quiet = not (effects["calls"] or effects["rows"] or effects["started"])
    return quiet and done["outcome"] == {"kind": OutcomeKind.RETURNED.value, "value": None}
