"""On which kinds of event, and in which ways, can a handler end? What the declaration names must have been seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.observation import DISPATCH, OutcomeKind

Strata = Mapping[str, Sequence[str]]  # kind of event -> the ways in which a handler can end on it
Feature = str | Callable[[Any, Mapping[str, Any] | None], object]
"""A JSONPath into the payload, or a function of the payload and the inputs (None: the handler was never reached)."""
Naming = Callable[[Any], str | None]  # payload -> what it is called: its kind of event, or why nobody wants it

FAILURE = f"{OutcomeKind.RETURNED}:failure"  #: it returned what ``Migration.failure`` calls a failure
NOTHING = f"{OutcomeKind.RETURNED}:nothing"  #: of dispatch: legacy started nothing and returned None
WAYS = (
    OutcomeKind.RETURNED.value, FAILURE, NOTHING, OutcomeKind.RAISED.value, OutcomeKind.RETRIED.value,
    OutcomeKind.IGNORED.value, OutcomeKind.REJECTED.value,
)  # fmt: skip
"""All ways, in the order in which papers draw them."""

FEATURES = " · "  #: between a way and the features with it: ``returned · option=rare, size=big``
NO_KIND = "(no kind)"  #: what ``Migration.event`` calls by no name
UNKNOWN = "?"  #: what it could not tell


def bare(strata: Strata) -> dict[str, tuple[str, ...]]:
    """Return the strata without their features: kind of event -> ways, each once."""
    return {kind: tuple(dict.fromkeys(way.partition(FEATURES)[0] for way in ways)) for kind, ways in strata.items()}


def declared_names(strata: Strata) -> tuple[str, ...]:
    """Return the names of the strata that a declaration knows, as evidence names them."""
    return tuple(f"{kind}: {way}" for kind, ways in strata.items() for way in ways)


def check(name: str, strata: Strata, *, event: bool, failure: bool, features: Sequence[str] = ()) -> None:
    """Raise DeclarationError where no message could ever be of a declared stratum of the handler ``name``.

    ``event`` and ``failure``: whether the migration declares these functions; ``features``: names of the handler's.
    """
    if strata and not event:
        raise DeclarationError(
            sentence(
                found=f"strata of {name!r} in a migration without event=",
                expected="a function of the payload that names the kind of its event",
                do="declare Migration(event=...), or take the strata out",
            )
        )
    for kind, ways in strata.items():
        if not isinstance(kind, str) or isinstance(ways, str) or not isinstance(ways, Sequence):
            raise DeclarationError(
                sentence(
                    found=f"the stratum {kind!r}: {ways!r} of {name!r}",
                    expected="the name of a kind of event and a sequence of ways",
                    do='write for example {"push": ("returned", "raised")}',
                )
            )
        for way in ways:
            bare_way, marked, values = way.partition(FEATURES)
            _check_way(name, kind, bare_way, failure=failure)
            if marked:
                _check_features(f"{kind}: {way}", name, values, features)


def _check_way(name: str, kind: str, way: str, *, failure: bool) -> None:
    known = [w for w in WAYS if w != NOTHING or name == DISPATCH]
    if way not in known:
        raise DeclarationError(
            sentence(
                found=f"the way {way!r} in the stratum {kind!r} of {name!r}",
                expected="one of " + ", ".join(known),
                do="correct the word",
            )
        )
    if way == FAILURE and not failure:
        raise DeclarationError(
            sentence(
                found=f"the way {way!r} in the stratum {kind!r} of {name!r}, and a migration without failure=",
                expected="a function that tells which returned values say that the handler failed",
                do="declare Migration(failure=...), or take the word out",
            )
        )


def _check_features(stratum: str, name: str, values: str, features: Sequence[str]) -> None:
    named = [value.partition("=")[0] for value in values.split(", ")]
    if named != list(features) or any("=" not in value for value in values.split(", ")):
        raise DeclarationError(
            sentence(
                found=f"the stratum {stratum!r} of {name!r}, whose features are {', '.join(features) or 'none'}",
                expected="a value of each of them, in their order",
                do="write for example 'returned" + FEATURES + ", ".join(f"{one}=..." for one in features) + "'",
            )
        )
