"""Of which stratum is a pair? Kind of event, how the authoritative side ended, declared features."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

import orjson

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.evidence import Finding
from tasksplit.model.message import Message
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH, Observation, OutcomeKind
from tasksplit.model.strata import NO_KIND, NOTHING, UNKNOWN, Feature
from tasksplit.pair.naming import MOST_NAMES, Names
from tasksplit.pair.pairs import Paired
from tasksplit.wire.paths import value_at

NEVER = "never reached"  #: in the place of how it ended, where no side came to run it
_PATH = re.compile(r"\$(\.[^.\[\]*]+)+")  # what ``value_at`` follows; any other would give None on each message
_VALUES = str | int | float | Enum | None  #: what a feature may give: more is not one value, or never the same twice


class Strata:
    """Which strata do the pairs of a migration fall into? Whatever cannot be named is ``?``, counted and said."""

    def __init__(self, migration: Migration) -> None:
        self._kind = Names("Migration.event", "event", migration.event)
        self._features = {name: migration.features_of(name) for name in migration.names}
        self._values: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._failed: Counter[tuple[str, str, str]] = Counter()
        self._first: dict[tuple[str, str, str], str] = {}
        self._last: tuple[str, str] = ("", "")
        for name, features in self._features.items():
            for feature, path in features.items():
                _check(name, feature, path)

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
        for what, count in sorted(self._failed.items()):
            name, feature, how = what
            if name == handler:
                text = f"the feature {feature!r} {how} on {count} pair{'s' * (count != 1)}, first on "
                text += f"{self._first[what]}; what it cannot name counts as {UNKNOWN!r}"
                yield Finding(code="feature-unnamed", text=text)

    def _kind_of(self, message: Message) -> str:
        if self._last[0] != message.id:
            self._last = (message.id, self._kind.of(message) or NO_KIND)
        return self._last[1]

    def _value(self, handler: str, name: str, message: Message, inputs: Mapping[str, Any] | None) -> str:
        feature: Feature = self._features[handler][name]
        try:
            found = value_at(feature, message.payload) if isinstance(feature, str) else feature(message.payload, inputs)
            value = str(found)
        except Exception as error:  # noqa: BLE001  # the user's function may raise anything: a word in the report
            return self._unnamed((handler, name, f"raised {type(error).__name__}"), f"{message.id} ({error})")
        if not isinstance(found, _VALUES):
            how = f"gave a {type(found).__name__}, where one value is due,"
            return self._unnamed((handler, name, how), message.id)
        known = self._values[handler, name]
        if value not in known and len(known) >= MOST_NAMES:
            return self._unnamed((handler, name, f"gave more than {MOST_NAMES} different values"), message.id)
        known.add(value)
        return value

    def _unnamed(self, what: tuple[str, str, str], first: str) -> str:
        self._failed[what] += 1
        self._first.setdefault(what, first)
        return UNKNOWN


def _check(handler: str, name: str, feature: Feature) -> None:
    if isinstance(feature, str) and not _PATH.fullmatch(feature):
        raise DeclarationError(
            sentence(
                found=f"the path {feature!r} of the feature {name!r} of {handler!r}",
                expected="$ and the names of members",
                do="write for example $.build.option, or a function",
            )
        )


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
