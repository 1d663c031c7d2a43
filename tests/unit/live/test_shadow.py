"""Is a shadow worker a worker of its own, on the team's broker and with none of its tasks?"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from celery import Celery
from celery.app.trace import build_tracer

from tasksplit.live.sender import QUEUE, TASK
from tasksplit.live.shadow import shadow_app
from tests.unit.live import toy


@pytest.fixture
def theirs() -> Celery:
    app = Celery("team", broker="amqp://team@broker//", backend="redis://results", set_as_current=False)
    app.conf.update(
        broker_transport_options={"visibility_timeout": 3600}, broker_heartbeat=7, task_serializer="yaml",
        task_default_queue="theirs", task_always_eager=True, task_routes={"*": "elsewhere"}, imports=["no.such.module"],
        worker_prefetch_multiplier=64, task_default_priority=9, result_backend="redis://results",
    )  # fmt: skip

    @app.task(name="team.own", shared=False)
    def process() -> None:
        """Never run here."""

    return app


def test_it_takes_batches_from_the_teams_broker_and_knows_nothing_else_of_the_team(theirs: Celery) -> None:
    app = shadow_app(theirs, lambda batch: None)
    assert app.conf.broker_url == "amqp://team@broker//"
    assert (app.conf.broker_transport_options, app.conf.broker_heartbeat) == ({"visibility_timeout": 3600}, 7)
    assert (app.conf.result_backend, app.conf.task_routes, app.conf.task_always_eager) == (None, None, False)
    assert (tuple(app.conf.imports), app.conf.task_default_priority) == ((), None)
    assert [queue.name for queue in app.conf.task_queues] == [QUEUE]
    assert (app.conf.task_default_queue, app.conf.task_create_missing_queues) == (QUEUE, False)
    assert (app.conf.accept_content, app.conf.worker_prefetch_multiplier) == (["json"], 1)
    assert [name for name in app.tasks if not name.startswith("celery.")] == [TASK]
    assert TASK not in theirs.tasks


def test_tasks_that_celery_shares_among_all_applications_of_a_process_are_not_run_by_it(theirs: Celery) -> None:
    assert toy.process.name in theirs.tasks
    assert toy.process.name not in shadow_app(theirs, lambda batch: None).tasks


def delivered(app: Celery, *args: Any) -> tuple[str, Any]:
    """Run the task as a worker does; return its state and what it gave."""
    request = {"id": "1", "args": args, "kwargs": {}, "is_eager": False, "called_directly": False, "delivery_info": {}}
    value, failed, _, _ = build_tracer(TASK, app.tasks[TASK], app=app)("1", args, {}, request)
    return ("SUCCESS", value) if failed is None else (failed.state, failed.retval)


def test_a_batch_is_what_was_sealed(theirs: Celery) -> None:
    took: list[bytes] = []
    app = shadow_app(theirs, took.append)
    assert delivered(app, b64encode(b"\x00sealed\xff").decode()) == ("SUCCESS", None)
    assert took == [b"\x00sealed\xff"]


@pytest.mark.parametrize("batch", ["é", "abc", 5, None])
def test_what_is_no_batch_is_taken_as_an_empty_one_so_that_it_is_counted(theirs: Celery, batch: Any) -> None:
    took: list[bytes] = []
    assert delivered(shadow_app(theirs, took.append), batch) == ("SUCCESS", None)
    assert took == [b""]


def test_another_queue_may_be_named(theirs: Celery) -> None:
    assert [queue.name for queue in shadow_app(theirs, lambda batch: None, queue="other").conf.task_queues] == ["other"]


def test_it_is_acknowledged_when_it_is_done_and_leaves_no_result(theirs: Celery) -> None:
    task = shadow_app(theirs, lambda batch: None).tasks[TASK]
    assert (task.acks_late, task.ignore_result) == (True, True)
