"""Whose seconds they were: nothing is counted twice, and what is nobody's is ours."""

from __future__ import annotations

import pytest

from tasksplit.model.observation import DISPATCH
from tasksplit.model.review import Times
from tasksplit.replay.side import Replayed
from tasksplit.replay.spent import Spent
from tests.unit.pair.observed import seen


def side(seconds: float, *durations: tuple[str, float]) -> Replayed:
    observations = tuple(seen(handler, duration=duration) for handler, duration in durations)
    return Replayed(message="m", observations=observations, seconds=seconds)


def test_legacy_runs_its_handlers_inside_the_task_and_the_split_as_tasks_of_their_own() -> None:
    spent = Spent()
    legacy = side(1.0, (DISPATCH, 0.6), ("a", 0.4), ("b", 0.1))
    split = side(2.0, (DISPATCH, 0.1), ("a", 0.5), ("b", 0.2))
    spent.add(legacy, split)
    assert spent.summed() == Times(legacy=0.6, split=pytest.approx(0.8), tasksplit=pytest.approx(1.6))
    spent.add(legacy, split)
    assert spent.summed().share == pytest.approx(3.2 / 6.0)


def test_a_side_takes_no_longer_than_its_replay() -> None:
    spent = Spent()
    spent.add(side(0.5, (DISPATCH, 0.6)), side(0.5, ("a", 0.4), ("b", 0.4)))
    assert spent.summed() == Times(legacy=0.5, split=0.5, tasksplit=0.0)


def test_without_messages_nothing_was_spent() -> None:
    assert Spent().summed() == Times()
    assert Spent().summed().share is None
