"""How does a batch of recordings reach the shadow workers, without a part in the user's own sending?

As a Celery message over a connection of its own: the app's pool of producers, its signals and its retries know nothing
of it, and a broker that is away is an error after a moment, not after the user's patience.
"""

# mypy: allow-untyped-calls
# (those of kombu are)

from __future__ import annotations

import os
from base64 import b64encode
from typing import Any, Final
from uuid import uuid4

from celery import Celery
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.exceptions import OperationalError
from kombu.messaging import Producer

from tasksplit.errors import sentence

TASK: Final = "tasksplit.shadow.replay"  #: takes one argument, a batch as base64
QUEUE: Final = "tasksplit.shadow"
CONNECT_SECONDS: Final = 0.2
ANSWER_SECONDS: Final = 2.0
MOST_WAITING: Final = 1000  #: batches in the queue: a broker without shadow workers must not fill up with recordings

_left_behind: Final[list[Connection]] = []


def shadow_queue(name: str = QUEUE) -> Queue:
    """Return the queue as senders and shadow workers declare it, whatever the app's defaults are."""
    return Queue(name, Exchange("", type="direct"), routing_key=name, durable=True, queue_arguments=None)


class Sender:
    """Who sends batches from this process? One thread at a time: the writer's."""

    def __init__(
        self,
        app: Celery,
        *,
        queue: str = QUEUE,
        serializer: str = "json",
        most_waiting: int = MOST_WAITING,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        """Take the team's app, whose broker it is; nothing is connected yet.

        ``most_waiting``: batches in the queue; more are refused. ``serializer``: one that the shadow workers accept.
        """
        self._app = app
        self._queue = shadow_queue(queue)
        self._serializer = serializer
        self._most_waiting = most_waiting
        self._connect_seconds = connect_seconds
        self._connection: Connection | None = None
        self._process = os.getpid()

    def __call__(self, sealed: bytes) -> None:
        """Send one batch; it is the broker's when this returns. Raises whatever the broker's library raises.

        ``OperationalError`` also where too many batches wait already.
        """
        try:
            self._publish(self._connected(), sealed)
        except BaseException:
            self.close()  # half a frame may be on it, or an answer that nobody waits for any more
            raise

    def close(self) -> None:
        """Let go of the connection; the next batch makes another."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._process == os.getpid():
            connection.collect()  # without a word to the broker, which may not answer
        else:
            _left_behind.append(connection)  # the parent's: to close our copy would shut down its socket

    def _connected(self) -> Connection:
        if self._process != os.getpid():
            self.close()
            self._process = os.getpid()
        if self._connection is None:
            theirs = self._app.connection_for_write()
            self._connection = theirs.clone(
                connect_timeout=self._connect_seconds,
                heartbeat=0,  # between two batches nobody would answer one
                transport_options={**(theirs.transport_options or {}), **self._options(theirs)},
            )
        return self._connection

    def _options(self, theirs: Connection) -> dict[str, Any]:
        others = max(0, len(theirs.alt) - 1)  # each broker of a list is tried once
        once = {
            "max_retries": others,
            "interval_start": 0,
            "connect_retries_timeout": self._connect_seconds * (1 + others),
        }
        if theirs.transport.driver_type == "amqp":
            return {
                **once,
                "confirm_publish": True,  # else a batch counts as written that no broker has
                "read_timeout": ANSWER_SECONDS,
                "write_timeout": ANSWER_SECONDS,
            }
        if theirs.transport.driver_type == "redis":
            return {
                **once,
                "socket_connect_timeout": self._connect_seconds,
                "socket_timeout": ANSWER_SECONDS,
                "retry_on_timeout": False,
                "body_encoding": None,  # text as it is: it would become base64 of base64
            }
        return once

    def _publish(self, connection: Connection, sealed: bytes) -> None:
        channel = connection.default_channel
        waiting = self._queue(channel).queue_declare().message_count
        if waiting >= self._most_waiting:
            raise OperationalError(
                sentence(
                    found=f"{waiting} batches in the queue {self._queue.name!r}",
                    expected=f"less than {self._most_waiting}: shadow workers that take them",
                    do="start 'tasksplit worker --shadow', or record a smaller share of the messages",
                )
            )
        headers, properties, body, _ = self._app.amqp.as_task_v2(
            str(uuid4()), TASK, (b64encode(sealed).decode("ascii"),), argsrepr="", kwargsrepr="", ignore_result=True
        )
        Producer(channel, auto_declare=False).publish(
            body,
            exchange="",
            routing_key=self._queue.name,
            serializer=self._serializer,
            headers=headers,
            retry=False,
            delivery_mode="persistent",
            **properties,
        )
