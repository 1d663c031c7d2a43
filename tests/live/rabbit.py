"""How does a test use a RabbitMQ that others use too? With queues of its own, which it takes away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from kombu import Connection
from kombu.exceptions import OperationalError

RABBIT = os.environ.get("TASKSPLIT_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672")


@contextmanager
def queues_of_ones_own(*queues: str) -> Iterator[str]:
    """Yield the broker's URL; absent, it fails under ``CI=true`` and skips elsewhere."""
    with Connection(RABBIT, connect_timeout=3) as connection:
        try:
            connection.ensure_connection(max_retries=1, interval_start=0.1, timeout=3)
        except OperationalError as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no RabbitMQ at {connection.as_uri()}: {error}")
        try:
            yield RABBIT
        finally:
            for queue in queues:
                with suppress(*connection.channel_errors), connection.channel() as channel:
                    channel.queue_delete(queue)
                with suppress(*connection.channel_errors), connection.channel() as channel:
                    channel.exchange_delete(queue)
