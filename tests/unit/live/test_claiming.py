"""Does a split task act once, on its own side only, and does the store learn how it ended?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.exceptions import Ignore, Reject

from tasksplit.live.claiming import how_ended
from tasksplit.live.noted import Noted
from tasksplit.model.message import Side
from tasksplit.model.rollout import Stage
from tasksplit.model.route import ClaimId, ClaimState, Route
from tasksplit.rollout.claims import Asked
from tasksplit.stores.claims_memory import MemoryClaimRecords
from tasksplit.wire.header import NAME
from tests.unit.live import toy
from tests.unit.live.toy import Delivered, Worker, acted, again, flags_of, hooks, sent, taken
from tests.unit.live.worked import worker

__all__ = ["worker"]  # fixture

BUILD = ClaimId(message="m", handler="build")


@pytest.fixture
def task(worker: Worker) -> Delivered:
    """Return the split task that legacy handed over."""
    worker.learn(flags_of(build=Stage.LIVE))
    worker.run(sent({"id": "m"}))
    acted.clear()
    (task,) = taken()
    return task


def state(worker: Worker) -> ClaimState:
    return next(c.state for c in worker.claims.claims("m") if c.id.handler == "build")


def test_a_task_that_is_delivered_again_when_it_is_done_does_not_act_again(worker: Worker, task: Delivered) -> None:
    assert worker.run(task)[0] == "SUCCESS"
    assert worker.run(again(task))[0] == "IGNORED"
    assert (acted, worker.count(Noted.ALREADY_DONE)) == ([("split", "build", "m")], 1)


def _raises(error: BaseException) -> Callable[[], None]:
    def hook() -> None:
        raise error

    return hook


@pytest.mark.parametrize(
    ("hook", "ended", "after"),
    [
        (_raises(ValueError("no")), "FAILURE", ClaimState.DONE),
        (_raises(Ignore()), "IGNORED", ClaimState.DONE),
        (_raises(Reject("no")), "REJECTED", ClaimState.DONE),
        (_raises(Reject("later", requeue=True)), "REJECTED", ClaimState.FREE),
        (lambda: toy.build.retry(countdown=0), "RETRY", ClaimState.FREE),
    ],
)
def test_how_it_ended_is_told(worker: Worker, task: Delivered, hook: Any, ended: str, after: ClaimState) -> None:
    hooks["split.build"] = hook
    assert worker.run(task)[0] == ended
    assert state(worker) is after
    hooks.clear()
    for one in taken():  # its retry
        assert worker.run(one)[0] == "SUCCESS"
        assert (len(acted), state(worker)) == (2, ClaimState.DONE)


def test_a_death_leaves_unknown_and_the_same_side_runs_it_again(worker: Worker, task: Delivered) -> None:
    hooks["split.build"] = _raises(SystemExit())
    with pytest.raises(SystemExit):
        worker.run(task)
    assert state(worker) is ClaimState.UNKNOWN
    hooks.clear()
    assert worker.run(again(task))[0] == "SUCCESS"
    assert state(worker) is ClaimState.DONE


def test_where_a_person_is_to_look_it_does_not_run_again(worker: Worker, task: Delivered) -> None:
    worker.settings = {"again": False}
    worker.anew()
    hooks["split.build"] = _raises(SystemExit())
    with pytest.raises(SystemExit):
        worker.run(task)
    hooks.clear()
    ended, error = worker.run(again(task))
    assert (ended, error.requeue, len(acted)) == ("REJECTED", False, 1)
    assert worker.count(Noted.STOPPED) == 1


def test_one_that_is_at_work_elsewhere_is_waited_for(worker: Worker, task: Delivered) -> None:
    elsewhere = Asked(id=BUILD, side=Side.SPLIT, holder="elsewhere", lease=timedelta(hours=1))
    assert worker.claims.claim(elsewhere).granted
    ended, error = worker.run(task)
    assert (ended, error.requeue, acted) == ("REJECTED", True, [])
    worker.on_sleep = lambda: worker.claims.finish(BUILD, "elsewhere") and None
    assert worker.run(again(task))[0] == "IGNORED"
    assert acted == []


def test_a_lease_that_ran_out_is_taken_over(worker: Worker, task: Delivered) -> None:
    worker.claims.claim(Asked(id=BUILD, side=Side.SPLIT, holder="dead", lease=timedelta(0)))
    assert worker.run(again(task))[0] == "SUCCESS"
    assert acted == [("split", "build", "m")]


def test_one_without_a_header_is_the_users_own(worker: Worker) -> None:
    toy.build.apply_async(kwargs={"number": "free"})
    (one,) = taken()
    assert worker.run(one)[0] == "SUCCESS"
    assert worker.run(one)[0] == "SUCCESS"
    assert len(acted) == 2
    assert worker.claims.claims("free") == ()


def test_with_a_header_that_is_not_ours_it_is_still_the_run_that_its_id_says(worker: Worker, task: Delivered) -> None:
    task.headers[NAME] = "garbled"
    assert worker.run(task)[0] == "SUCCESS"
    assert worker.run(again(task))[0] == "IGNORED"
    assert worker.count(Noted.HEADER) == 2


def test_a_claim_that_was_copied_to_another_task_is_no_claim(worker: Worker, task: Delivered) -> None:
    task.headers["id"] = "another"
    assert worker.run(task)[0] == "SUCCESS"
    assert worker.count(Noted.OWN) == 1
    assert state(worker) is ClaimState.FREE


def test_where_the_store_forgot_everything_the_route_of_the_header_is_pinned_again(
    worker: Worker, task: Delivered
) -> None:
    worker.records = MemoryClaimRecords()
    worker.__post_init__()
    assert worker.run(task)[0] == "SUCCESS"
    pinned = worker.claims.pinned("m")
    assert pinned is not None
    assert pinned.split == {"build"}
    assert worker.run(again(task))[0] == "IGNORED"


def test_what_is_legacys_is_not_acted_on(worker: Worker, task: Delivered) -> None:
    worker.claims.abort("m", {})
    assert worker.run(task)[0] == "IGNORED"
    assert (acted, worker.count(Noted.OTHER_SIDE)) == ([], 1)


def test_the_route_goes_on_through_tasks_that_know_nothing_of_it(worker: Worker, task: Delivered) -> None:
    hooks["split.build"] = lambda: toy.plumbing.delay() and None
    hooks["plumbing"] = lambda: toy.test_.delay(number="m", chroot="z") and None
    worker.claims.abort("m", {})  # nothing of it: what counts is what was pinned when it was sent
    route = Route(message="n", split=frozenset({"build", "test"}), decided_at=datetime.now(UTC))
    worker.claims.pin(route)
    toy.build.apply_async(kwargs={"number": "n"}, task_id="t", headers={NAME: worker.headers.write(route, "t")})
    order = []
    while waiting := taken():
        for one in waiting:
            assert worker.headers.read(one.headers[NAME], one.headers["id"]) == route
            order.append((one.task, worker.run(one)[0]))
    assert order == [("split.build", "SUCCESS"), ("plumbing", "SUCCESS"), ("split.test", "SUCCESS")]
    assert [c.id.handler for c in worker.claims.claims("n")] == ["build", "test"]


def test_a_header_that_the_users_code_copies_does_not_speak_for_the_child(worker: Worker, task: Delivered) -> None:
    copied = task.headers[NAME]
    hooks["plumbing"] = lambda: toy.build.apply_async((1,), headers={NAME: copied}) and None
    toy.plumbing.delay()
    worker.run(taken()[0])
    assert NAME not in taken()[0].headers


def test_what_legacys_own_code_sends_is_the_users_own(worker: Worker) -> None:
    worker.learn(flags_of(test=Stage.LIVE))
    hooks["legacy"] = lambda: toy.build.delay(number="own") and None
    worker.run(sent({"id": "m"}))
    headers = {one.task: one.headers.get(NAME) for one in taken()}
    assert headers["split.build"] is None
    assert headers["split.test"] is not None


def test_what_ended_in_no_known_way_is_unknown() -> None:
    assert how_ended(None) is how_ended(ValueError()) is how_ended(Ignore()) is ClaimState.DONE
    assert how_ended(KeyboardInterrupt()) is ClaimState.UNKNOWN
