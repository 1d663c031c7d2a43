"""Both sides recognise the same events, and stumble over the same payloads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legacy import events as legacy_events
from legacy import parser as legacy_parser
from legacy.generate import generate
from shadow import parser
from shadow.events import CoprBuildEvent

MESSAGES = Path(__file__).parents[3] / "legacy" / "messages"
CORPUS = Path(__file__).parents[4] / "shared" / "corpus"

SAMPLES = [payload for _, payload in generate(11, 6, compact=True)]
ODD = (None, "", "x", 0, 1, 1.5, True, [], ["a"], {}, {"login": "a"}, "2020-06-01T10:00:00+02:00", "passed")


def of_legacy(payload: Any, world: Any) -> Any:
    """What legacy recognises in the world of the message: it looks for the build's row while it parses."""
    world.prepare(payload)
    return result(legacy_parser.parse_event, payload)


def result(parse: Callable[[Any], Any], payload: Any) -> Any:
    """The event, or which exception it was: type and message."""
    try:
        return parse(payload)
    except Exception as error:  # noqa: BLE001  # whatever it is, the other side must raise it too
        return type(error), str(error)


def value_of(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def assert_same(ours: Any, theirs: Any) -> None:
    if isinstance(ours, CoprBuildEvent) and not isinstance(theirs, legacy_events.Event):
        return  # a build that is not ours, or a moment that is none: the split finds that out after parsing
    if ours is None or isinstance(ours, tuple):
        assert ours == theirs
        return
    assert isinstance(theirs, legacy_events.Event)
    for item in fields(ours):
        expected = getattr(theirs, item.name)
        if item.name == "tests":
            expected = [test.name for test in expected]
        if item.name == "created_at" and abs((expected - ours.created_at).total_seconds()) < 60:
            continue  # now
        assert value_of(getattr(ours, item.name)) == value_of(expected), item.name


@pytest.mark.parametrize("payload", SAMPLES)
def test_generated_messages(payload: Any, world: Any) -> None:
    assert_same(result(parser.parse, payload), of_legacy(payload, world))


@pytest.mark.parametrize(
    "file", sorted((*MESSAGES.glob("*.json"), *CORPUS.rglob("*.json"))), ids=lambda file: file.stem
)
def test_stored_messages(file: Path, world: Any) -> None:
    payload = json.loads(file.read_text())
    assert_same(result(parser.parse, payload), of_legacy(payload, world))


def paths(payload: Any) -> list[tuple[str, ...]]:
    """The paths of all members, the deeper ones last."""
    if not isinstance(payload, dict):
        return []
    return [(key, *rest) for key, value in payload.items() for rest in ((), *paths(value))]


def changed(payload: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    return {**payload, path[0]: changed(payload[path[0]], path[1:], value)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # it prepares a world for each example
@given(data=st.data())
def test_damaged_messages(data: st.DataObject, world: Any) -> None:
    payload = data.draw(st.sampled_from([sample for sample in SAMPLES if sample]))
    path = data.draw(st.sampled_from(paths(payload)))
    payload = changed(payload, path, data.draw(st.sampled_from(ODD)))
    assert_same(result(parser.parse, payload), of_legacy(payload, world))


@pytest.mark.parametrize("payload", [None, [], [{}], "text", 7, {}, True])
def test_what_is_no_event(payload: Any) -> None:
    assert parser.parse(payload) is None
