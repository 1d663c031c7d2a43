"""Do simulated queues behave as queues do?"""

from __future__ import annotations

from statistics import mean

import pytest

from tasksplit.model.delivered import Delivered, Trip
from tasksplit.replay.queueing import Load, play, rate_for


def delivered(task: str = "t", *, seconds: float = 1.0, sender: int | None = None, **rest: object) -> Delivered:
    known: dict[str, object] = {"queue": "celery", "size": 10} | rest
    return Delivered(task=task, seconds=seconds, sender=sender, **known)  # type: ignore[arg-type]


def begins(trips: list[Trip], load: Load, place: int = 0) -> list[float]:
    return [played.began[place] for played in play(trips, load)]


def test_one_worker_with_equal_tasks_waits_as_theory_says() -> None:
    # Pollaczek-Khinchine for constant service of one second at 70 %: 0.7 / (2 * (1 - 0.7))
    found = mean(begins([(delivered(),)], Load(rate=0.7, arrivals=60_000)))
    assert found == pytest.approx(0.7 / 0.6, rel=0.08)


def test_nobody_waits_where_there_are_workers_enough() -> None:
    assert max(begins([(delivered(),)], Load(rate=0.01, workers=[frozenset()] * 20, arrivals=500))) == 0


def test_a_task_comes_after_it_was_sent_and_its_countdown() -> None:
    trip = (delivered(seconds=2.0), delivered("later", sender=0, sent=1.5, countdown=10.0))
    found = begins([trip], Load(rate=0.001, workers=[frozenset()] * 9, arrivals=200), place=1)
    assert found == pytest.approx([11.5] * len(found))


def test_a_worker_takes_the_queues_that_it_consumes_alone() -> None:
    trip = (delivered(queue="fast"), delivered(queue="slow", sender=0, sent=1.0, seconds=9.0))
    quiet = Load(rate=0.05, workers=[frozenset({"fast"}), frozenset({"slow"})], arrivals=3_000)
    shared = Load(rate=0.05, workers=[frozenset()], arrivals=3_000)
    assert mean(begins([trip], quiet)) < mean(begins([trip], shared)) / 10


def test_the_same_seed_gives_the_same_and_calls_take_their_time() -> None:
    trips: list[Trip] = [(delivered(seconds=0.1, calls=3),)]
    load = Load(rate=1.0, arrivals=400, seed=7)
    assert list(play(trips, load)) == list(play(trips, load))
    slow = Load(rate=1.0, arrivals=400, seed=7, call_seconds=0.2)
    assert slow.seconds(trips[0][0]) == pytest.approx(0.7)
    assert mean(begins(trips, slow)) > mean(begins(trips, load))


def test_the_rate_keeps_the_workers_as_busy_as_asked() -> None:
    trips: list[Trip] = [(delivered(seconds=2.0),), (delivered(seconds=1.0), delivered(seconds=1.0, sender=0))]
    assert rate_for(trips, 4, 0.5, Load(rate=1.0)) == pytest.approx(1.0)
