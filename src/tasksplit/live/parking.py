"""Where does a task go that no worker here knows? Celery drops it; we keep it in a queue until somebody knows it.

While old and new workers share a queue, an old one may get a task that only the new ones have. Celery rejects it, which
on most brokers is the end of it. The message is put into a queue of its own as it came, and sent back from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from celery import Celery, signals
from kombu.entity import Queue
from kombu.exceptions import ChannelError

from tasksplit.live.noted import Note, Noted

QUEUE = "tasksplit.parked"
MOST = 100_000  #: messages that are parked at once; beyond it something else is wrong, and a broker has its limits
FROM = "tasksplit-parked-from"
"""Header of a parked message: exchange and routing key where it was."""

_KEPT = ("correlation_id", "reply_to", "priority", "delivery_mode", "message_id", "timestamp", "type", "app_id")


Known = Callable[[str, str], bool]
"""Answers whether whoever takes from a queue knows a task: asked with the task and the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unparked:
    """What became of the parked messages?"""

    sent: Mapping[str, int] = field(default_factory=dict)
    """Task -> how many were sent back to where they came from."""
    left: Mapping[str, int] = field(default_factory=dict)
    """Task -> how many stay, because no worker knows it."""


class Parking:
    """Who keeps what nobody here knows?"""

    def __init__(self, app: Celery, note: Note, *, queue: str = QUEUE, most: int = MOST) -> None:
        self._app, self._note, self._most = app, note, most
        self._queue = queue

    def install(self) -> None:
        """Listen for unknown tasks in this worker."""
        signals.task_unknown.connect(self._unknown, weak=False, dispatch_uid=f"tasksplit-parking-{id(self)}")

    def uninstall(self) -> None:
        """Stop listening."""
        signals.task_unknown.disconnect(dispatch_uid=f"tasksplit-parking-{id(self)}")

    def _unknown(self, *, message: Any, name: str, id: str, **_rest: Any) -> None:
        try:
            kept = self._keep(message)
        except Exception as error:  # noqa: BLE001  # a worker goes on, whatever the broker says
            self._note(Noted.NOT_PARKED, f"{name}[{id}]: {type(error).__name__}: {error}")
            return
        self._note(Noted.PARKED if kept else Noted.NOT_PARKED, f"{name}[{id}]" if kept else f"{name}[{id}]: full")

    def _keep(self, message: Any) -> bool:
        with self._app.connection_for_write() as connection, connection.channel() as channel:
            if _bound(self._queue, channel).queue_declare().message_count >= self._most:
                return False
            info = message.delivery_info
            headers = {**message.headers, FROM: [info.get("exchange") or "", info.get("routing_key") or ""]}
            _publish(connection.Producer(channel), message, headers, exchange="", routing_key=self._queue)
        return True


def unpark(app: Celery, known: Collection[str] | Known, *, queue: str = QUEUE) -> Unparked:
    """Send parked messages of known tasks back to where they came from; the others stay. Each is looked at once.

    ``known``: names of tasks, as ``known_to_workers`` returns them, or who is asked with task and queue. A message is
    in both queues for a moment rather than in none. Raises ``OperationalError`` where the broker is away.
    """
    sent: Counter[str] = Counter()
    stay = []
    with app.connection_for_write() as connection, connection.channel() as channel:
        parked = _bound(queue, channel)
        producer = connection.Producer(channel)
        for _ in range(parked.queue_declare().message_count):
            message = parked.get(no_ack=False)
            if message is None:
                break
            name = str(message.headers.get("task"))
            exchange, routing_key = message.headers.get(FROM) or ["", ""]
            if not (known(name, routing_key) if callable(known) else name in known):
                stay.append((name, message))  # unacknowledged until the end: else it would be next again
                continue
            headers = {key: value for key, value in message.headers.items() if key != FROM}
            _publish(producer, message, headers, exchange=exchange, routing_key=routing_key)
            message.ack()
            sent[name] += 1
        for _, message in stay:
            message.requeue()
    return Unparked(sent=dict(sent), left=dict(Counter(name for name, _ in stay)))


def parked(app: Celery, *, queue: str = QUEUE) -> int:
    """Return how many messages are parked; 0 where there is no such queue."""
    with app.connection_for_write() as connection:
        try:
            return int(connection.default_channel.queue_declare(queue, passive=True).message_count)
        except ChannelError:
            return 0


def known_to_workers(app: Celery, *, limit: int | None = None, seconds: float = 2.0) -> frozenset[str]:
    """Return the tasks that every worker knows which answers within ``seconds``; none where none answers.

    ``limit``: how many workers there are; with it the answer comes at once. Raises what Celery raises where the broker
    is away.
    """
    told = app.control.inspect(timeout=seconds, limit=limit).registered() or {}
    names = [frozenset(str(name).partition(" ")[0] for name in found) for found in told.values()]
    return frozenset.intersection(*names) if names else frozenset()


def _bound(queue: str, channel: Any) -> Any:
    return cast("Any", Queue)(queue, durable=True).bind(channel)


def _publish(producer: Any, message: Any, headers: Mapping[str, Any], *, exchange: str, routing_key: str) -> None:
    """Publish the same bytes: nothing is decoded, since it may be what this process cannot decode."""
    properties = {name: value for name in _KEPT if (value := message.properties.get(name)) is not None}
    producer.publish(
        message.body,
        exchange=exchange,
        routing_key=routing_key,
        content_type=message.content_type,
        content_encoding=message.content_encoding,
        headers={key: value for key, value in headers.items() if key != "compression"},  # kombu has unpacked it
        **{"delivery_mode": 2, **properties},
    )
