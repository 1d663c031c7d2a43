"""Does each event end as its tasks ended, and does it stay so? By Celery's own tracer, over a broker in memory."""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from celery.app.trace import build_tracer
from sqlalchemy import delete, event, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from legacy.database import engine
from legacy.models import GitProject
from shadow import rows
from shadow.celery_app import app
from shadow.front_door.models import EVENTS, RESULTS, FrontDoorBase
from shadow.front_door.storing import EventStore, NewEvent, task_id
from shadow.unit_of_work import Work, unit_of_work
from shadow.wire import Payload

DISPATCH, STEP = "test.dispatch", "test.step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Payload):
    task: ClassVar[str] = STEP
    act: str


Act = Callable[[Work], Any]


class Trip:
    """One event, its dispatcher and what that decides, and what each step does."""

    def __init__(self) -> None:
        self.store = EventStore(engine, lease=60)
        self.event_id = self.store.add([NewEvent(source="test", payload={})])[0].id
        self.decide: Act = lambda work: None
        self.acts: dict[str, Act] = {}
        self.ran: Counter[str] = Counter()

    def steps(self, **acts: Act) -> None:
        """Let the dispatcher ask for these."""
        self.acts, asked = acts, list(acts)

        def decide(work: Work) -> dict[str, Any]:
            for act in asked:
                work.outbox.handle(Step(act=act))
            return {"started": asked}

        self.decide = decide

    def dispatch(self) -> str:
        return self.deliver({"task": DISPATCH, "id": task_id(self.event_id), "event_id": self.event_id}, {})

    def deliver(self, headers: dict[str, Any], kwargs: dict[str, Any], chain: Any = None) -> str:
        """Run a task as a worker would; the state in which it ended."""
        task = headers["task"]
        delivered = {"delivery_info": {}, "hostname": "here", "is_eager": False, "chain": chain, "retries": 0}
        tracer = build_tracer(task, app.tasks[task], app=app)
        info = tracer(headers["id"], (), kwargs, {**headers, **delivered}).info
        return info.state if info else "SUCCESS"

    def waiting(self) -> Iterator[tuple[dict[str, Any], dict[str, Any], Any]]:
        """What waits at the broker, taken off it: headers, arguments, the rest of the chain."""
        with app.connection_for_read() as connection, connection.SimpleQueue("celery") as messages:
            while True:
                try:
                    message = messages.get(block=False)
                except queue.Empty:
                    return
                message.ack()
                _, kwargs, embed = message.payload
                yield dict(message.headers), kwargs, embed["chain"]

    def drain(self) -> list[str]:
        return [self.deliver(*message) for message in self.waiting()]

    def row(self) -> Any:
        with engine.connect() as connection:
            return connection.execute(select(EVENTS).where(EVENTS.c.id == self.event_id)).one()

    def places(self) -> dict[str, str]:
        found = self.store.find(self.event_id)
        assert found is not None
        return {row.place: row.status for row in found[1]}

    def everything(self) -> list[Any]:
        with engine.connect() as connection:
            return [list(connection.execute(select(table))) for table in (EVENTS, RESULTS)]


@pytest.fixture
def trip(_broker: None) -> Iterator[Trip]:
    FrontDoorBase.metadata.create_all(engine)
    trip = Trip()

    @app.task(name=DISPATCH, shared=False)
    def dispatch() -> Any:
        trip.ran[DISPATCH] += 1
        with unit_of_work() as work:
            return work.returns(trip.decide(work))

    @app.task(name=STEP, shared=False)
    def step(*, act: str) -> Any:
        trip.ran[act] += 1
        with unit_of_work() as work:
            trip.ran[f"{act} is let in"] += 1
            return work.returns(trip.acts[act](work))

    list(trip.waiting())
    yield trip
    for task in (DISPATCH, STEP):
        app.tasks.unregister(task)
    with engine.begin() as connection:
        for table in (RESULTS, EVENTS, GitProject.__table__):
            connection.execute(delete(table))


def well(work: Work) -> dict[str, bool]:
    return {"success": True}


def add_project(work: Work) -> None:
    rows.git_project(work.session, namespace="a", repo_name="b", project_url="https://github.com/a/b")


def badly(work: Work) -> None:
    add_project(work)
    raise ValueError("at https://me:pass@forge.example, with dummy-token\nand more")


def refused_by_the_database(work: Work) -> None:
    add_project(work)
    work.session.add(GitProject(namespace="secret"))
    work.session.flush()


def refused_at_the_end(work: Work) -> None:
    work.session.add(GitProject(namespace="secret"))


def is_there() -> bool:
    with Session(engine) as session:
        return session.scalar(select(GitProject)) is not None


def test_an_event_that_nobody_knows(trip: Trip) -> None:
    assert trip.dispatch() == "SUCCESS"
    assert (trip.row().status, trip.row().attempts, trip.row().summary) == ("unroutable", 1, None)


def test_an_event_that_no_handler_wants(trip: Trip) -> None:
    trip.decide = lambda work: {"told": {"push": "No packit config in repo"}}
    trip.dispatch()
    assert (trip.row().status, trip.row().summary) == ("ignored", {"told": {"push": "No packit config in repo"}})


def test_an_event_is_done_when_all_its_tasks_are(trip: Trip) -> None:
    trip.steps(a=well, b=well)
    trip.dispatch()
    assert trip.row().status == "processing"
    assert trip.places() == {"0": "queued", "1": "queued"}
    first, *_ = trip.waiting()
    assert (first[0]["event_id"], first[0]["event_place"]) == (trip.event_id, "0")
    assert first[0]["id"] == task_id(trip.event_id, "0")
    trip.deliver(*first)
    assert (trip.row().status, trip.places()) == ("processing", {"0": "done", "1": "queued"})
    trip.drain()
    assert (trip.row().status, trip.places()) == ("done", {"0": "done", "1": "done"})
    found = trip.store.find(trip.event_id)
    assert found is not None
    assert [(row.task, row.result, row.attempts, row.error) for row in found[1]] == [(STEP, well(None), 1, None)] * 2
    assert trip.row().summary == {"started": ["a", "b"]}


def test_what_a_task_asks_for_belongs_to_the_event(trip: Trip) -> None:
    trip.steps(a=well, b=lambda work: work.outbox.handle(Step(act="c")))
    trip.acts["c"] = well
    trip.dispatch()
    states = []
    for message in trip.waiting():
        trip.deliver(*message)
        states.append(trip.row().status)
    assert states == ["processing", "processing", "done"]
    assert trip.places() == {"0": "done", "1": "done", "1.0": "done"}


def test_what_waits_for_a_task_that_failed_is_never_reached(trip: Trip) -> None:
    trip.steps(a=badly, b=well, c=well)
    trip.dispatch()
    assert trip.drain() == ["FAILURE"]
    assert (trip.row().status, trip.places()) == ("failed", {"0": "failed", "1": "unreached", "2": "unreached"})
    found = trip.store.find(trip.event_id)
    assert found is not None
    assert found[1][0].error == "ValueError: at https://***@forge.example, with ***"
    assert is_there()  # what was done before the failure is kept, as without an event


@pytest.mark.parametrize("act", [refused_by_the_database, refused_at_the_end])
def test_what_the_database_refuses_is_taken_back_and_the_failure_kept(trip: Trip, act: Act) -> None:
    trip.steps(a=act, b=well)
    trip.dispatch()
    assert trip.drain() == ["FAILURE"]
    assert (trip.row().status, trip.places()) == ("failed", {"0": "failed", "1": "unreached"})
    found = trip.store.find(trip.event_id)
    assert found is not None
    assert found[1][0].error == "IntegrityError"
    assert not is_there()


def test_arguments_that_a_task_does_not_take(trip: Trip) -> None:
    trip.steps(a=well)
    trip.dispatch()
    ((headers, _, chain),) = trip.waiting()
    assert trip.deliver(headers, {"other": 1}, chain) == "FAILURE"
    assert (trip.row().status, trip.places()) == ("failed", {"0": "failed"})


def test_a_dispatcher_that_fails(trip: Trip) -> None:
    trip.decide = badly
    assert trip.dispatch() == "FAILURE"
    assert trip.row().status == "failed"
    assert trip.row().error.startswith("ValueError: at https://***@")


def test_a_dispatcher_that_fails_after_it_asked(trip: Trip) -> None:
    trip.acts["a"] = well

    def decide(work: Work) -> None:
        work.outbox.handle(Step(act="a"))
        raise ValueError("half-way")

    trip.decide = decide
    trip.dispatch()
    assert trip.row().status == "processing"  # what it asked for until then is sent, as without an event
    trip.drain()
    assert (trip.row().status, trip.places()) == ("failed", {"0": "done"})


@pytest.mark.parametrize(
    "decide", [lambda work: None, lambda work: {"told": {}}, badly], ids=["unroutable", "ignored", "failed"]
)
def test_a_dispatcher_that_ended_is_not_run_again(trip: Trip, decide: Act) -> None:
    trip.decide = decide
    trip.dispatch()
    before = trip.everything()
    trip.decide = refused_by_the_database
    assert trip.dispatch() == "IGNORED"
    assert trip.everything() == before


def test_a_message_that_comes_twice_decides_once(trip: Trip) -> None:
    trip.steps(a=well)
    trip.dispatch()
    before = trip.everything()
    assert trip.dispatch() == "IGNORED"
    assert trip.everything() == before
    assert len(list(trip.waiting())) == 1


def test_after_the_end_a_redelivery_of_each_task_changes_nothing(trip: Trip) -> None:
    trip.steps(a=well, b=well)
    trip.dispatch()
    messages = []
    for message in trip.waiting():
        messages.append(message)
        trip.deliver(*message)
    before = trip.everything()
    assert [trip.deliver(*message) for message in messages] == ["IGNORED", "IGNORED"]
    assert trip.dispatch() == "IGNORED"
    assert trip.everything() == before
    assert list(trip.waiting()) == []
    assert (trip.ran["a is let in"], trip.ran["b is let in"]) == (1, 1)


def test_who_died_before_sending_is_run_again_and_sends(trip: Trip) -> None:
    trip.steps(a=well, b=well)
    trip.dispatch()
    assert len(list(trip.waiting())) == 1  # lost
    with engine.begin() as connection:
        connection.execute(update(RESULTS).values(status="stored"))
    assert trip.dispatch() == "SUCCESS"
    trip.drain()
    assert (trip.row().status, trip.row().attempts) == ("done", 2)
    assert trip.places() == {"0": "done", "1": "done"}


def test_who_died_before_the_chain_went_on_does_not_stop_it(trip: Trip) -> None:
    trip.steps(a=well, b=well)
    trip.dispatch()
    (first,) = trip.waiting()
    trip.deliver(*first)
    assert len(list(trip.waiting())) == 1  # lost
    assert trip.deliver(*first) == "IGNORED"
    assert trip.drain() == ["SUCCESS"]
    assert trip.row().status == "done"
    assert trip.ran["a is let in"] == 1


def test_a_task_that_is_tried_again_has_not_ended(trip: Trip) -> None:
    def again(work: Work) -> None:
        trip.acts["a"] = well
        raise app.tasks[STEP].retry(countdown=0)

    trip.steps(a=again)
    trip.dispatch()
    (message,) = trip.waiting()
    assert trip.deliver(*message) == "RETRY"
    assert (trip.row().status, trip.places()) == ("processing", {"0": "queued"})
    assert trip.drain() == ["SUCCESS"]
    found = trip.store.find(trip.event_id)
    assert found is not None
    assert [(row.status, row.attempts) for row in found[1]] == [("done", 2)]
    assert trip.row().status == "done"


def test_tasks_that_a_broker_did_not_take_are_never_reached(trip: Trip) -> None:
    def ask(work: Work) -> None:
        work.outbox.handle(Step(act="not JSON"))
        work.outbox.handle_in_turn.append(Step(act=object()))  # type: ignore[arg-type]

    trip.decide = ask
    assert trip.dispatch() == "FAILURE"
    assert trip.row().status == "failed"
    assert trip.places() == {"0": "unreached", "1": "unreached"}


def test_tasks_run_even_if_it_cannot_be_noted_that_they_were_sent(trip: Trip) -> None:
    def refuse(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith("UPDATE incoming_results") and "queued" in str(parameters):
            raise OperationalError(statement, parameters, Exception("database is locked"))

    trip.steps(a=well)
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        assert trip.dispatch() == "SUCCESS"
    finally:
        event.remove(engine, "before_cursor_execute", refuse)
    assert trip.places() == {"0": "stored"}
    trip.drain()
    assert (trip.row().status, trip.places()) == ("done", {"0": "done"})


def test_an_event_that_is_not_known_here_is_handled_all_the_same(trip: Trip) -> None:
    trip.steps(a=well)
    with engine.begin() as connection:
        connection.execute(delete(EVENTS))
    assert trip.dispatch() == "SUCCESS"
    assert trip.drain() == ["SUCCESS"]
    assert trip.everything() == [[], []]


def test_without_an_event_nothing_is_known_of_the_front_door(trip: Trip) -> None:
    asked: list[str] = []

    def look(_: Any, __: Any, statement: str, *___: Any) -> None:
        asked.append(statement)

    trip.steps(a=well, b=badly)
    event.listen(engine, "before_cursor_execute", look)
    try:
        trip.deliver({"task": DISPATCH, "id": "1"}, {})
        for headers, kwargs, chain in trip.waiting():
            assert not {"event_id", "event_place"} & headers.keys()
            trip.deliver(headers, kwargs, chain)
    finally:
        event.remove(engine, "before_cursor_execute", look)
    assert asked
    assert not [statement for statement in asked if "incoming_" in statement]
    assert (trip.row().status, trip.places()) == ("stored", {})


def test_of_two_dispatchers_at_once_the_one_that_comes_too_late_changes_nothing(trip: Trip) -> None:
    def late(work: Work) -> dict[str, Any]:
        with engine.begin() as connection:
            connection.execute(update(EVENTS).values(status="ignored", summary={"told": {}}))
        work.outbox.handle(Step(act="a"))
        return {"started": ["a"]}

    trip.decide = late
    assert trip.dispatch() == "SUCCESS"
    assert list(trip.waiting()) == []
    assert (trip.row().status, trip.row().summary, trip.places()) == ("ignored", {"told": {}}, {})
