"""A worker is recorded: a task that is a class, its session handed in; replayed from that, both sides agree."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from examples.pipeline.database import DONE, EventRow, Session, Stock
from examples.pipeline.legacy.tasks import process_incoming_event
from examples.pipeline.migration import migration
from tasksplit.live.counters import Count
from tasksplit.live.recorder import Received, Recorder
from tasksplit.model.message import Side
from tasksplit.worlds.recording import Recorded
from tasksplit.worlds.sink import ACTIVE
from tests.unit.replay.replayed import running

EVENTS = {
    "ticket": {"subject": "Login", "body": "it is urgent", "sender": "a@b"},
    "order": {"lines": [{"sku": "lamp", "quantity": 2, "cents": 100}]},
    "document": {"title": "t", "html": "<p>hello there</p>"},
}


class _Counting:
    def add(self, count: Count, number: int = 1) -> None:
        assert count is not Count.FAILED, number


@contextmanager
def recording() -> Iterator[Callable[[int], Recorded]]:
    """Record a worker in this process; what is yielded runs one event on it."""
    made: list[Callable[[], bytes]] = []

    def hand_over(_size: int, make: Callable[[], bytes]) -> bool:
        made.append(make)
        return True

    recorder = Recorder(migration, hand_over=hand_over, counting=_Counting(), token_key=b"k", strict=True)
    recorder.install()

    def run(event_id: int) -> Recorded:
        received = Received(entry=migration.entries[0], id=f"task-{event_id}", payload=event_id)
        recorder.run(received, partial(process_incoming_event.run, event_id=event_id))
        recorded: Recorded = pickle.loads(made.pop()()).recorded(migration)
        return recorded

    try:
        yield run
    finally:
        recorder.uninstall()
        ACTIVE.sink = None
        ACTIVE.by_process()


def told(observations: Any) -> dict[str, Any]:
    return {o.handler: json.loads(o.content) for o in observations}


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_both_sides_replay_what_a_worker_did(session: Session, kind: str) -> None:
    session.add_all([EventRow(id=7, kind=kind, customer="c", data=EVENTS[kind]), Stock(sku="lamp", amount=9)])
    session.commit()
    with recording() as run:
        recorded = run(7)
    assert session.get_one(EventRow, 7, populate_existing=True).status == DONE
    assert recorded.message.payload == 7
    for side in Side:
        with running(side, migration, from_recordings=True) as runner:
            replayed = runner.run(recorded.message, recorded.recording)
        assert [o.undecided for o in replayed.observations] == [None] * len(replayed.observations)
        assert told(replayed.observations).keys() == told(recorded.observations).keys()
        for handler in ("index_event", "store_results"):
            now, then = (told(observed)[handler] for observed in (replayed.observations, recorded.observations))
            assert (now["inputs"], now["outcome"]) == (then["inputs"], then["outcome"])
