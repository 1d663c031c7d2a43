"""Tasks keep the rules: a name of their own, arguments by name, room for what newer senders add."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from shadow import payloads, tasks, wire
from shadow.celery_app import DEFAULT, DISPATCH, LONG, QUEUES, ROUTES, SHORT, app
from shadow.wire import Payload

CLASSES = [kind for kind in vars(payloads).values() if isinstance(kind, type) and getattr(kind, "task", "")]
HANDLERS = [app.tasks[kind.task] for kind in CLASSES]
OURS = [*HANDLERS, tasks.process_message]
LONG_RUNNING = {
    *("release_copr_build", "pr_copr_build", "push_copr_build", "pr_comment_copr_build"),
    *("release_koji_build", "pr_koji_build", "push_koji_build", "pagure_pr_comment_copr_build"),
    *("propose_update_comment", "propose_downstream", "distgit_commit"),
}


def parameters(task: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(task.run).parameters.values())


def queue_of(task: str) -> str:
    name: str = app.amqp.router.route({}, task)["queue"].name
    return name


def test_there_are_nineteen() -> None:
    assert len({kind.task for kind in CLASSES}) == 19


@pytest.mark.parametrize("payload", CLASSES, ids=lambda kind: kind.__name__)
def test_a_task_is_named_after_its_handler_and_waits_in_its_queue(payload: type[Payload]) -> None:
    name = payload.task.removeprefix("task.run_").removesuffix("_handler")
    assert app.tasks[payload.task].run.__name__ == f"run_{name}_handler"
    assert queue_of(payload.task) == (LONG if name in LONG_RUNNING else SHORT)


def test_the_dispatcher_and_the_babysitter_wait_apart() -> None:
    assert queue_of("task.steve_jobs.dispatch_message") == DISPATCH
    assert queue_of("task.babysit_copr_build") == DEFAULT == "celery"


def test_every_task_has_a_route_and_every_queue_is_declared() -> None:
    # tasks of other applications that were imported before are in it as well, as Celery shares them
    ours = {name for name, task in app.tasks.items() if type(task).__module__.split(".")[0] == "shadow"}
    assert len(ours) > 20
    assert ours <= set(ROUTES)
    assert set(app.amqp.queues) == set(QUEUES)
    assert set(ROUTES.values()) == set(QUEUES)


def test_a_queue_that_nobody_declared_is_refused() -> None:
    with pytest.raises(Exception, match="nobody-consumes"):
        app.send_task("task.run_installation_handler", queue="nobody-consumes")


@pytest.mark.parametrize("task", OURS, ids=lambda task: task.name)
def test_arguments_are_given_by_name(task: Any) -> None:
    *named, unknown = parameters(task)
    assert named
    assert all(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in named)
    assert unknown.kind is inspect.Parameter.VAR_KEYWORD


@pytest.mark.parametrize("payload", CLASSES, ids=lambda kind: kind.__name__)
def test_a_task_takes_the_fields_of_its_payload(payload: type[Payload]) -> None:
    taken = {parameter.name for parameter in parameters(app.tasks[payload.task])[:-1]}
    assert taken == set(inspect.signature(payload).parameters)


def test_the_babysitter_is_ours_though_legacy_has_one_too(world: Any) -> None:
    assert app.tasks["task.babysit_copr_build"].run.__module__ == "shadow.tasks.entries"


def test_the_babysitter_is_called_as_legacy_calls_it() -> None:
    build_id, unknown = parameters(tasks.babysit_copr_build)
    assert build_id.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert unknown.kind is inspect.Parameter.VAR_KEYWORD
    assert tasks.babysit_copr_build.max_retries == 7
    assert tasks.babysit_copr_build.default_retry_delay == 180


def test_json_only() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"


@pytest.mark.parametrize("name", ["task.steve_jobs.dispatch_message", "task.run_copr_build_start_handler"])
def test_what_is_not_known_is_counted(name: str, world: Any) -> None:
    world.prepare({})
    before = wire.unknown[f"{name}.priority"]
    known = {parameter.name: None for parameter in parameters(app.tasks[name])[:-1]}
    app.tasks[name](**{**known, "checks": []} if "checks" in known else known, priority="high")
    assert wire.unknown[f"{name}.priority"] == before + 1


def test_the_result_is_small_and_plain(world: Any) -> None:
    payload = {"action": "created", "installation": {"account": {"login": "a", "id": 1}}, "repositories": []}
    world.prepare(payload)
    result = tasks.process_message(event=payload)
    assert result == {
        "event": {"trigger": "installation", "account_login": "a"},
        "started": ["add_to_whitelist"],
        "told": {},
    }
    assert json.loads(json.dumps(result)) == result


@pytest.mark.parametrize(("topic", "source"), [("org.example.other", None), (None, "centosmsg")])
def test_messages_that_are_filtered_out(topic: str | None, source: str | None, world: Any) -> None:
    payload = {"action": "created", "installation": {"account": {"login": "a", "id": 1}}, "repositories": []}
    world.prepare(payload)
    assert tasks.process_message(event=payload, topic=topic, source=source) is None
