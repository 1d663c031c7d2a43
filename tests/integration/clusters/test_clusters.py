"""Do real workers do what Celery promises, when the process engine runs them?"""

from __future__ import annotations

import re

import pytest
from celery import group, signature
from pytest_celery import CeleryTestSetup, CeleryTestWorker

from tests.unit.testing.processes import until

SECONDS = 60
only_redis = pytest.mark.parametrize("celery_broker", ["redis"], indirect=True)


def test_it_is_there_and_runs_a_group(celery_setup: CeleryTestSetup) -> None:
    assert celery_setup.ready(control=True)
    assert [*celery_setup.app.control.ping(timeout=10, limit=1)] == [{celery_setup.worker.hostname(): {"ok": "pong"}}]
    tasks = group(signature("toy.greet", args=(name,), app=celery_setup.app) for name in ("ann", "bob", "cid"))
    assert tasks.apply_async().get(timeout=SECONDS) == [f"old greets {name}" for name in ("ann", "bob", "cid")]
    celery_setup.worker.assert_log_exists("toy.greet")


@only_redis
@pytest.mark.parametrize("pool", ["prefork", "threads", "solo", "gevent"])
def test_it_runs_in_each_pool(celery_setup: CeleryTestSetup, pool: str) -> None:
    assert celery_setup.app.send_task("toy.greet", args=("ann",)).get(timeout=SECONDS) == "old greets ann"
    words = {"threads": "thread"}
    assert re.search(rf"concurrency: \d+ \({words.get(pool, pool)}", celery_setup.worker.logs())


def test_what_a_killed_worker_held_is_delivered_again(celery_setup: CeleryTestSetup) -> None:
    result = celery_setup.app.send_task("toy.hold", args=("one",))
    until(lambda: "hold one begins" in celery_setup.worker.logs())  # a second later is half of the redelivery's time
    celery_setup.worker.kill()
    assert celery_setup.worker.container.status == "exited"
    celery_setup.worker.restart()
    assert result.get(timeout=SECONDS) == ["one", True]
    assert celery_setup.worker.logs().count("hold one begins") == 2


@only_redis
def test_a_killed_child_ends_its_task_and_not_the_worker(celery_setup: CeleryTestSetup) -> None:
    result = celery_setup.app.send_task("toy.hang")
    child = until(lambda: re.search(r"hang begins in (\d+)", celery_setup.worker.logs()))
    assert celery_setup.worker.container.exec_run(f"kill -9 {child[1]}")[0] == 0
    with pytest.raises(Exception, match="Worker exited prematurely: signal 9"):
        result.get(timeout=SECONDS)
    assert celery_setup.app.send_task("toy.greet", args=("ann",)).get(timeout=SECONDS) == "old greets ann"


@only_redis
def test_a_killed_broker_that_is_persistent_keeps_its_messages(celery_setup: CeleryTestSetup) -> None:
    celery_setup.worker.kill()
    results = [celery_setup.app.send_task("toy.greet", args=(str(number),)) for number in range(5)]
    celery_setup.broker.kill()
    celery_setup.broker.restart()
    assert celery_setup.broker.container.client.llen(celery_setup.worker.worker_queue) == 5
    celery_setup.worker.restart()
    assert [result.get(timeout=SECONDS) for result in results] == [f"old greets {number}" for number in range(5)]


def test_two_versions_of_a_worker_run_at_once(celery_setup: CeleryTestSetup, new_worker: CeleryTestWorker) -> None:
    app, new = celery_setup.app, new_worker.worker_queue
    old = app.send_task("toy.greet", args=("ann",))
    later = [app.send_task(name, args=("ann",), queue=new) for name in ("toy.greet", "toy.part")]
    assert old.get(timeout=SECONDS) == "old greets ann"
    assert [result.get(timeout=SECONDS) for result in later] == ["new greets ann, politely", "new parts with ann"]
    assert "toy.part" not in celery_setup.worker.logs()
