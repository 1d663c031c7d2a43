"""A wrong declaration fails when it is built, in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace

import pytest

from tasksplit import Bar, Database, DeclarationError, Effect, Entry, Handler, Http, Migration, Read, World, rules
from tasksplit.model.observation import DISPATCH


def handler(name: str, **changes: object) -> Handler:
    known: dict[str, object] = {
        "legacy": f"legacy:{name}",
        "view": dict,
        "split": f"task.{name}",
        "implementation": f"shadow:{name}",
    }
    return Handler(name, **(known | changes))  # type: ignore[arg-type]


def migration(*handlers: Handler, **changes: object) -> Migration:
    return Migration(name="m", legacy="a:b", split="c:d", handlers=handlers, **changes)  # type: ignore[arg-type]


def entry(name: str) -> Entry:
    return Entry(name=name, legacy="a:b", split="c:d", accepts=bool, arguments=dict)


@pytest.mark.parametrize(
    ("build", "found"),
    [
        (lambda: migration(handler("a"), handler("a")), "the handler 'a' declared 2 times"),
        (lambda: migration(handler("a"), handler("b", split="task.a")), "the split task 'task.a' declared 2"),
        (
            lambda: migration(handler("a", takes=bool), handler("b", split="task.a")),
            "the split task 'task.a' declared 2 times",
        ),
        (lambda: migration(handler("a", split="", payload=dict)), "payload= on handler 'a', which names no split task"),
        (lambda: migration(handler("a"), handler("b", legacy="legacy:a")), "the legacy boundary 'legacy:a'"),
        (lambda: migration(entries=[entry("e"), entry("e")]), "the entry 'e'"),
        (lambda: migration(world=World(databases=[Database("x:e"), Database("x:e")])), "the database 'x:e'"),
        (lambda: migration(world=World(services=[Http("x:c"), Http("x:c")])), "the service 'x:c'"),
        (lambda: migration(world=World(calls=[Effect("c", ["x:f"]), Read("c", ["x:g"])])), "the call 'c'"),
        (lambda: migration(world=World(calls=[Effect("c", ["x:f"]), Read("d", ["x:f"])])), "the call address 'x:f'"),
        (lambda: migration(handler("dispatch")), "a handler named 'dispatch'"),
        (lambda: migration(handler("a", after=("b",))), "after='b' on handler 'a'"),
        (lambda: migration(handler("a")).handler("b"), "the handler name 'b'"),
        (lambda: Bar(max_mismatch_rate=0), r"Bar\(max_mismatch_rate=0\)"),
        (lambda: Bar(max_mismatch_rate=1), r"Bar\(max_mismatch_rate=1\)"),
        (lambda: Bar(confidence=1.5), r"Bar\(confidence=1.5\)"),
        (lambda: Bar(confidence=float("nan")), r"Bar\(confidence=nan\)"),
        (lambda: Bar(confidence="95 %"), r"Bar\(confidence='95 %'\)"),  # type: ignore[arg-type]
        (lambda: rules.ignore("a.b", because="x"), "the rule path 'a.b'"),
        (lambda: rules.ignore("$.a", because="  "), "without a reason"),
        (lambda: rules.tolerance("$.a", because="x"), "neither absolute nor relative"),
    ],
)
def test_what_cannot_be_is_refused_in_three_parts(build: Callable[[], object], found: str) -> None:
    with pytest.raises(DeclarationError, match=f"^Found .*{found}.* Expected .* To mend it: "):
        build()


def test_one_entry_is_short_for_the_task() -> None:
    (single,) = migration().entries
    assert (single.name, single.legacy, single.split) == ("m", "a:b", "c:d")
    assert single.accepts({})
    assert single.arguments({"x": 1}) == {"event": {"x": 1}}


def test_dispatch_comes_first_and_has_rules_and_a_bar_of_its_own() -> None:
    ignored = rules.ignore("$.x", because="noise")
    declared = migration(handler("a", rules=[ignored], bar=Bar(confidence=0.9)))
    assert declared.names == (DISPATCH, "a")
    assert declared.rules_of("a") == [ignored]
    assert declared.rules_of(DISPATCH) == ()
    assert declared.bar_of("a") == Bar(confidence=0.9)
    assert declared.bar_of(DISPATCH) == Bar()


def test_whose_a_task_is() -> None:
    declared = migration(
        handler("a", split="task.both", takes=lambda arguments: arguments["for"] == "a"),
        handler("b", split="task.both", takes=lambda arguments: arguments["for"] == "b"),
        handler("own"),
        handler("inside", split=""),
        handler("another", split=""),
    )
    assert declared.tasks == {"task.both", "task.own"}
    assert declared.inside == ("inside", "another")
    assert [declared.taken_by("task.both", {"for": name}) for name in ("a", "b", "c")] == ["a", "b", ""]
    assert [declared.taken_by(task, {}) for task in ("task.own", "task.nobody", "")] == ["own", "", ""]


def test_values_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Bar().confidence = 0.5  # type: ignore[misc]
    assert replace(Bar(), confidence=0.5).confidence == 0.5


def test_rules_have_names() -> None:
    assert rules.unordered("$.x", because="a set").name == "unordered $.x"
    assert rules.rename("$.x", to="y", because="spelling", name="y").name == "y"
    assert rules.normalise("$.x", str, because="type").function is str
    assert rules.tolerance("$.x", because="float", absolute=0.1).absolute == 0.1
