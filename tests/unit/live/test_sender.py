"""Is a batch a Celery message of the form that shadow workers take, and does the user's own sending see none of it?"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest
from celery import Celery, signals
from kombu.exceptions import OperationalError

from tasksplit.live.sender import TASK, Sender, shadow_queue


@pytest.fixture
def app() -> Iterator[Celery]:
    app = Celery("team", broker="memory://", set_as_current=False)
    yield app
    app.close()


@pytest.fixture
def queue() -> str:
    return f"shadow-{uuid4().hex}"


def test_a_batch_is_a_small_message_of_a_task_with_one_argument(app: Celery, queue: str) -> None:
    with closing(Sender(app, queue=queue)) as sender, app.connection_for_read() as connection:
        sender(b"\x00sealed\xff")
        message = shadow_queue(queue)(connection.default_channel).get(no_ack=True)
    (text,), kwargs, _ = message.payload
    assert (b64decode(text), kwargs) == (b"\x00sealed\xff", {})
    assert (message.headers["task"], message.headers["ignore_result"]) == (TASK, True)
    assert (message.headers["argsrepr"], message.headers["kwargsrepr"]) == ("", "")
    assert message.properties["delivery_mode"] == 2
    assert "reply_to" not in {name for name, value in message.properties.items() if value}


def test_receivers_and_producers_of_the_user_see_nothing_of_it(app: Celery, queue: str) -> None:
    seen: list[object] = []

    def receiver(sender: object = None, **_: object) -> None:
        seen.append(sender)

    published = (signals.before_task_publish, signals.after_task_publish)
    for signal in published:
        signal.connect(receiver)
    try:
        with closing(Sender(app, queue=queue)) as sender:
            sender(b"sealed")
    finally:
        for signal in published:
            signal.disconnect(receiver)
    assert seen == []
    assert (app._pool, app.amqp._producer_pool) == (None, None)


def test_a_queue_that_nobody_empties_is_not_filled_on(app: Celery, queue: str) -> None:
    with closing(Sender(app, queue=queue, most_waiting=2)) as sender:
        sender(b"1")
        sender(b"2")
        with pytest.raises(OperationalError, match=r"Found 2 batches in the queue .* Expected less than 2"):
            sender(b"3")
        with app.connection_for_read() as connection:
            shadow_queue(queue)(connection.default_channel).get(no_ack=True)
        sender(b"3")


def test_nothing_is_connected_before_the_first_batch() -> None:
    app = Celery("team", broker="redis://127.0.0.1:1", set_as_current=False)
    with closing(Sender(app)) as sender:
        with pytest.raises(OperationalError):
            sender(b"sealed")
        sender.close()
