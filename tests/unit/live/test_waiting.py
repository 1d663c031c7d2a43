"""Does a message wait without an act, a count or a hot loop?"""

from __future__ import annotations

from typing import Any

import pytest
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded
from kombu.exceptions import OperationalError

from tasksplit.errors import StoreError
from tasksplit.live.noted import Noted, Tally
from tasksplit.live.waiting import Later, Waiting
from tests.unit.live import toy
from tests.unit.live.toy import Worker, hooks, taken
from tests.unit.live.worked import worker

__all__ = ["worker"]  # fixture


def waiting(sleeps: list[float], tally: Tally | None = None) -> Waiting:
    return Waiting(
        tally or Tally(), patience=10.0, pause=1.0, sleep=sleeps.append, monotonic=lambda: float(sum(sleeps))
    )


def ask(task: Any, error: Exception) -> list[float]:
    def question() -> None:
        raise error

    sleeps: list[float] = []
    with pytest.raises(Later):
        waiting(sleeps).ask(task, question)
    return sleeps


def test_it_asks_again_for_as_long_as_it_may(worker: Worker) -> None:
    assert sum(ask(toy.process, StoreError("away"))) == 10.0


@pytest.mark.parametrize(("limits", "seconds"), [((8, None), 4), ((None, 6), 3), ((100, 2), 1)])
def test_it_never_waits_into_its_time_limits(worker: Worker, limits: Any, seconds: int) -> None:
    toy.process.push_request(timelimit=limits)
    try:
        assert sum(ask(toy.process, StoreError("away"))) == seconds
    finally:
        toy.process.pop_request()


def test_a_soft_time_limit_ends_the_waiting_and_not_the_message(worker: Worker) -> None:
    assert ask(toy.process, SoftTimeLimitExceeded()) == []


def test_any_other_error_is_no_reason_to_wait(worker: Worker) -> None:
    def question() -> None:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        waiting([]).ask(toy.process, question)


def test_with_late_acknowledgement_the_broker_takes_it_back(worker: Worker) -> None:
    tally = Tally()
    with pytest.raises(Reject) as put:
        waiting([], tally).put_back(toy.process, "why")
    assert (put.value.requeue, tally.counts) == (True, {Noted.LATER: 1})


def test_without_it_the_same_message_is_sent_again_and_not_counted_as_a_retry(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toy.process, "acks_late", False)
    event = {"id": "m"}
    failures = [OperationalError("away"), OperationalError("away")]

    def away() -> None:
        if failures:
            raise failures.pop()

    hooks["publish legacy.process"] = away
    toy.process.push_request(id="m", retries=3, args=[], kwargs={"event": event}, called_directly=False)
    sleeps: list[float] = []
    try:
        with pytest.raises(Ignore):
            waiting(sleeps).put_back(toy.process, "why")
    finally:
        toy.process.pop_request()
    (one,) = taken()
    assert (one.headers["id"], one.headers["retries"], one.kwargs, len(sleeps)) == ("m", 3, {"event": event}, 2)
    assert one.headers["eta"]
