"""Is an unknown task kept as it came, up to a bound, and sent back where it was?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, signals

from tasksplit.live.noted import Noted, Tally
from tasksplit.live.parking import FROM, Parking, Unparked, parked, unpark

QUEUE = "unit.parked"


@pytest.fixture
def app() -> Iterator[Celery]:
    app = Celery("parking", broker="memory://", set_as_current=False)
    app.conf.task_default_queue = "unit.tasks"
    yield app
    with app.connection_for_write() as connection:
        for queue in (QUEUE, "unit.tasks"):
            connection.default_channel.queue_purge(queue)
    app.close()


def unknown(app: Celery, count: int, **options: Any) -> None:
    """Have a worker come across tasks that it does not know."""
    for number in range(count):
        app.send_task("new.task", kwargs={"number": number}, task_id=f"t{number}", **options)
    with app.connection_for_write() as connection:
        queue = app.amqp.queues["unit.tasks"].bind(connection.default_channel)
        while message := queue.get(no_ack=True):
            signals.task_unknown.send(sender=app, message=message, exc=KeyError(), name="new.task", id="t")


def test_it_comes_back_as_it_was(app: Celery) -> None:
    tally = Tally()
    parking = Parking(app, tally, queue=QUEUE)
    parking.install()
    try:
        unknown(app, 2, headers={"theirs": 1}, priority=4, compression="gzip")
    finally:
        parking.uninstall()
    assert (parked(app, queue=QUEUE), tally.counts) == (2, {Noted.PARKED: 2})
    assert unpark(app, {"other"}, queue=QUEUE) == Unparked(left={"new.task": 2})
    assert unpark(app, {"new.task"}, queue=QUEUE) == Unparked(sent={"new.task": 2})
    with app.connection_for_write() as connection:
        queue = app.amqp.queues["unit.tasks"].bind(connection.default_channel)
        message = queue.get(no_ack=True)
        args, kwargs, _ = message.decode()
        assert (args, kwargs, message.headers["id"], message.headers["theirs"]) == ([], {"number": 0}, "t0", 1)
        assert message.properties["priority"] == 4
        assert FROM not in message.headers
    assert parked(app, queue=QUEUE) == 0


def test_beyond_the_bound_it_is_said_that_it_is_lost(app: Celery) -> None:
    tally = Tally()
    parking = Parking(app, tally, queue=QUEUE, most=1)
    parking.install()
    try:
        unknown(app, 3)
    finally:
        parking.uninstall()
    assert tally.counts == {Noted.PARKED: 1, Noted.NOT_PARKED: 2}
    assert parked(app, queue=QUEUE) == 1


def test_where_nothing_was_ever_parked(app: Celery) -> None:
    assert (parked(app, queue="unit.none"), unpark(app, {"a"}, queue=QUEUE)) == (0, Unparked())
