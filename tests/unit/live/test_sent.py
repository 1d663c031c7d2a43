"""Is a wait what lies between sending and the first begin, and does no header whatever change anything else?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.exceptions import Reject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasksplit.live.carried import CLAIM
from tasksplit.live.sent import SENT
from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import Stage
from tasksplit.stores.claims_memory import MemoryClaimRecords
from tasksplit.wire.header import NAME
from tests.unit.live import toy
from tests.unit.live.toy import Delivered, Worker, acted, again, flags_of, hooks, sent, taken
from tests.unit.live.worked import worker

__all__ = ["worker"]  # fixture

Told = list[tuple[str, float | None]]


@pytest.fixture
def told(worker: Worker) -> Told:
    """Return what the claiming of the worker tells of waits."""
    found: Told = []
    worker.cutover.claiming.waited = lambda handler, seconds: found.append((handler, seconds))
    return found


@pytest.fixture
def task(worker: Worker, told: Told) -> Delivered:
    """Return the split task that legacy handed over."""
    worker.learn(flags_of(build=Stage.LIVE))
    worker.run(sent({"id": "m"}))
    acted.clear()
    (task,) = taken()
    return task


def test_a_task_that_legacy_hands_over_says_when_it_was_sent(worker: Worker, told: Told) -> None:
    worker.learn(flags_of(build=Stage.LIVE))
    before = time.time()
    message = sent({"id": "m"})
    worker.run(message)
    (task,) = taken()
    assert before <= task.headers[SENT] <= time.time()
    assert SENT not in message.headers  # legacy's own is as it was


def test_how_long_it_waited_is_told_once(worker: Worker, task: Delivered, told: Told) -> None:
    task.headers[SENT] -= 100.0
    assert worker.run(task)[0] == "SUCCESS"
    ((handler, seconds),) = told
    assert handler == "build"
    assert seconds is not None
    assert 100.0 <= seconds < 160.0
    worker.run(again(task))
    assert len(told) == 1


@pytest.mark.parametrize("how", ["retry", "rejected", "died"])
def test_who_begins_again_is_not_counted_again(worker: Worker, task: Delivered, told: Told, how: str) -> None:
    def fail() -> None:
        if how == "retry":
            toy.build.retry(countdown=0)
        raise Reject("later", requeue=True) if how == "rejected" else SystemExit

    hooks["split.build"] = fail
    if how == "died":
        with pytest.raises(SystemExit):
            worker.run(task)
    else:
        worker.run(task)
    hooks.clear()
    for one in taken() or [again(task)]:
        assert worker.run(one)[0] == "SUCCESS"
    assert (len(acted), len(told)) == (2, 1)


def test_one_that_was_put_back_before_it_began_has_waited_since_it_was_sent(
    worker: Worker, task: Delivered, told: Told
) -> None:
    task.headers[SENT] -= 100.0
    assert worker.run(again(task))[0] == "SUCCESS"
    ((_, seconds),) = told
    assert seconds is not None
    assert seconds >= 100.0


def test_what_the_splits_own_dispatcher_sends_is_told_too(worker: Worker, told: Told) -> None:
    worker.learn(flags_of(build=Stage.LIVE, test=Stage.LIVE, dispatch=Stage.LIVE))
    worker.run(sent({"id": "m"}))
    while waiting := taken():
        for one in waiting:
            assert worker.run(one)[0] == "SUCCESS"
    assert [handler for handler, _ in told] == [DISPATCH, "build"]
    assert all(seconds is not None and 0 <= seconds < 60 for _, seconds in told)


@pytest.mark.parametrize("written", [datetime.isoformat, lambda at: at.replace(tzinfo=None).isoformat()])
def test_a_task_with_a_countdown_waits_from_when_it_is_due(
    worker: Worker, task: Delivered, told: Told, written: Any
) -> None:
    task.headers |= {SENT: time.time() - 1000.0, "eta": written(datetime.now(UTC) - timedelta(seconds=100))}
    worker.run(task)
    ((_, seconds),) = told
    assert seconds is not None
    assert 100.0 <= seconds < 160.0


def test_a_clock_that_is_ahead_gives_less_than_nothing(worker: Worker, task: Delivered, told: Told) -> None:
    task.headers[SENT] += 3600.0
    assert worker.run(task)[0] == "SUCCESS"
    ((_, seconds),) = told
    assert seconds is not None
    assert seconds < 0


GARBAGE = st.one_of(
    st.none(), st.booleans(), st.text(max_size=5), st.binary(max_size=5), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1), st.integers(max_value=0),
    st.integers(min_value=10**11), st.just(10**400), st.sampled_from([float("nan"), float("inf"), float("-inf"), -1.5]),
)  # fmt: skip


@given(header=GARBAGE, eta=st.one_of(st.none(), st.text(max_size=5), st.integers(), st.just("0001-01-01")))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_what_cannot_be_read_is_unknown_and_the_task_acts(
    worker: Worker, told: Told, header: object, eta: object
) -> None:
    worker.records = MemoryClaimRecords()
    worker.__post_init__()
    worker.cutover.claiming.waited = lambda handler, seconds: told.append((handler, seconds))
    told.clear()
    worker.learn(flags_of(build=Stage.LIVE))
    worker.run(sent({"id": "m"}))
    (task,) = taken()
    task.headers |= {SENT: header, "eta": eta}
    assert worker.run(task)[0] == "SUCCESS"
    assert told == [("build", None)]


def without(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in headers.items() if name != SENT}


def test_a_task_without_the_header_is_unknown(worker: Worker, task: Delivered, told: Told) -> None:
    task.headers = without(task.headers)
    assert worker.run(task)[0] == "SUCCESS"
    assert told == [("build", None)]


def test_an_eta_that_nobody_can_read_does_not_count(worker: Worker, task: Delivered, told: Told) -> None:
    task.headers["eta"] = ["no", "time"]
    assert worker.run(task)[0] == "SUCCESS"
    ((_, seconds),) = told
    assert seconds is not None
    assert seconds >= 0


def test_what_carries_neither_claim_nor_route_is_not_touched(worker: Worker) -> None:
    toy.build.apply_async(kwargs={"number": "free"})
    toy.plumbing.delay()
    assert [SENT in one.headers or NAME in one.headers or CLAIM in one.headers for one in taken()] == [False, False]
