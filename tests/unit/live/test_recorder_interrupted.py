"""Does a time limit that Celery raises in the middle of our own code reach legacy, wherever it strikes?

billiard raises ``SoftTimeLimitExceeded`` from a signal's handler: after any instruction of the main thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

import tasksplit
from tasksplit.live.counters import Count
from tasksplit.worlds.sink import ACTIVE
from tests.unit.live import recorded_toy as toy
from tests.unit.live.recorded_toy import Recordings, hooks, raises

OURS = str(Path(tasksplit.__file__).parent)
Place = tuple[str, int]


def traced(run: Callable[[], Any], at: Callable[[Place], object]) -> Any:
    """Run it, and tell of each line of ours that it comes to."""

    def trace(frame: FrameType, event: str, _arg: Any) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            at((frame.f_code.co_filename[len(OURS) + 1 :], frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return run()
    finally:
        sys.settrace(before)


def lines(worker: Recordings) -> list[Place]:
    """Return each line of ours that a message comes to, once, in their order."""
    found: dict[Place, None] = {}
    traced(worker.run, found.setdefault)
    return list(found)


def struck(run: Callable[[], Any], where: Place) -> str:
    """Return what came of a time limit that strikes at a line; empty: it came out, as it should."""
    limit = SoftTimeLimitExceeded()

    def at(place: Place) -> None:
        if place == where:
            raise limit

    try:
        traced(run, at)
    except SoftTimeLimitExceeded:
        return ""
    except Exception as error:  # noqa: BLE001  # that legacy sees for our sake
        return f"became {type(error).__name__}"
    return "was swallowed"


def test_a_time_limit_reaches_legacy_wherever_it_strikes() -> None:
    wrong: list[str] = []
    with toy.recording() as worker:
        places = lines(worker)
    assert len(places) > 100
    for where in places:
        with toy.recording() as worker:
            if what := struck(worker.run, where):
                wrong.append(f"{where[0]}:{where[1]} {what}")
    assert wrong == []


def test_wherever_a_time_limit_strikes_the_next_message_is_recorded() -> None:
    wrong: list[str] = []
    with toy.recording() as worker:
        places = lines(worker)
    for where in places:
        with toy.recording() as worker:
            struck(worker.run, where)
            if ACTIVE.sink is not None:
                wrong.append(f"{where[0]}:{where[1]} left somebody who listens")
            before = len(worker.handed_over)
            assert worker.run("a") == "built a"
            if len(worker.handed_over) == before:
                wrong.append(f"{where[0]}:{where[1]} left no place for the next message")
    assert wrong == []


@pytest.mark.parametrize("place", ["view", "instance", "outcome", "failure"])
def test_a_time_limit_in_a_function_of_the_declaration_is_the_messages_own(place: str) -> None:
    with toy.recording() as worker:
        hooks[place] = raises(SoftTimeLimitExceeded())
        with pytest.raises(SoftTimeLimitExceeded):
            worker.run()
        hooks.clear()
        assert worker.run("a") == "built a"
        assert worker.counts[Count.NOT_RECORDED] == 0
