"""Would a route send what the split's own dispatcher sends?

Where a handler is routed to the split, its task is sent from legacy's boundary, with the payload that the migration
builds from what the view gave. Here both are built for the same message and held against each other, after the wire.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celery import Celery
from kombu.serialization import dumps, loads

from tasksplit.capture.journal import Frame, Journal
from tasksplit.compare import Plan, compare, compile_rules
from tasksplit.errors import TasksplitError
from tasksplit.model.evidence import Finding
from tasksplit.model.message import Message, Side
from tasksplit.model.migration import Handler, Migration
from tasksplit.model.verdict import Difference
from tasksplit.replay.broker import Delivery
from tasksplit.replay.entries import entry_task
from tasksplit.replay.queues import queue_of
from tasksplit.wire.canonical import as_bytes, canonical, is_plain, plain
from tasksplit.worlds.sink import ACTIVE, Refused

if TYPE_CHECKING:
    from tasksplit.replay.side import Replayed

DIFFERS = "payload-differs"
_TAG = b'"__type__"'  #: kombu's mark in JSON: what carries it is something else after the wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What does the task of a handler receive, in canonical form?"""

    content: bytes
    """Its keyword arguments after the wire; on the split also its positional ones."""
    error: str = ""
    """Why there is none: what ``payload=`` or the codec raised."""
    options: bytes = b""
    """Queue, countdown, expiry and priority that it was sent with; on the split only."""
    plainly: bytes = b""
    """The same for a task of that name that is sent without a word about any of them, as a route sends it."""


class Building:
    """Which payloads would a route send? A ``Divert`` that only looks: every handler runs where it is."""

    def __init__(self, migration: Migration, built: dict[int, Payload]) -> None:
        """``built``: filled while a message runs, number of the boundary -> its payload."""
        self._app: Celery = entry_task(migration, migration.entries[0].name, Side.SPLIT).app
        self._built = built

    def __call__(self, handler: Handler, inputs: Mapping[str, Any] | None, instance: str) -> bool:  # noqa: ARG002
        """Build the payload from what the view gave; like a view it may only look."""
        journal = ACTIVE.sink
        if handler.payload is None or inputs is None or not isinstance(journal, Journal):
            return False
        journal.viewing = True
        try:
            built = Payload(content=self._after_the_wire(handler, dict(handler.payload(inputs))))
        except (Exception, Refused) as error:  # noqa: BLE001  # payload= is the user's and may raise anything
            built = Payload(content=b"", error=f"{type(error).__name__}: {error}")
        finally:
            journal.viewing = False
        self._built[journal.stack[-1].number] = built
        return False

    def _after_the_wire(self, handler: Handler, kwargs: dict[str, Any]) -> bytes:
        if is_plain(kwargs):  # no codec changes what JSON itself can tell
            content = _content([], kwargs)
            if _TAG not in content:
                return content
        task = self._app.tasks.get(handler.split)
        codec = getattr(task, "serializer", None) or self._app.conf.task_serializer
        kind, encoding, body = dumps(kwargs, codec)  # type: ignore[no-untyped-call]
        return _content([], loads(body, kind, encoding, accept={kind}))  # type: ignore[no-untyped-call]


class Posting:
    """Which payloads did the split's own dispatcher send?"""

    def __init__(self, app: Celery, sent: dict[int, Payload]) -> None:
        """``sent``: filled while a message runs, number of the boundary -> its payload."""
        self._app = app
        self._sent = sent
        self._plainly: dict[str, bytes] = {}

    def __call__(self, frame: Frame, delivery: Delivery, options: Mapping[str, Any]) -> None:
        """Note the task of a handler when it arrives, before it can change its own arguments."""
        try:
            content = _content(delivery.args, delivery.kwargs)
        except TasksplitError as error:
            self._sent[frame.number] = Payload(content=b"", error=str(error))
            return
        self._sent[frame.number] = Payload(
            content=content,
            options=canonical({**options, "queue": delivery.queue}),
            plainly=self._sent_plainly(delivery.task),
        )

    def _sent_plainly(self, name: str) -> bytes:
        if name not in self._plainly:
            task = self._app.tasks[name]
            priority = getattr(task, "priority", None)
            self._plainly[name] = canonical(
                {
                    "queue": queue_of(self._app, name) or self._app.conf.task_default_queue,
                    "countdown": None,
                    "expires": getattr(task, "expires", None),
                    "priority": self._app.conf.task_default_priority if priority is None else priority,
                }
            )
        return self._plainly[name]


def _content(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bytes:
    return canonical({"args": list(args), "payload": kwargs} if args else {"payload": kwargs})


class PayloadCheck:
    """On how many messages would a route send what the split sends, and where does it not?"""

    def __init__(self, migration: Migration) -> None:
        self._plans: Mapping[str, Plan] = {h.name: compile_rules(h.rules) for h in migration.handlers}
        self._found: dict[str, dict[str, tuple[int, str]]] = defaultdict(dict)  # handler -> text -> count, first on
        self.same: Counter[str] = Counter()
        """Handler -> how many of its payloads were equal."""
        self.touched: dict[str, Counter[str]] = defaultdict(Counter)
        """Handler -> rules that made payloads equal, with counts."""

    def message(self, message: Message, legacy: Replayed, split: Replayed) -> None:
        """Hold the payloads of one message against each other, where both sides came to the handler."""
        for name, built, sent in _couples(legacy, split):
            if built.error:
                self._note(name, f"payload= gives nothing that can be sent ({built.error})", message)
            elif not sent.error:
                self._compare(name, built, sent, message)

    def findings(self, name: str) -> tuple[Finding, ...]:
        """Return what differs of a handler, each path with the message on which it did first."""
        return tuple(
            Finding(code=DIFFERS, text=f"{text}; first on {first}{f' ({n}x)' if n > 1 else ''}", blocks=True)
            for text, (n, first) in sorted(self._found[name].items())
        )

    def _compare(self, name: str, built: Payload, sent: Payload, message: Message) -> None:
        if built.content == sent.content and sent.plainly == sent.options:
            self.same[name] += 1
            return
        try:
            found = compare(
                _whole(built.content, sent.plainly), _whole(sent.content, sent.options), self._plans[name], name
            )
        except TasksplitError as error:
            self._note(name, f"the payloads cannot be compared: {error}", message)
            return
        self.touched[name].update(found.touched)
        if found.equal:
            self.same[name] += 1
        else:
            self._note(name, _said(found.differences[0]), message)

    def _note(self, name: str, text: str, message: Message) -> None:
        count, first = self._found[name].get(text, (0, message.id))
        self._found[name][text] = (count + 1, first)


def _said(difference: Difference) -> str:
    return (
        f"a route would send something else than the split's own dispatcher: {difference.shape} ({difference.kind}); "
        "correct payload= or the dispatcher"
    )


def _whole(content: bytes, options: bytes) -> bytes:
    return as_bytes({**plain(options), **plain(content)})


def _couples(legacy: Replayed, split: Replayed) -> Iterator[tuple[str, Payload, Payload]]:
    """Yield handler, payload that was built and payload that was sent: by instance, what is left of either in order.

    Where a side is undecided, nothing can be told of what came after that.
    """
    if any(one.undecided for side in (legacy, split) for one in side.observations):
        return
    waiting: dict[str, list[tuple[str, Payload]]] = defaultdict(list)
    for number, sent in split.payloads.items():
        seen = split.observations[number]
        waiting[seen.handler].append((seen.instance, sent))
    left: list[tuple[str, Payload]] = []
    for number, built in legacy.payloads.items():
        seen = legacy.observations[number]
        place = next((i for i, (name, _) in enumerate(waiting[seen.handler]) if name == seen.instance), None)
        if place is None:
            left.append((seen.handler, built))
        else:
            yield seen.handler, built, waiting[seen.handler].pop(place)[1]
    for handler, built in left:
        if waiting[handler]:
            yield handler, built, waiting[handler].pop(0)[1]
