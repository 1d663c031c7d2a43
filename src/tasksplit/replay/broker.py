"""How does a task that was sent reach its function, with nothing mocked and nothing leaving the process?

Celery publishes to kombu's in-memory transport and its own tracer runs the task: codec both ways, registry, signature,
retry, ignore and reject are the real ones. Which message is next, and what time it is then, is ours to choose.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from celery import Celery, signals
from celery.app.trace import build_tracer
from kombu.exceptions import OperationalError
from kombu.transport.memory import Channel

from tasksplit.worlds.steps import SeveredError, step


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What is being published, as its sender means it?"""

    task: str
    headers: Mapping[str, Any]
    properties: Mapping[str, Any]
    queue: str
    kwargs: Mapping[str, Any]
    """Before the codec."""


Publish = Callable[[Published], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What arrives at a worker, after it crossed the wire?"""

    id: str
    task: str
    args: list[Any]
    kwargs: dict[str, Any]
    embed: Mapping[str, Any]
    headers: Mapping[str, Any]
    queue: str
    size: int = 0
    """Bytes of its body, as it crossed the wire."""
    redelivered: bool = False
    """Whether it was delivered before, and not acknowledged."""
    number: int = 0
    """How many of the same id were sent before it: a task that runs twice sends what is chained to it twice."""
    error: str | None = None
    """Why it could not be decoded: a worker acknowledges such a message and loses it."""

    @property
    def name(self) -> str:
        """Return its id, or, of those that share it, one of its own."""
        return f"{self.id}#{self.number}" if self.number else self.id

    @property
    def retries(self) -> int:
        """Return how often the task was tried before."""
        return int(self.headers.get("retries") or 0)

    @property
    def later(self) -> list[str]:
        """Return the ids of tasks that Celery itself sends when this one has ended: links, chain and chord."""
        found: list[str] = []
        for name in ("callbacks", "errbacks", "chain", "chord"):
            _ids(self.embed.get(name), found)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How did one delivery end, in Celery's terms?"""

    state: str
    """``SUCCESS``, ``FAILURE``, ``RETRY``, ``IGNORED`` or ``REJECTED``."""
    value: Any  # what the task returned, or the exception: the user's


class Broker:
    """What is published in this process, and how is it run?"""

    def __init__(self, app: Celery, published: Publish) -> None:
        self.app = app
        self._published = published
        self._tracers: dict[str, Callable[..., Any]] = {}
        self._ids: list[str] = []
        self._running = ""
        self._send: Any = None  # Celery's own function, while we stand before it

    def install(self) -> None:
        """Turn the app's broker and result backend into ones of this process."""
        app = self.app
        app.conf.update(
            broker_url="memory://", broker_read_url="memory://", broker_write_url="memory://",
            broker_transport_options={}, result_backend="cache+memory://", task_always_eager=False,
            task_publish_retry=False, broker_connection_retry=False,
        )  # fmt: skip
        app.loader.import_default_modules()
        app.finalize()
        app.set_current()
        for name in ("celery.app.trace", "celery.worker", "celery.redirected"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # the user's exceptions are observations here
        signals.before_task_publish.connect(self._before, weak=False, dispatch_uid=f"tasksplit-{id(self)}")

    def uninstall(self) -> None:
        """Stop listening to what is published."""
        if self._send is not None:
            self.app.amqp.send_task_message = self._send
            self._send = None
        signals.before_task_publish.disconnect(self._before, dispatch_uid=f"tasksplit-{id(self)}")

    def listen(self) -> None:
        """Make each task that is sent a step of the one that sends it; its own retry is none. Once."""
        if self._send is not None:
            return
        send = self._send = self.app.amqp.send_task_message

        def sent(producer: Any, name: str, message: Any, *args: Any, **options: Any) -> Any:
            if str(message.headers["id"]) == self._running:
                return send(producer, name, message, *args, **options)
            try:
                return step(f"sending {name}", lambda: send(producer, name, message, *args, **options))
            except SeveredError as error:  # as kombu says it
                raise OperationalError(str(error)) from error

        self.app.amqp.send_task_message = sent

    def late(self, task: str) -> bool:
        """Return whether the task is acknowledged only after it ran: else a worker that is killed loses it."""
        return bool(self.app.tasks[task].acks_late)

    def knows(self, task: str) -> bool:
        """Return whether a worker of this app would run that task."""
        return task in self.app.tasks

    def clear(self) -> None:
        """Forget what is still in the queues."""
        self._ids = []
        for queue in Channel.queues.values():
            queue.queue.clear()

    def send(self, task: str, kwargs: Mapping[str, Any], task_id: str) -> None:
        """Publish the message that starts a trip."""
        self.app.send_task(task, kwargs=dict(kwargs), task_id=task_id, argsrepr="", kwargsrepr="")

    def drain(self) -> list[Delivery]:
        """Return what was published since the last call, in the order of publishing."""
        found: dict[str, list[Delivery]] = {}
        channel = self.app.pool.acquire(block=True)
        try:
            for name, queue in list(Channel.queues.items()):
                while queue.qsize():
                    message = channel.default_channel.basic_get(name, no_ack=True)
                    if message is not None:
                        delivery = _decoded(message, name)
                        found.setdefault(delivery.id, []).append(delivery)
        finally:
            channel.release()
        order, self._ids = self._ids, []
        sorted_ = [found[i].pop(0) for i in order if found.get(i)]
        return sorted_ + [d for rest in found.values() for d in rest]

    def run(self, delivery: Delivery) -> Ended:
        """Run one delivery by Celery's own tracer; what is not an Exception passes through."""
        tracer = self._tracers.get(delivery.task)
        if tracer is None:
            task = self.app.tasks[delivery.task]
            tracer = self._tracers[delivery.task] = build_tracer(
                delivery.task, task, loader=self.app.loader, hostname="replay@tasksplit", app=self.app
            )
        request = {
            **delivery.headers,
            "callbacks": delivery.embed.get("callbacks"), "errbacks": delivery.embed.get("errbacks"),
            "chain": delivery.embed.get("chain"), "chord": delivery.embed.get("chord"), "args": delivery.args,
            "kwargs": delivery.kwargs, "hostname": "replay@tasksplit", "is_eager": False, "called_directly": False,
            "delivery_info": {
                "exchange": "", "routing_key": delivery.queue, "priority": None, "redelivered": delivery.redelivered,
            },
        }  # fmt: skip
        self._running = delivery.id
        value, info, _runtime, _text = tracer(delivery.id, delivery.args, delivery.kwargs, request)
        if info is None:
            return Ended(state="SUCCESS", value=value)
        return Ended(state=info.state, value=info.retval)

    def _before(
        self,
        sender: str,
        *,
        headers: Mapping[str, Any],
        properties: Mapping[str, Any],
        routing_key: str,
        body: Any,
        **_rest: Any,
    ) -> None:
        self._ids.append(str(headers["id"]))
        kwargs = body[1]  # args, kwargs, embed: the one protocol that Celery still writes by default
        self._published(
            Published(task=sender, headers=headers, properties=properties, queue=routing_key, kwargs=kwargs)
        )


def _decoded(message: Any, queue: str) -> Delivery:
    headers = dict(message.headers or {})
    known: dict[str, Any] = {
        "id": str(headers.get("id")), "task": str(headers.get("task")), "headers": headers, "queue": queue,
        "size": len(message.body or b""),
    }  # fmt: skip
    try:
        args, kwargs, embed = message.decode()
    except Exception as error:  # noqa: BLE001  # whatever the codec raises, a worker would lose the message
        return Delivery(args=[], kwargs={}, embed={}, error=f"{type(error).__name__}: {error}", **known)
    for name in ("callbacks", "errbacks"):
        _give_ids((embed or {}).get(name), f"{known['id']}.{name}")
    return Delivery(args=list(args), kwargs=dict(kwargs), embed=embed or {}, **known)


def _give_ids(links: Any, name: str) -> None:
    """Give an id to each link that has none, so that what Celery sends is known for what its sender asked for."""
    for place, link in enumerate(links if isinstance(links, list) else ()):
        if isinstance(link, dict):
            options = link["options"] = dict(link.get("options") or {})
            options.setdefault("task_id", f"{name}.{place}")


def _ids(signature: Any, found: list[str]) -> None:
    if isinstance(signature, list | tuple):
        for one in signature:
            _ids(one, found)
    elif isinstance(signature, Mapping):
        task_id = (signature.get("options") or {}).get("task_id")
        if task_id:
            found.append(str(task_id))
        kwargs = signature.get("kwargs") or {}
        for name in ("tasks", "header", "body"):
            _ids(kwargs.get(name), found)
