"""How does an event get to the workers, in a bounded time?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from celery import Celery
from kombu.exceptions import LimitExceeded, OperationalError
from kombu.pools import ProducerPool

from legacy.models import utcnow
from shadow.front_door.storing import task_id

CENTOS = "centosmsg"
CONNECTIONS = 4
LONGEST_PUBLISH = 4
"""How many times `publish_seconds` may sending one event take? To wait, to connect, to ask and to send."""


class PublishError(Exception):
    """The broker did not take the event; it may be tried again."""


class Publisher:
    """Sends events to the dispatcher, on connections of its own: the workers' may wait longer for a broker.

    Connecting and sending may take `seconds` each. Without `max_retries`, kombu would connect again and again,
    and without a socket's timeout it would wait for ever for a broker that says nothing.
    """

    def __init__(self, app: Celery, *, task: str, seconds: float) -> None:
        self._app = app
        self._task = task
        self._seconds = seconds
        self._longest = timedelta(seconds=LONGEST_PUBLISH * seconds)
        options = {"socket_connect_timeout": seconds, "socket_timeout": seconds, "max_retries": 0}
        connection = app.connection_for_write(connect_timeout=seconds, transport_options=options)
        self._producers = ProducerPool(connection.Pool(CONNECTIONS), limit=CONNECTIONS)

    def publish(self, event_id: str, arguments: Mapping[str, Any], *, before: datetime) -> None:
        """Send an event to the dispatcher.

        Raises:
            PublishError: The broker did not take it, or it is too near to the moment when somebody else may send it.
        """
        try:
            with self._producers.acquire(block=True, timeout=self._seconds) as producer:
                if utcnow() + self._longest > before:
                    raise PublishError("It took too long until here; the sweeper will send it.")
                self._app.send_task(
                    self._task,
                    kwargs=arguments,
                    task_id=task_id(event_id),
                    headers={"event_id": event_id},
                    kwargsrepr="{...}",  # it is for logs of workers, and costs as much as all the rest
                    producer=producer,
                    retry=False,
                )
        except (OperationalError, LimitExceeded, OSError) as error:
            raise PublishError(f"The broker did not take it: {type(error).__name__}.") from error


def arguments(*, source: str, topic: str | None, payload: dict[str, Any]) -> dict[str, Any]:
    """Return what the dispatcher gets: only messages of the CentOS bus come with where they are from."""
    if source == CENTOS:
        return {"event": payload, "topic": topic, "source": source}
    return {"event": payload}
