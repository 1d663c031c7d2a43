"""A boundary may be an `async def`, or a method that is handed what it works on: its call ends when it is awaited."""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest

from tasksplit import Handler, Migration
from tasksplit.capture.boundaries import Boundaries
from tasksplit.capture.journal import Journal, observed
from tasksplit.capture.trace import Tracer
from tasksplit.model.message import Side
from tasksplit.worlds.clock import Clock
from tasksplit.worlds.sink import ACTIVE

HERE = __name__


class Context:
    def __init__(self) -> None:
        self.event = 7
        self.said = {"first": 1}


class Node:
    """Boundaries of both sides: a method that is handed its context, and coroutines."""

    async def run_async(self, session: object, *, event_id: int, **_rest: Any) -> str:
        assert journal_of().frame() == 1  # it is open from its first step
        await asyncio.sleep(0)
        assert journal_of().frame() == 1  # and after the loop was elsewhere
        return f"ran {event_id}"

    async def fail(self, event_id: int) -> None:
        await asyncio.sleep(0)
        raise KeyError(event_id)

    def process(self, context: Context, times: int = 2) -> int:
        return context.event * times


class Waiting:
    async def wait(self, others: Callable[[], Awaitable[None]]) -> None:
        await others()


class Quick:
    async def run_async(self) -> None:
        await asyncio.sleep(0)


def journal_of() -> Journal:
    found = ACTIVE.sink
    assert isinstance(found, Journal)
    return found


@pytest.fixture
def journal() -> Iterator[Journal]:
    found = Journal("m", Side.LEGACY, Clock())
    found.open("dispatch", parent=None)
    ACTIVE.sink = found
    try:
        yield found
    finally:
        ACTIVE.sink = None


def run(journal: Journal, boundaries: Boundaries, call: Callable[[], Any]) -> list[Any]:
    boundaries.install()
    try:
        call()
    finally:
        boundaries.uninstall()
    return [json.loads(o.content) for o in observed(journal, {}, lambda c: c)]


def migration(path: str, view: Callable[..., Mapping[str, Any]] = lambda node: {"node": type(node).__name__}) -> Any:
    handler = Handler("h", legacy=f"{HERE}:{path}", view=view, split="t", implementation=f"{HERE}:{path}")
    return Migration(name="m", legacy="a:b", split="a:c", handlers=[handler])


@pytest.mark.parametrize("side", list(Side))
def test_what_is_awaited_ends_when_it_was_awaited(journal: Journal, side: Side) -> None:
    boundaries = Boundaries(migration("Node.run_async"), side)
    found = run(journal, boundaries, lambda: asyncio.run(Node().run_async(None, event_id=3, later="x")))
    assert found[1]["outcome"] == {"kind": "returned", "value": "ran 3"}
    received = {Side.LEGACY: {"node": "Node"}, Side.SPLIT: {"event_id": 3, "later": "x"}}  # what **_rest took by name
    assert found[1]["inputs"] == received[side]
    assert journal.frame() == 0


def test_nothing_but_what_was_passed_is_an_input(journal: Journal) -> None:
    boundaries = Boundaries(migration("Node.run_async"), Side.SPLIT)
    found = run(journal, boundaries, lambda: asyncio.run(Node().run_async(None, event_id=3)))
    assert found[1]["inputs"] == {"event_id": 3}


def test_what_it_raises_passes_through_it(journal: Journal) -> None:
    def call() -> None:
        with pytest.raises(KeyError):
            asyncio.run(Node().fail(4))

    found = run(journal, Boundaries(migration("Node.fail"), Side.LEGACY), call)
    assert found[1]["outcome"] == {"kind": "raised", "type": "KeyError", "message": "4"}


def test_it_stays_a_coroutine_function_and_is_given_back(journal: Journal) -> None:
    before = Node.run_async.__code__
    boundaries = Boundaries(migration("Node.run_async"), Side.SPLIT)
    seen: list[bool] = []
    run(journal, boundaries, lambda: seen.append(inspect.iscoroutinefunction(Node.run_async)))
    assert seen == [True]
    assert Node.run_async.__code__ is before


def test_outside_a_message_it_runs_as_ever() -> None:
    boundaries = Boundaries(migration("Node.fail"), Side.LEGACY)
    boundaries.install()
    try:
        with pytest.raises(KeyError):
            asyncio.run(Node().fail(4))
    finally:
        boundaries.uninstall()


async def both_at_once() -> None:
    await asyncio.gather(Node().fail(1), Node().fail(2), return_exceptions=True)


async def one_after_the_other() -> None:
    for number in (1, 2):
        await asyncio.gather(Node().fail(number), return_exceptions=True)


@pytest.mark.parametrize(("way", "undecided"), [(both_at_once, True), (one_after_the_other, False)])
def test_two_at_once_in_one_loop_are_undecided(journal: Journal, way: Callable[[], Any], undecided: bool) -> None:
    run(journal, Boundaries(migration("Node.fail"), Side.LEGACY), lambda: asyncio.run(way()))
    assert [bool(frame.undecided) for frame in journal.frames] == [undecided] * 3
    assert bool(journal.harness_errors) is undecided


def test_another_worker_has_a_loop_of_its_own(journal: Journal) -> None:
    """A second delivery may overtake one that waits: it is another thread, as in rehearsals."""

    async def overtaken() -> None:
        stack, journal.stack = journal.stack, []
        journal.open("dispatch", parent=None)
        thread = threading.Thread(target=lambda: asyncio.run(Quick().run_async()))
        thread.start()
        thread.join()
        journal.stack = stack

    boundaries = [Boundaries(migration(path), Side.LEGACY) for path in ("Waiting.wait", "Quick.run_async")]
    boundaries[1].install()
    try:
        run(journal, boundaries[0], lambda: asyncio.run(Waiting().wait(overtaken)))
    finally:
        boundaries[1].uninstall()
    assert journal.harness_errors == []
    assert [frame.undecided for frame in journal.frames] == [None] * 4


def test_a_view_with_two_parameters_sees_what_a_method_was_handed(journal: Journal) -> None:
    def view(node: Node, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {"node": type(node).__name__, "event": arguments["context"].event, "times": arguments["times"]}

    found = run(journal, Boundaries(migration("Node.process", view), Side.LEGACY), lambda: Node().process(Context()))
    assert found[1]["inputs"] == {"node": "Node", "event": 7, "times": 2}


def test_what_a_view_does_not_carry_of_what_a_method_was_handed_is_found(journal: Journal) -> None:
    tracer = Tracer(("tests",))
    blind = migration("Node.process", lambda _node, arguments: {"said": arguments["context"].said})
    boundaries = Boundaries(blind, Side.LEGACY, tracer)
    try:
        run(journal, boundaries, lambda: Node().process(Context()))
    finally:
        tracer.uninstall()
    assert boundaries.unread == {"h": {"context.event"}}
