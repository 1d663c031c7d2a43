"""Is legacy recorded while it runs, and is nothing that it returns, raises or does another than without us?"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded
from sqlalchemy import text
from sqlalchemy.orm import Session

from tasksplit.live.counters import Count
from tasksplit.model.migration import Handler
from tests.unit.live import recorded_toy as toy
from tests.unit.live.recorded_toy import Build, Recordings, content, hooks, raises


@pytest.fixture
def worker() -> Iterator[Recordings]:
    with toy.recording() as worker:
        yield worker


def states() -> dict[str, str]:
    """Return what stands in the real database."""
    with toy.engine.connect() as connection:
        return {row.ref: row.state for row in connection.execute(text("SELECT ref, state FROM builds"))}


def test_what_legacy_read_and_did_is_recorded_by_handler(worker: Recordings) -> None:
    assert worker.run() == "built r"
    one = worker.one()
    assert (one.message.id, one.message.payload, one.message.key) == (
        "m-r", {"ref": "r", "key": "key of r"}, "key of r",
    )  # fmt: skip
    assert [o.handler for o in one.observations] == ["dispatch", "build", "report"]
    build, report, dispatch = (content(one, name) for name in ("build", "report", "dispatch"))
    assert build["inputs"] == report["inputs"] == {"ref": "r"}
    assert build["outcome"] == dispatch["outcome"] == {"kind": "returned", "value": "built r"}
    assert build["effects"]["rows"] == {"builds": [{"op": "update", "key": {"id": 1}, "columns": {"state": "done"}}]}
    assert [(c["method"], c["url"]) for c in build["effects"]["calls"]] == [("POST", "http://forge.toy/status")]
    assert report["effects"]["calls"] == [{"call": "notify", "arguments": {"to": "r", "text": "done"}}]
    assert [s["handler"] for s in dispatch["effects"]["started"]] == ["build", "report"]
    assert [(e.group, e.effect) for e in one.recording.exchanges] == [
        ("http POST forge.toy/status", True), ("http GET forge.toy/about/r", False), ("notify", True),
    ]  # fmt: skip
    assert one.recording.rows[0].rows == {"builds": ({"id": 1, "ref": "r", "state": "new"},)}
    assert one.recording.at <= one.ended_at
    assert (one.harness_errors, worker.counts) == ((), {})


def test_it_arrives_as_legacy_got_it_also_where_legacy_changes_it(worker: Recordings) -> None:
    event = {"ref": "r", "key": "k", "list": [1]}
    hooks["before"] = lambda: (event["list"].append(2), event.pop("key"))  # type: ignore[attr-defined]
    worker.run(payload=event, call=lambda: toy.process.run(event))
    assert worker.one().message.payload == {"ref": "r", "key": "k", "list": [1]}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("no"), "raised"),
        (Retry(when=30), "retried"),
        (Ignore(), "ignored"),
        (Reject("no", requeue=False), "rejected"),
        (SoftTimeLimitExceeded(), "raised"),
        (SystemExit(1), "raised"),
        (KeyboardInterrupt(), "raised"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value,
)
def test_what_legacy_raises_leaves_as_the_same_object(worker: Recordings, error: BaseException, kind: str) -> None:
    hooks["build"] = raises(error)
    with pytest.raises(type(error)) as came:
        worker.run()
    assert came.value is error
    one = worker.one()
    assert {content(one, name)["outcome"]["kind"] for name in ("build", "dispatch")} == {kind}
    hooks.clear()
    assert worker.run("a") == "built a"
    assert len(worker.made()) == 2


class Unwritable:
    """A value that nothing of ours can write down."""

    def __reduce__(self) -> Any:
        raise TypeError("nobody pickles this")

    def __deepcopy__(self, memo: Any) -> Any:
        raise TypeError("nobody copies this")


@pytest.mark.parametrize("place", ["view", "instance", "outcome", "failure"])
@pytest.mark.parametrize("error", [LookupError("cannot cope"), RecursionError()], ids=["lookup", "recursion"])
def test_a_function_of_the_declaration_that_raises_is_named_and_changes_nothing(
    worker: Recordings, place: str, error: Exception
) -> None:
    hooks[place] = raises(error)
    assert worker.run() == "built r"
    assert (states()["r"], toy.asked) == ("done", ["POST /status", "GET /about/r"])
    one = worker.one()
    assert one.harness_errors
    assert all(type(error).__name__ in said for said in one.harness_errors)
    undecided = {o.handler for o in one.observations if o.undecided}
    assert undecided == {
        "view": {"build", "report"}, "instance": {"build", "report"}, "outcome": {"dispatch"},
        "failure": {"build", "report", "dispatch"},
    }[place]  # fmt: skip


def test_what_a_view_returns_and_nobody_can_write_is_undecided(worker: Recordings) -> None:
    hooks["view"] = lambda: {"ref": Unwritable()}
    assert worker.run() == "built r"
    assert {o.handler for o in worker.one().observations if o.undecided} == {"build", "report"}


def test_a_view_that_acts_is_refused_and_the_handler_runs(worker: Recordings) -> None:
    hooks["view"] = lambda: toy.notify("view", "looked")
    assert worker.run() == "built r"
    one = worker.one()
    assert all("a view may only look" in (toy.of(one, name).undecided or "") for name in ("build", "report"))
    assert [c["call"] for c in content(one, "report")["effects"]["calls"]] == ["notify"]


def test_an_outcome_that_nobody_can_write_is_undecided(worker: Recordings) -> None:
    value = Unwritable()
    assert worker.run(call=lambda: value) is value
    one = worker.one()
    assert "writing down" in (toy.of(one, "dispatch").undecided or "")


def test_a_payload_that_cannot_be_frozen_is_counted_and_legacy_runs(worker: Recordings) -> None:
    assert worker.run(payload=Unwritable()) == "built r"
    assert (worker.counts, worker.handed_over) == ({Count.FAILED: 1}, [])
    assert worker.run("a") == "built a"
    assert len(worker.made()) == 1


class Unbound(Session):
    """A session of the user's that cannot say where it is bound, unless it is asked for a statement."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("which shard?")


def test_where_the_databases_adapter_fails_legacy_runs_unrecorded(worker: Recordings) -> None:
    with Session(toy.engine) as loaded, Unbound() as unbound:
        row = loaded.query(Build).filter_by(ref="b").one()
        loaded.expunge(row)
        unbound.add(row)
        assert worker.run() == "built r"
    assert (worker.counts, worker.handed_over) == ({Count.FAILED: 1}, [])
    assert worker.run("a") == "built a"
    assert len(worker.made()) == 1


def test_our_own_failures_are_raised_in_tests() -> None:
    with toy.recording(strict=True) as worker:
        hooks["view"] = raises(LookupError("cannot cope"))
        with pytest.raises(LookupError, match="cannot cope"):
            worker.run()
        hooks.clear()
        assert worker.run("a") == "built a"


def test_a_message_beside_the_recorded_one_is_counted_and_not_mixed_in(worker: Recordings) -> None:
    def beside() -> None:
        hooks.clear()
        thread = threading.Thread(target=lambda: worker.run("a"))
        thread.start()
        thread.join()

    hooks["build"] = beside
    assert worker.run("b") == "built b"
    assert worker.counts == {Count.NOT_RECORDED: 1}
    assert set(states().values()) == {"new", "done"}
    one = worker.one()
    assert one.message.id == "m-b"
    assert_of(one, "b", id=3)


def assert_of(one: Any, ref: str, *, id: int) -> None:
    """Hold a recording against what this message alone did."""
    assert [(o.handler, o.instance) for o in one.observations] == [("dispatch", ""), ("build", ref), ("report", ref)]
    rows = content(one, "build")["effects"]["rows"]
    assert rows == {"builds": [{"op": "update", "key": {"id": id}, "columns": {"state": "done"}}]}
    assert [c["body"] for c in content(one, "build")["effects"]["calls"]] == [{"ref": ref}]
    assert [c["arguments"]["to"] for c in content(one, "report")["effects"]["calls"]] == [ref]
    assert len(one.recording.exchanges) == 3
    assert one.recording.rows[0].rows == {"builds": ({"id": id, "ref": ref, "state": "new"},)}


def test_what_runs_on_in_a_context_of_an_earlier_message_is_not_mixed_into_a_later_one(worker: Recordings) -> None:
    """gevent.spawn and asyncio.to_thread run in a copy of the context in which they were called."""
    left: list[contextvars.Context] = []
    hooks["after"] = lambda: left.append(contextvars.copy_context())
    worker.run("a")
    hooks["after"] = lambda: None
    hooks["build"] = lambda: left[0].run(_stray)
    worker.run("b")
    _first, second = worker.made()
    assert_of(second, "b", id=3)


def _stray() -> None:
    hooks.clear()
    toy.build("r")


def test_a_transaction_that_the_last_message_left_open_is_not_held_against_the_next(worker: Recordings) -> None:
    left = Session(toy.engine)

    def leave() -> None:
        left.query(Build).filter_by(ref="a").one().state = "left"
        left.flush()

    try:
        hooks["report"] = leave
        worker.run("r")
        hooks.clear()
        worker.run("b", call=lambda: toy.report("b"))
        first, second = worker.made()
        assert "a transaction with changes was open" in (toy.of(first, "report").undecided or "")
        assert [o.undecided for o in second.observations] == [None, None]
    finally:
        left.close()


def test_rows_of_a_session_from_before_are_recorded_and_those_of_another_threads_message_are_not(
    worker: Recordings,
) -> None:
    loaded, enough = threading.Event(), threading.Event()

    def other() -> None:
        with Session(toy.engine) as session:
            assert session.query(Build).filter_by(ref="a").one().state == "new"
            loaded.set()
            assert enough.wait(60)

    thread = threading.Thread(target=other)
    thread.start()
    try:
        with Session(toy.engine) as before:
            row = before.query(Build).filter_by(ref="b").one()
            assert loaded.wait(60)
            worker.run(call=lambda: row.state)
    finally:
        enough.set()
        thread.join()
    assert worker.one().recording.rows[0].rows == {"builds": ({"id": 3, "ref": "b", "state": "new"},)}


class Diverting:
    """A route by which a handler is the split's."""

    def __init__(self, *handlers: str) -> None:
        self.handlers, self.asked = handlers, list[tuple[str, Mapping[str, Any] | None, str]]()

    def __call__(self, handler: Handler, inputs: Mapping[str, Any] | None, instance: str) -> bool:
        self.asked.append((handler.name, inputs, instance))
        return handler.name in self.handlers


def test_a_handler_that_is_the_splits_does_not_run_and_the_message_shows_nothing(worker: Recordings) -> None:
    divert = Diverting("build")
    assert worker.run(divert=divert) == "skipped"
    assert divert.asked == [("build", {"ref": "r"}, "r"), ("report", {"ref": "r"}, "r")]
    assert (toy.asked, worker.counts, worker.handed_over) == (["GET /about/r"], {Count.SAMPLED_OUT: 1}, [])


def test_a_route_that_leaves_everything_with_legacy_is_recorded_as_ever(worker: Recordings) -> None:
    assert worker.run(divert=Diverting()) == "built r"
    assert_of(worker.one(), "r", id=1)


def test_a_message_that_is_not_to_be_recorded_has_boundaries_all_the_same(worker: Recordings) -> None:
    assert worker.run(divert=Diverting("build"), record=False) == "skipped"
    assert (worker.counts, worker.handed_over) == ({}, [])
    assert worker.run("a", record=False) == "built a"
    assert worker.handed_over == []


def test_on_a_route_nothing_acts_on_a_guess(worker: Recordings) -> None:
    with pytest.raises(TypeError, match="nobody pickles this"):
        worker.run(divert=Diverting("build"), payload=Unwritable())
    assert (toy.asked, worker.counts) == ([], {Count.FAILED: 1})


def test_a_task_that_legacy_sends_is_an_effect_and_its_own_retry_is_none(worker: Recordings) -> None:
    def send() -> None:
        toy.later.apply_async(kwargs={"ref": "x"}, countdown=30, queue="slow")
        toy.process.apply_async(kwargs={"event": {}}, task_id="m-r")

    hooks["report"] = send
    worker.run()
    hooks.clear()
    _notify, sent = content(worker.one(), "report")["effects"]["calls"]
    assert {k: sent[k] for k in ("task", "queue", "args", "kwargs", "expires")} == {
        "task": "recorded.later", "queue": "slow", "args": [], "kwargs": {"ref": "x"}, "expires": None,
    }  # fmt: skip
    assert 0 <= sent["countdown"] <= 30


def test_what_the_users_other_threads_do_is_not_recorded(worker: Recordings) -> None:
    """They have a context of their own: A/A tells, since a replay hears them."""

    def elsewhere() -> None:
        thread = threading.Thread(target=lambda: toy.notify("thread", "x"))
        thread.start()
        thread.join()

    hooks["report"] = elsewhere
    worker.run()
    assert [c["arguments"]["to"] for c in content(worker.one(), "report")["effects"]["calls"]] == ["r"]
