"""Tasks keep the rules: a name of their own, arguments by name, room for what newer senders add."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from shadow import payloads, tasks, wire
from shadow.celery_app import DISPATCH, LONG, SHORT, app
from shadow.wire import Payload

CLASSES = [
    payloads.PullRequestCoprBuild,
    payloads.CoprBuildStart,
    payloads.CoprBuildEnd,
    payloads.TestingFarm,
    payloads.TestingFarmResults,
    payloads.Installation,
]
HANDLERS = [
    tasks.run_pr_copr_build_handler,
    tasks.run_copr_build_start_handler,
    tasks.run_copr_build_end_handler,
    tasks.run_testing_farm_handler,
    tasks.run_testing_farm_results_handler,
    tasks.run_installation_handler,
]
OURS = [*HANDLERS, tasks.process_message]
QUEUES = {
    "task.steve_jobs.dispatch_message": DISPATCH,
    "task.run_pr_copr_build_handler": LONG,
    "task.run_copr_build_start_handler": SHORT,
    "task.run_copr_build_end_handler": SHORT,
    "task.run_testing_farm_handler": SHORT,
    "task.run_testing_farm_results_handler": SHORT,
    "task.run_installation_handler": SHORT,
    "task.babysit_copr_build": "celery",
}


def parameters(task: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(task.run).parameters.values())


def test_the_names_and_queues() -> None:
    assert {task.name for task in (*OURS, tasks.babysit_copr_build)} == set(QUEUES)
    for name, queue in QUEUES.items():
        assert app.amqp.router.route({}, name)["queue"].name == queue


@pytest.mark.parametrize("task", OURS, ids=lambda task: task.name)
def test_arguments_are_given_by_name(task: Any) -> None:
    *named, unknown = parameters(task)
    assert named
    assert all(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in named)
    assert unknown.kind is inspect.Parameter.VAR_KEYWORD


@pytest.mark.parametrize(
    ("task", "payload"), list(zip(HANDLERS, CLASSES, strict=True)), ids=lambda item: str(item.__name__)
)
def test_a_task_takes_the_fields_of_its_payload(task: Any, payload: type[Payload]) -> None:
    assert task.name == payload.task
    taken = {parameter.name for parameter in parameters(task)[:-1]}
    assert taken == set(inspect.signature(payload).parameters)


def test_the_babysitter_is_ours_though_legacy_has_one_too(world: Any) -> None:
    assert app.tasks["task.babysit_copr_build"].run.__module__ == "shadow.tasks"


def test_the_babysitter_is_called_as_legacy_calls_it() -> None:
    build_id, unknown = parameters(tasks.babysit_copr_build)
    assert build_id.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert unknown.kind is inspect.Parameter.VAR_KEYWORD
    assert tasks.babysit_copr_build.max_retries == 7
    assert tasks.babysit_copr_build.default_retry_delay == 180


def test_json_only() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"


def test_what_is_not_known_is_counted(world: Any) -> None:
    world.prepare({})
    name = f"{tasks.process_message.name}.priority"
    before = wire.unknown[name]
    assert tasks.process_message(event={}, priority="high") is None
    assert wire.unknown[name] == before + 1


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
