"""Every handler belongs to one job, whose task knows it by name and no other."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from shadow import wire
from shadow.by_job.celery_app import BABYSIT, DISPATCHER, JOB_OF, JOBS, ROUTES, app, task_of
from shadow.by_job.migration import migration
from shadow.by_job.tasks import TASKS, address, arguments
from shadow.celery_app import LONG, QUEUES, SHORT
from shadow.migration import migration as by_handler
from shadow.payloads import PagurePullRequestLabel
from tasksplit.replay import declared

OF_THE_PLAN = {
    *("propose_downstream", "copr_build", "sync_from_downstream", "production_build", "add_to_whitelist", "tests"),
    *("report_test_results", "pull_request_action", "copr_build_finished", "copr_build_started"),
}
LABEL = PagurePullRequestLabel(
    labels={"b", "a"}, pr_id=1, commit_sha="c", project_url="u", base_repo_owner=None, base_repo_name="n",
    base_repo_namespace="s",
)  # fmt: skip


def test_the_jobs_are_those_of_the_plan() -> None:
    assert set(JOBS) == OF_THE_PLAN


def test_each_handler_belongs_to_one_job() -> None:
    found = Counter(handler for handlers in JOBS.values() for handler in handlers)
    assert found == Counter(handler.name for handler in by_handler.handlers)
    assert len(JOB_OF) == 19


def test_a_payload_is_sent_to_its_job_with_the_name_of_its_handler() -> None:
    task, kwargs = address(LABEL)
    assert task == "task.run_pull_request_action_job"
    assert kwargs["handler"] == "pagure_pr_label"
    assert PagurePullRequestLabel.from_wire(json.loads(json.dumps(kwargs["payload"]))) == LABEL
    assert arguments({"payload": LABEL}) == kwargs


@pytest.mark.parametrize("handler", ["koji_build_report", "run", "__init__", ""])
def test_a_job_does_nothing_under_another_name(handler: str) -> None:
    before = wire.refused[handler]
    with pytest.raises(ValueError, match="The job copr_build has no handler"):
        TASKS["copr_build"](handler=handler, payload={})
    assert wire.refused[handler] == before + 1


def test_every_task_has_a_route_to_a_queue_of_the_workers() -> None:
    app.loader.import_default_modules()
    ours = {name for name, task in app.tasks.items() if type(task).__module__.startswith("shadow.by_job")}
    assert ours == set(ROUTES) == {DISPATCHER, BABYSIT, *map(task_of, JOBS)}
    assert set(app.amqp.queues) == set(QUEUES)
    assert (ROUTES[task_of("production_build")], ROUTES[task_of("tests")]) == (LONG, SHORT)


def test_each_handler_takes_its_own_messages_and_no_others() -> None:
    for handler in migration.handlers:
        taken = [
            other.name for other in migration.handlers
            if migration.taken_by(handler.split, {"handler": other.name}) == handler.name
        ]  # fmt: skip
        assert taken == [handler.name]
        assert migration.taken_by(handler.split, {"handler": "nobody"}) == ""


def test_handlers_are_those_of_the_split_by_handler() -> None:
    for mine, theirs in zip(migration.handlers, by_handler.handlers, strict=True):
        assert replace(mine, split=theirs.split, takes=None, payload=theirs.payload) == theirs
    assert (migration.inside, migration.name) == ((), "process_message_by_job")


def test_all_that_is_declared_is_there() -> None:
    declared.check(migration)


def test_the_dispatcher_takes_what_is_not_known(world: Any) -> None:
    world.prepare({})
    before = wire.unknown[f"{DISPATCHER}.priority"]
    app.tasks[DISPATCHER](event={}, priority="high")
    assert wire.unknown[f"{DISPATCHER}.priority"] == before + 1
