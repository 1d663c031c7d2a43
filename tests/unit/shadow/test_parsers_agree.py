"""Both sides recognise the same events, and stumble over the same payloads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legacy import database
from legacy import parser as legacy_parser
from legacy.generate import generate
from shadow import parser, rows
from shadow.events import CoprBuildEvent, RepositoryEvent, TestingFarmResultsEvent
from shadow.views import is_babysit

MESSAGES = Path(__file__).parents[3] / "legacy" / "messages"
CORPUS = Path(__file__).parents[4] / "shared" / "corpus"

GENERATED = [payload for _, payload in generate(11, 3, compact=True) if payload and not is_babysit(payload)]
ODD = (
    *(None, "", "x", "a/b", "a/b/c", "/", "a\nb", "x" * 256, "2020-06-01T10:00:00+02:00", "passed", "OPEN", "opened"),
    *(0, 1, -1, 1.5, 2**31, 10**13, True, [], ["a"], [None], {}, {"login": "a"}, [{"name": "a", "result": "b"}]),
)
ELSEWHERE = {"tests", "created_at"}  # compared below; now, where the message does not say it

REPOSITORY = (  # as each event of legacy calls it
    ("target_repo_namespace", "target_repo_name"),
    ("target_repo_namespace", "target_repo"),
    ("repo_namespace", "repo_name"),
    ("base_repo_namespace", "base_repo_name"),
)


def is_of_centos(payload: Any) -> bool:
    return isinstance(payload, dict) and isinstance(payload.get("topic"), str) and "/" in payload["topic"]


def result(parse: Callable[[Any], Any], payload: Any) -> Any:
    """The event, or which exception it was: type and message."""
    try:
        return parse(deepcopy(payload))  # what comes from CentOS is written into by legacy
    except Exception as error:  # noqa: BLE001  # whatever it is, the other side must raise it too
        return type(error), str(error)


def assert_agree(payload: Any, *, centos: bool) -> None:
    ours = result(parser.parse_centos if centos else parser.parse, payload)
    theirs = result(legacy_parser.parse_centos_event if centos else legacy_parser.parse_event, payload)
    if isinstance(ours, CoprBuildEvent) and rows.copr_build(database.Session(), ours.build_id) is None:
        ours = None  # legacy looks for the row while it parses, the split after that
    if ours is None or isinstance(ours, tuple):
        assert ours == theirs
        return
    assert type(ours).__name__ == type(theirs).__name__
    assert ours.kind == theirs.trigger.value
    for name, ours_is, theirs_is in compared(ours, theirs):
        assert ours_is == theirs_is, name


def compared(ours: Any, theirs: Any) -> Iterator[tuple[str, Any, Any]]:
    """The fields that both have, without asking the forge for what legacy looks up when it is asked for."""
    kept = vars(theirs)
    for item in fields(ours):
        if item.name in kept and item.name not in ELSEWHERE:
            yield item.name, value_of(getattr(ours, item.name)), value_of(kept[item.name])
    if isinstance(ours, RepositoryEvent):
        yield "pr_id", ours.pr_id, kept["_pr_id"]
        yield "identifier", ours.identifier, theirs.identifier
        yield "git_ref", ours.git_ref, theirs.git_ref
        yield "repository", (ours.namespace, ours.repo_name), repository_of(kept)
    if isinstance(ours, TestingFarmResultsEvent):
        yield "tests", ours.tests, [test.name for test in theirs.tests]


def repository_of(kept: dict[str, Any]) -> tuple[Any, Any]:
    """The repository that the row belongs to."""
    namespace, name = next(names for names in REPOSITORY if set(names) <= kept.keys())
    return kept[namespace], kept[name]


def value_of(value: Any) -> Any:
    return getattr(value, "value", value)


@pytest.mark.parametrize("payload", GENERATED, ids=range(len(GENERATED)))
def test_generated_messages(payload: Any, world: Any) -> None:
    world.prepare(payload)
    assert_agree(payload, centos=is_of_centos(payload))


@pytest.mark.parametrize(
    "file", sorted((*MESSAGES.glob("*.json"), *CORPUS.rglob("*.json"))), ids=lambda file: file.stem
)
def test_stored_messages(file: Path, world: Any) -> None:
    payload = json.loads(file.read_text())
    if isinstance(payload, dict) and "copr" in payload:
        world.prepare(payload)
    assert_agree(payload, centos=is_of_centos(payload))


def places(payload: Any) -> list[tuple[str | int, ...]]:
    """The paths of all members, the first three of each list."""
    if isinstance(payload, dict):
        members: Any = payload.items()
    else:
        members = enumerate(payload[:3]) if isinstance(payload, list) else ()
    return [(key, *rest) for key, value in members for rest in ((), *places(value))]


def without(payload: Any, path: tuple[str | int, ...]) -> Any:
    copy = inner = deepcopy(payload)
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return copy


def changed(payload: Any, path: tuple[str | int, ...], value: Any) -> Any:
    copy = inner = deepcopy(payload)
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copy


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(data=st.data())
def test_damaged_messages(data: st.DataObject, world: Any) -> None:
    """Whatever is missing or of another kind, at whatever level."""
    sample = payload = data.draw(st.sampled_from(GENERATED))
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(places(payload) or [("nothing",)]))
        if path == ("nothing",):
            break
        value = data.draw(st.sampled_from((without, *ODD)))
        payload = without(payload, path) if value is without else changed(payload, path, value)
    if "copr" in sample:
        world.prepare(sample)
    assert_agree(payload, centos=is_of_centos(sample))


@pytest.mark.parametrize("centos", [True, False])
@pytest.mark.parametrize("payload", [None, [], [{}], "text", 7, {}, True])
def test_what_is_no_event(payload: Any, centos: bool, world: Any) -> None:
    assert_agree(payload, centos=centos)
