"""Is nothing said to be deletable while somebody may need it, and is it said when nobody does?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasksplit.live.leaving import Drain, Found, Left, to_retire, to_retire_dispatch, to_uninstall
from tasksplit.model.rollout import Stage
from tasksplit.model.route import ClaimState
from tasksplit.stores.claims_store import Counts
from tests.unit.live.toy import flags_of, migration

BUILD = migration.handler("build")
EMPTY = Drain(workers=2)
RETIRED = Found(flags=flags_of(build=Stage.RETIRED, test=Stage.LIVE), drained=EMPTY)
GONE = Found(flags=flags_of(dispatch=Stage.RETIRED, build=Stage.RETIRED, test=Stage.RETIRED), drained=EMPTY)


def held(left: tuple[Left, ...]) -> list[str]:
    """Return what holds; then nothing may be said to be deletable."""
    found = [one.text for one in left if one.holds]
    assert not found or not any("may be deleted" in one.text for one in left)
    return found


def test_what_a_retired_handler_did_may_go_and_its_name_stays_for_dispatch() -> None:
    left = to_retire(BUILD, migration, RETIRED)
    assert held(left) == []
    assert [one.text.split(":")[0] for one in left] == ["may be deleted", "keep"]
    assert [one.text.split(":")[0] for one in to_retire(BUILD, migration, GONE)] == ["may be deleted"] * 2


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (replace(RETIRED, flags=flags_of(build=Stage.CANARY)), "legacy still acts"),
        (
            replace(RETIRED, claims=Counts(unfinished={("build", ClaimState.UNKNOWN): 3})),
            "3 runs of 'build' are unknown",
        ),
        (replace(RETIRED, drained=Drain(waiting={"legacy.process": 4}, workers=1)), "legacy.process: 4 waiting and 0"),
        (replace(RETIRED, drained=Drain(taken={"legacy.process": 5}, workers=1)), "0 waiting and 5 at workers"),
        (replace(RETIRED, drained=Drain()), "no worker answered"),
        (replace(RETIRED, drained=Drain(waiting={"queue celery": 7}, workers=1)), "7 messages in the queue celery"),
    ],
)
def test_what_holds_a_handler(found: Found, words: str) -> None:
    (text,) = held(to_retire(BUILD, migration, found))
    assert words in text


def test_runs_of_others_do_not_hold_it() -> None:
    others = Counts(unfinished={("test", ClaimState.RUNNING): 3})
    assert held(to_retire(BUILD, migration, replace(RETIRED, claims=others))) == []


def test_legacy_as_a_whole() -> None:
    left = to_retire_dispatch(migration, GONE)
    assert held(left) == []
    assert any("legacy.process" in one.text for one in left)
    assert len(held(to_retire_dispatch(migration, RETIRED))) == 1  # dispatch itself
    flying = replace(GONE, drained=Drain(waiting={"legacy.process": 1}, workers=1))
    assert len(held(to_retire_dispatch(migration, flying))) == 1


@pytest.mark.parametrize("found", [GONE, Found(flags=flags_of(build=Stage.SHADOW), drained=EMPTY)])
def test_tasksplit_may_go_where_nobody_needs_routes(found: Found) -> None:
    left = to_uninstall(migration, found)
    assert held(left) == []
    assert [one.text.split(":")[0] for one in left] == ["may be deleted"] * 3


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (RETIRED, "without tasksplit legacy would act at once for 'build' (retired), 'test' (live)"),
        (replace(GONE, drained=replace(EMPTY, parked=2)), "2 messages in the queue tasksplit.parked"),
        (replace(GONE, drained=replace(EMPTY, waiting={"split.build": 2})), "split.build: 2 waiting"),
        (replace(GONE, claims=Counts(unfinished={("test", ClaimState.FREE): 1})), "1 runs of 'test' are free"),
    ],
)
def test_what_holds_tasksplit(found: Found, words: str) -> None:
    assert any(words in text for text in held(to_uninstall(migration, found)))


def test_two_applications_on_one_broker_count_a_message_once() -> None:
    one = Drain(waiting={"a": 2}, taken={"b": 1}, parked=1, workers=1)
    other = Drain(waiting={"a": 2, "c": 1}, parked=1)
    both = one.beside(other)
    assert (both.waiting, both.taken, both.parked, both.workers) == ({"a": 2, "c": 1}, {"b": 1}, 1, 1)
    assert both.of(["a", "b", "a"]) == 3
