"""Is it said when a team's Celery would lose a message, run it twice, or hand a wrong result on?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from celery import Celery

from tasksplit.live.checks import (
    AppSettings,
    TaskSettings,
    findings,
    flags_findings,
    settings_of,
    store_findings,
)
from tasksplit.model.rollout import Stage
from tasksplit.rollout import Structure
from tests.unit.live import toy
from tests.unit.live.toy import flags_of

GOOD = TaskSettings(name="legacy", acks_late=True, retry_on_lost=True, max_retries=3, retry_delay=0.0, time_limit=60.0)
REDIS = AppSettings(broker="redis", visibility_timeout=300.0, restore_interval=1.0, restore_throttle=1.0, tasks=[GOOD])


def codes(settings: AppSettings) -> list[tuple[str, bool]]:
    return [(found.code, found.blocks) for found in findings(settings)]


def test_nothing_is_said_where_nothing_is_wrong() -> None:
    assert findings(REDIS) == ()
    assert findings(replace(REDIS, broker="amqp", visibility_timeout=1.0, restore_throttle=100.0)) == ()


@pytest.mark.parametrize(
    ("change", "code", "blocks"),
    [
        ({"acks_late": False}, "acks-early", True),
        ({"retry_on_lost": False}, "lost-worker", True),
        ({"retry_on_lost": False, "reject_on_lost": True}, "lost-worker-unbounded", False),
        ({"max_retries": None}, "lost-worker-unbounded", False),
        ({"max_retries": 1000}, "lost-worker-unbounded", False),
        ({"retry_delay": 180.0}, "lost-worker-slow", False),
        ({"time_limit": None}, "no-time-limit", False),
        ({"time_limit": 300.0}, "visibility-timeout", True),
        ({"keeps_result": True}, "result-read", True),
    ],
)
def test_each_way_to_lose_or_double_a_message_is_named(change: dict[str, Any], code: str, blocks: bool) -> None:
    found = codes(replace(REDIS, tasks=[replace(GOOD, **change)]))
    assert found == [(code, blocks)]


def test_a_declared_result_may_be_read() -> None:
    assert codes(replace(REDIS, tasks=[replace(GOOD, keeps_result=True)], result_declared=True)) == []


def test_a_slow_redelivery_is_said() -> None:
    assert codes(replace(REDIS, restore_interval=10.0, restore_throttle=10.0)) == [("redelivery-slow", False)]


def test_what_blocks_is_said_first() -> None:
    bad = replace(GOOD, time_limit=None, acks_late=False)
    assert [found.blocks for found in findings(replace(REDIS, tasks=[bad]))] == [True, False]


def test_settings_are_read_as_celery_resolves_them() -> None:
    app = Celery("checks", broker="redis://127.0.0.1:1/0", set_as_current=False)
    app.conf.update(
        broker_transport_options={"visibility_timeout": 20, "unacked_restore_interval": 2},
        task_retry_on_worker_lost=True,
        task_time_limit=7,
        task_ignore_result=False,
        result_backend="cache+memory://",
    )
    found = settings_of(app, toy.migration)
    assert (found.broker, found.visibility_timeout, found.restore_interval) == ("redis", 20.0, 2.0)
    (task,) = found.tasks
    assert (task.name, task.acks_late, task.max_retries) == ("legacy.process", True, 5)
    app.close()


def test_flags_that_are_not_closed_and_stores_that_forget_are_said() -> None:
    structure = Structure.of(toy.migration)
    (found,) = flags_findings(flags_of(dispatch=Stage.LIVE, build=Stage.LIVE), structure)
    assert "'test' (off) while 'dispatch' (live)" in found.text
    assert not found.blocks
    assert flags_findings(flags_of(build=Stage.LIVE), structure) == ()
    assert [f.text for f in store_findings(["one.", "one.", "two."])] == ["one.", "two."]
