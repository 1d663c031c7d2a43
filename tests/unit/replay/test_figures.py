"""Do the figures of a design say what happened in its tasks?"""

from __future__ import annotations

import pytest

from tasksplit.model.delivered import Asked, Delivered, Ran, Trip
from tasksplit.model.design import Design
from tasksplit.replay.figures import Measured, design, spread
from tasksplit.replay.queueing import Load

ALONE = Load(rate=0.001, workers=[frozenset()] * 9, arrivals=50)
DISPATCH = Ran(handler="dispatch", began=0.0, seconds=1.0, effects=1)


def ran(handler: str, began: float = 0.0, *, effects: int = 1, changed: str = "", seconds: float = 1.0) -> Ran:
    tables = frozenset({changed} if changed else ())
    return Ran(handler=handler, began=began, seconds=seconds, effects=effects, changed=tables)


def read(table: str, at: float, handler: str = "dispatch") -> Asked:
    return Asked(what=hash(table), handler=handler, at=at, tables=frozenset({table}))


def of(*trips: Trip, load: Load = ALONE) -> Design:
    return design(Measured(name="x", path="m:x", trips=trips, passes={"build": "ids"}), load)


# one task does all: two handlers after each other, after a read at the beginning
TOGETHER: Trip = (
    Delivered(
        task="all", queue="celery", size=100, seconds=4.0, ended="SUCCESS",
        ran=(DISPATCH, ran("build", 1.0, effects=2, changed="builds"), ran("tell", 2.0, changed="builds")),
        asked=(read("builds", 0.5), read("builds", 1.5, "build")),
    ),
)  # fmt: skip
# the same as three tasks; the second one reads for itself
APART: Trip = (
    Delivered(task="in", queue="in", size=100, seconds=1.0, ran=(DISPATCH,), asked=(read("builds", 0.5),)),
    Delivered(
        task="build", queue="slow", size=40, sender=0, sent=1.0, seconds=1.0,
        ran=(ran("build", changed="builds"),), asked=(read("builds", 0.1, "build"),),
    ),
    Delivered(
        task="tell", queue="slow", size=60, sender=0, sent=1.0, seconds=1.0, ran=(ran("tell", changed="others"),)
    ),
)  # fmt: skip


def test_one_task_takes_down_what_runs_in_it_and_a_retry_repeats_it() -> None:
    found = of(TOGETHER)
    build, tell = found.handlers
    assert (build.taken_down.most, tell.taken_down.most) == (1, 1)
    assert (build.repeated_effects.most, tell.repeated_effects.most) == (1, 3)
    assert (found.behind_a_name, dict(found.tasks)) == (2, {"all": 1})
    assert found.dispatch.p50 == pytest.approx(2.0)


def test_tasks_of_their_own_fail_alone() -> None:
    found = of(APART)
    assert found.taken_down.most == 0
    assert found.repeated_effects.most == 0
    assert (found.sent.most, found.size.most, found.behind_a_name) == (3, 200, 1)
    assert dict(found.queues) == {"in": 1, "slow": 2}
    assert [one.passes for one in found.handlers] == ["ids", ""]


def test_a_read_that_the_message_had_made_before_counts_as_repeated() -> None:
    found = of(APART)
    assert (found.reads.mean, found.repeated_reads.mean) == (2, 1)
    assert [one.repeated_reads.most for one in found.handlers] == [1, 0]


def test_what_was_read_before_the_task_was_sent_is_older_than_what_the_task_reads_itself() -> None:
    build = of(APART).handlers[0]
    assert build.stale.p50 == pytest.approx(0.9)  # reads at 0.1, ends at 1.0
    passed = Delivered(
        task="b", queue="slow", size=1, sender=0, sent=1.0, seconds=1.0, ran=(ran("b", changed="builds"),)
    )
    (carried,) = of((APART[0], passed)).handlers
    assert carried.stale.p50 == pytest.approx(1.5)  # read at 0.5, sent at 1.0, ends at 2.0
    assert of(APART).handlers[1].stale.count == 0  # what it changes nobody had read


def test_a_handler_begins_after_all_that_runs_before_it_in_its_task() -> None:
    assert [one.begins.p50 for one in of(TOGETHER).handlers] == pytest.approx([1.0, 2.0])
    assert [one.begins.p50 for one in of(APART).handlers] == pytest.approx([1.0, 1.0])


def test_workers_are_as_busy_as_the_work_and_the_rate_make_them() -> None:
    assert of(TOGETHER, load=Load(rate=0.5, workers=[frozenset()] * 4, arrivals=50)).busy == pytest.approx(0.5)
    assert of(()).busy == 0


def test_a_message_that_was_lost_is_in_no_figure() -> None:
    assert of(APART, ()).messages == 1
    assert of(()).begins.p50 is None


def test_a_spread_is_by_nearest_rank() -> None:
    found = spread(float(n) for n in range(1, 101))
    assert (found.count, found.mean, found.p50, found.p95, found.p99, found.most) == (100, 50.5, 50, 95, 99, 100)
    assert spread([]).mean is None
