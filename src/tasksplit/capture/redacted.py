"""What of an observation is kept? Tokens stand where secrets stood, before anything is compared, shown or stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tasksplit.model.observation import Observation
from tasksplit.wire.canonical import canonical
from tasksplit.wire.redaction import Veil

NOTHING = canonical({"effects": {"calls": [], "rows": {}, "started": []}, "inputs": None, "outcome": None})
"""The content of an observation that could not be looked into."""


def redacted(observations: Sequence[Observation], veil: Veil) -> tuple[tuple[Observation, ...], tuple[str, ...]]:
    """Return observations of one message without its secrets, and a sentence for each that could not be looked into.

    First all are looked at, then what was found in one is hidden in the others too.
    """
    failed: list[str] = []
    looked = [_first(one, veil, failed) for one in observations]
    return spread(looked, veil, failed), tuple(failed)


def spread(observations: Sequence[Observation], veil: Veil, failed: list[str] | None = None) -> tuple[Observation, ...]:
    """Return observations without what is known of their message by now: the other side may have shown more."""
    return tuple(_again(one, veil, [] if failed is None else failed) for one in observations)


def _first(one: Observation, veil: Veil, failed: list[str]) -> Observation:
    try:
        return _with(one, veil.content(one.content), veil.text)
    except Exception as error:  # noqa: BLE001  # whatever it is: nothing that was not looked at is kept
        return _dropped(one, veil, failed, error)


def _again(one: Observation, veil: Veil, failed: list[str]) -> Observation:
    if not veil.secrets:
        return one
    try:
        return _with(one, veil.again(one.content), veil.known)
    except Exception as error:  # noqa: BLE001  # as above
        return _dropped(one, veil, failed, error)


def _with(one: Observation, content: bytes, text: Callable[[str], str]) -> Observation:
    instance = text(one.instance) if one.instance else ""
    undecided = None if one.undecided is None else text(one.undecided)
    if content is one.content and instance == one.instance and undecided == one.undecided:
        return one  # mostly: another object would cost more than the look
    return replace(one, content=content, instance=instance, undecided=undecided)


def _dropped(one: Observation, veil: Veil, failed: list[str], error: Exception) -> Observation:
    veil.dropped["observations"] += 1
    failed.append(f"hiding the secrets of what {one.handler} did: {type(error).__name__}")  # its text may quote them
    return replace(
        one, content=NOTHING, instance="", calls_before_miss=None, undecided=f"tasksplit failed: {failed[-1]}"
    )
