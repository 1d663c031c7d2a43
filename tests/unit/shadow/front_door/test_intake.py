"""Is each event kept before it is sent, and sent once, whoever is slow or away?"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from legacy.models import utcnow
from shadow.front_door.intake import Intake
from shadow.front_door.models import EVENTS
from shadow.front_door.publishing import PublishError
from shadow.front_door.storing import EventStore, NewEvent, task_id

NEW = NewEvent(source="github", payload={"a": 1})


def run_out(door: Any) -> None:
    """Let the time pass in which only the request may send its event."""
    with door.engine.begin() as connection:
        connection.execute(update(EVENTS).values(claimed_until=utcnow() - timedelta(seconds=1)))


def statuses(door: Any) -> list[str]:
    return [row["status"] for row in door.rows()]


def test_an_event_is_kept_before_it_is_sent(door: Any) -> None:
    seen = []

    def look(event_id: str, arguments: dict[str, Any], *, before: datetime) -> None:
        seen.extend((row["id"], row["status"]) for row in door.rows())

    (accepted,) = Intake(door.store, look).accept([NEW])
    assert seen == [(accepted.event_id, "stored")]
    assert statuses(door) == ["queued"]


def test_without_a_broker_the_event_waits_for_the_sweeper(door: Any) -> None:
    door.broker.away = True
    answer = door.github({"a": 1})
    assert answer.status_code == 202
    assert statuses(door) == ["stored"]
    assert door.request("GET", answer.json()["status_url"]).json()["status"] == "stored"
    door.broker.away = False
    assert door.sweeper().sweep(10) == 0  # the request may still be at it
    run_out(door)
    assert [door.sweeper().sweep(10) for _ in range(2)] == [1, 0]
    assert door.broker.sent == [(answer.json()["event_id"], {"event": {"a": 1}})]
    assert statuses(door) == ["queued"]


def test_a_sweep_ends_where_the_broker_is_still_away(door: Any) -> None:
    door.broker.away = True
    for _ in range(3):
        door.github({"a": 1})
    run_out(door)
    assert door.sweeper().sweep(10) == 0
    assert sum(row["claimed_until"] > utcnow() for row in door.rows()) == 1  # the others were left alone
    door.broker.away = False
    assert door.sweeper().sweep(10) == 2


def test_a_sweep_takes_the_oldest_and_no_more_than_it_may(door: Any) -> None:
    door.broker.away = True
    first = [door.github({"a": number}).json()["event_id"] for number in range(3)]
    run_out(door)
    door.broker.away = False
    assert door.sweeper().sweep(2) == 2
    assert [event_id for event_id, _ in door.broker.sent] == first[:2]


def test_the_sweeper_sends_what_the_request_would_have_sent(door: Any) -> None:
    door.broker.away = True
    door.bus({"topic": "git.centos.org/a", "message": {"b": 1}, "source": "centosmsg"})
    run_out(door)
    door.broker.away = False
    door.sweeper().sweep(1)
    assert door.broker.sent[0][1] == {"event": {"b": 1}, "topic": "git.centos.org/a", "source": "centosmsg"}


def test_events_that_come_together_are_kept_together_and_a_second_delivery_is_found_among_them(door: Any) -> None:
    first, second, other = (NewEvent(source="github", payload={"a": n}, delivery=f"d-{n % 2}") for n in (0, 2, 1))
    intake = Intake(door.store, door.broker.publish)
    told = [accepted.event_id for accepted in intake.accept([first, second, other])]
    assert told[0] == told[1] != told[2]
    assert [row["payload"] for row in door.rows()] == [{"a": 0}, {"a": 1}]
    assert [event_id for event_id, _ in door.broker.sent] == [told[0], told[2]]
    assert statuses(door) == ["queued", "queued"]


def test_nobody_waits_once_for_each_event_for_a_broker_that_is_away(door: Any) -> None:
    asked = []

    def never(event_id: str, arguments: dict[str, Any], *, before: datetime) -> None:
        asked.append(event_id)
        raise PublishError("away")

    assert len(Intake(door.store, never).accept([NEW] * 10)) == 10
    assert len(asked) == 1
    assert statuses(door) == ["stored"] * 10


def test_two_sweepers_at_once_send_once(door: Any) -> None:
    door.broker.away = True
    for number in range(5):
        door.github({"a": number})
    run_out(door)
    door.broker.away = False
    together = threading.Barrier(2)

    def sweep() -> None:
        together.wait()
        door.sweeper().sweep(10)

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event_id for event_id, _ in door.broker.sent) == sorted(row["id"] for row in door.rows())


def test_of_two_who_saw_the_same_event_one_may_send_it(door: Any) -> None:
    door.broker.away = True
    door.github({"a": 1})
    run_out(door)
    (row,) = door.store.waiting(10)
    assert door.store.claim(row.id, row.claimed_until) is not None
    assert door.store.claim(row.id, row.claimed_until) is None


def test_a_worker_may_be_faster_than_the_note_that_it_is_queued(door: Any) -> None:
    (accepted,) = Intake(door.store, lambda *_, **__: None).accept([NEW])
    with door.engine.begin() as connection:
        connection.execute(update(EVENTS).values(status="done"))
    door.store.queued([accepted.event_id])
    assert statuses(door) == ["done"]


class Forgetful(EventStore):
    """Its database goes away after the event was kept."""

    def queued(self, event_ids: Sequence[str]) -> None:
        raise OperationalError("UPDATE", {}, Exception("away"))


def test_the_sender_is_told_the_truth_where_the_note_fails(door: Any) -> None:
    Intake(Forgetful(door.engine, lease=60), door.broker.publish).accept([NEW])
    assert statuses(door) == ["stored"]
    assert len(door.broker.sent) == 1


def test_the_id_of_a_task_follows_from_the_event_and_the_place() -> None:
    event_id = "6f1cbb0e-6a5c-4d57-a8f5-9a2b1b0f3a11"
    ids = {task_id(event_id), task_id(event_id, "0"), task_id(event_id, "0.0"), task_id(event_id.replace("6", "7"))}
    assert len(ids) == 4
    assert task_id(event_id) == task_id(event_id)


def test_tables_are_created_once_by_whoever_comes(door: Any) -> None:
    door.github({"a": 1})
    door.store.create_tables()
    assert len(door.rows()) == 1


@pytest.mark.parametrize("pragma", [("journal_mode", "wal"), ("busy_timeout", 30_000)])
def test_several_may_use_a_file_of_sqlite(door: Any, pragma: tuple[str, Any]) -> None:
    with door.engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma[0]}").scalar() == pragma[1]
