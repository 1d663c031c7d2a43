"""Every kind of event has a task of its own, gets there whole, and a handler has none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from shadow import events, views, wire
from shadow.by_event import handlers
from shadow.by_event.celery_app import BABYSIT, EVENTS, PARSE, ROUTES, app, task_of
from shadow.by_event.migration import migration
from shadow.by_event.tasks import TASKS, parse_message
from shadow.celery_app import DISPATCH, LONG, QUEUES, SHORT
from shadow.migration import migration as by_handler
from shadow.parser import parse, parse_centos
from shadow.payloads import Installation
from tasksplit.replay import declared

MESSAGES = Path(__file__).parents[4] / "legacy" / "messages"
OF_THE_PLAN = {
    *("InstallationEvent", "CoprBuildEvent", "KojiBuildEvent", "TestingFarmResultsEvent", "ReleaseEvent"),
    *("PushGitHubEvent", "PullRequestGithubEvent", "PullRequestCommentGithubEvent", "IssueCommentEvent"),
    *("PushPagureEvent", "PullRequestCommentPagureEvent", "PullRequestPagureEvent"),
}


def some_of_each_kind() -> Iterator[Any]:
    """Two shipped messages of each kind: their events."""
    seen: dict[str, int] = {}
    for file in sorted(MESSAGES.glob("*.json")):
        kind = file.name.partition("-")[0]
        seen[kind] = seen.get(kind, 0) + 1
        if kind not in ("junk", "babysit") and seen[kind] <= 2:
            told = views.event_arguments(json.loads(file.read_text()))
            event = parse_centos(told["event"]) if "source" in told else parse(told["event"])
            if event is not None:
                yield pytest.param(event, id=file.stem)


def test_each_kind_of_event_has_a_task() -> None:
    kinds = {
        kind for kind in vars(events).values() if isinstance(kind, type) and hasattr(kind, "kind") and kind in EVENTS
    }
    concrete = {kind for kind in vars(events).values() if isinstance(kind, type) and kind.__name__.endswith("Event")}
    abstract = {events.ForgeEvent, events.RepositoryEvent, events.CommentEvent}
    assert kinds == set(EVENTS) == concrete - abstract
    assert {kind.__name__ for kind in EVENTS} >= OF_THE_PLAN
    assert len(EVENTS) == len(set(EVENTS.values())) == 18


@pytest.mark.parametrize("event", list(some_of_each_kind()))
def test_an_event_arrives_as_it_was_sent(event: Any) -> None:
    sent = json.loads(json.dumps(event.to_wire()))
    assert type(event).from_wire(sent) == event
    assert TASKS[type(event)].name == task_of(event)


def test_what_a_newer_sender_adds_is_counted_and_left_out() -> None:
    before = wire.unknown["KojiBuildEvent.priority"]
    event = events.KojiBuildEvent(
        build_id=1, state=events.KojiBuildState.open, old_state=None, start_time=None, completion_time=None,
        rpm_build_task_id=None,
    )  # fmt: skip
    assert events.KojiBuildEvent.from_wire({**event.to_wire(), "priority": 1}) == event
    assert wire.unknown["KojiBuildEvent.priority"] == before + 1


def test_every_task_has_a_route_to_a_queue_of_the_workers() -> None:
    app.loader.import_default_modules()
    ours = {name for name, task in app.tasks.items() if type(task).__module__.startswith("shadow.by_event")}
    assert ours == set(ROUTES) == {PARSE, BABYSIT, *EVENTS.values()}
    assert set(app.amqp.queues) == set(QUEUES)
    assert (ROUTES[PARSE], ROUTES[EVENTS[events.ReleaseEvent]], ROUTES[EVENTS[events.KojiBuildEvent]]) == (
        DISPATCH, LONG, SHORT,
    )  # fmt: skip


def test_handlers_are_those_of_the_split_by_handler_and_have_no_task() -> None:
    assert migration.inside == tuple(handler.name for handler in by_handler.handlers)
    for mine, theirs in zip(migration.handlers, by_handler.handlers, strict=True):
        shared = {"split": "", "payload": None, "implementation": mine.implementation, "doors": ()}
        shared["passes"] = "event"
        assert mine == replace(theirs, **shared)  # type: ignore[arg-type]
    assert migration.world is by_handler.world
    assert (migration.independent, migration.name) == (False, "process_message_by_event")


def test_all_that_is_declared_is_there() -> None:
    declared.check(migration)


def test_a_payload_is_handled_by_the_handler_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Any] = []
    monkeypatch.setattr(handlers, "installation", taken.append)
    given: dict[str, Any] = dict.fromkeys(item.name for item in fields(Installation))
    payload = Installation(**given)
    handlers.handle(payload)
    assert taken == [payload]


def test_the_parser_takes_what_is_not_known(world: Any) -> None:
    world.prepare({})
    before = wire.unknown[f"{PARSE}.priority"]
    parse_message(event={}, priority="high")
    assert wire.unknown[f"{PARSE}.priority"] == before + 1
