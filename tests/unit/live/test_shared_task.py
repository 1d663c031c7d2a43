"""Several handlers share one split task: each run of it is claimed for the handler that it is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from tasksplit.live.noted import Noted
from tasksplit.model.rollout import Stage
from tasksplit.model.route import Route
from tasksplit.wire.header import NAME
from tests.unit.live import toy
from tests.unit.live.toy import Worker, acted, again, flags_of, hooks, sent, taken


@toy.app.task(name="split.both", shared=False)
def both(wanted: str, number: str, **_more: Any) -> None:
    """Act for the split, as whichever handler is meant."""
    acted.append(("split", wanted, number))


def is_for(handler: str, arguments: Mapping[str, Any]) -> bool:
    if arguments["wanted"] == "garbled":
        raise LookupError("cannot tell")
    return bool(arguments["wanted"] == handler)


def told(handler: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {**inputs, "wanted": handler}


SHARED = replace(
    toy.migration,
    handlers=[
        replace(h, split="split.both", takes=partial(is_for, h.name), payload=partial(told, h.name))
        for h in toy.migration.handlers
    ],
)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """Yield a worker of the migration in which both share a task."""
    monkeypatch.setattr(toy, "migration", SHARED)
    toy.taken()
    acted.clear()
    hooks.clear()
    worker = Worker()
    worker.cutover.install()
    yield worker
    worker.cutover.uninstall()
    hooks.clear()
    toy.taken()


def test_each_is_handed_over_and_claimed_for_itself(worker: Worker) -> None:
    worker.learn(flags_of(build=Stage.LIVE, test=Stage.LIVE))
    worker.run(sent({"id": "m", "chroots": ["x", "y"]}))
    tasks = taken()
    assert [one.task for one in tasks] == ["split.both"] * 3
    assert [worker.run(one)[0] for one in tasks] == ["SUCCESS"] * 3
    assert [worker.run(again(one))[0] for one in tasks] == ["IGNORED"] * 3
    assert acted == [("split", "build", "m"), ("split", "test", "m"), ("split", "test", "m")]
    assert [(c.id.handler, c.id.instance) for c in worker.claims.claims("m")] == [
        ("build", ""), ("dispatch", ""), ("test", "x"), ("test", "y")
    ]  # fmt: skip


def test_one_of_them_can_be_the_splits_alone(worker: Worker) -> None:
    worker.learn(flags_of(build=Stage.LIVE))
    worker.run(sent({"id": "m"}))
    (one,) = taken()
    assert worker.run(one)[0] == "SUCCESS"
    assert acted == [("legacy", "test x", "m"), ("split", "build", "m")]


def test_what_the_splits_own_dispatcher_sends_is_claimed_for_whom_it_is(worker: Worker) -> None:
    route = Route(message="n", split=frozenset({"build", "test", "dispatch"}), decided_at=datetime.now(UTC))
    worker.claims.pin(route)
    both.apply_async(
        kwargs={"wanted": "test", "number": "n"}, task_id="t", headers={NAME: worker.headers.write(route, "t")}
    )
    (one,) = taken()
    assert worker.run(one)[0] == "SUCCESS"
    assert [c.id.handler for c in worker.claims.claims("n")] == ["test"]


@pytest.mark.parametrize("wanted", ["nobody", "garbled"])
def test_what_no_handler_takes_is_the_users_own(worker: Worker, wanted: str) -> None:
    route = Route(message="n", split=frozenset({"build", "test", "dispatch"}), decided_at=datetime.now(UTC))
    worker.claims.pin(route)
    both.apply_async(
        kwargs={"wanted": wanted, "number": "n"}, task_id="t", headers={NAME: worker.headers.write(route, "t")}
    )
    (one,) = taken()
    assert worker.run(one)[0] == "SUCCESS"
    assert worker.claims.claims("n") == ()
    assert worker.count(Noted.OWN) >= 1


def test_what_legacys_own_code_sends_goes_by_whose_it_is(worker: Worker) -> None:
    worker.learn(flags_of(test=Stage.LIVE))
    hooks["legacy"] = lambda: both.delay(wanted="build", number="own") and None
    worker.run(sent({"id": "m"}))
    headers = {one.kwargs["wanted"]: one.headers.get(NAME) for one in taken()}
    assert headers["build"] is None
    assert headers["test"] is not None
