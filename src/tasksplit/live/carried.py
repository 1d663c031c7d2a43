"""With which route did a task come, and how does it go on to every task that this one causes?

A header that is set inside a worker does not reach child tasks by itself. Whatever a task publishes while it runs, its
own retry and what Celery sends after it included, gets the header signed anew, for the id of the child.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from celery import current_task, signals

from tasksplit.errors import TasksplitError
from tasksplit.live.noted import Note, Noted
from tasksplit.live.sent import stamp
from tasksplit.model.message import Side
from tasksplit.model.route import ClaimId, Route
from tasksplit.wire.header import NAME, Headers, Unread

CLAIM = "tasksplit-claim"
"""Header of a split task that legacy handed over: message, handler and instance. It needs no signature: the id of the
task follows from them, and the pinned route stands in the store."""

# task, its id, positional and keyword arguments -> the route of a message that is just being published, if it has one
RouteOf = Callable[[str, str, tuple[Any, ...], Mapping[str, Any]], Route | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """Which tasks mean something to routes, by their names?"""

    legacy: frozenset[str]
    """Entries of legacy: each is a message, with a route of its own."""
    split: frozenset[str]
    """Entries of the split. What is sent there by somebody else never was legacy's: it has no route."""
    handlers: Mapping[str, frozenset[str]]
    """Split tasks, and the handlers of each: several may share one."""
    taken_by: Callable[[str, Mapping[str, Any]], str]
    """Whose task it is with these keyword arguments, as ``Migration.taken_by``."""


class Carried:
    """How does a route travel?"""

    def __init__(self, headers: Headers, note: Note, *, tasks: Tasks, at_publish: RouteOf | None = None) -> None:
        """``at_publish``: decides the route of a message where it is published; None: the worker does."""
        self._headers, self._note = headers, note
        self._tasks, self._at_publish = tasks, at_publish

    def install(self) -> None:
        """Listen to what this process publishes."""
        signals.before_task_publish.connect(self._published, weak=False, dispatch_uid=f"tasksplit-route-{id(self)}")

    def uninstall(self) -> None:
        """Stop listening."""
        signals.before_task_publish.disconnect(dispatch_uid=f"tasksplit-route-{id(self)}")

    def read(self, task: Any) -> Route | Unread:
        """Return the route that came with the task at work, or why there is none; what is not honoured is counted."""
        found = self._headers.read(header_of(task, NAME), str(task.request.id))
        if isinstance(found, Unread) and found is not Unread.ABSENT:
            self._note(Noted.HEADER, f"{task.name}[{task.request.id}]: {found.value}")
        return found

    def write_down(self, task: Any, route: Route) -> None:
        """Have the task at work carry this route from now on: its children, its retry, what Celery sends after it."""
        request = task.request
        signed = self.signed(route, str(request.id))
        if signed:
            request.headers = {**(request.headers or {}), NAME: signed}

    def signed(self, route: Route, carrier: str) -> str | None:
        """Return the header for a message of that id; None where none can be written, which is counted."""
        try:
            return self._headers.write(route, carrier)
        except TasksplitError as error:
            self._note(Noted.NOT_CARRIED, f"{carrier}: {error}")
            return None

    def _published(self, sender: str, *, headers: dict[str, Any], body: Any, **_rest: Any) -> None:
        try:
            self._carry(sender, headers, body)
        except Exception as error:  # noqa: BLE001  # ours: the task is sent all the same. It may quote the message
            self._note(Noted.NOT_CARRIED, f"{sender}: {type(error).__name__}")
        if (NAME in headers or CLAIM in headers) and (sender in self._tasks.split or sender in self._tasks.handlers):
            stamp(headers)

    def _carry(self, name: str, headers: dict[str, Any], body: Any) -> None:
        child = headers.get("id")
        if child is None:  # an old protocol
            return
        child = str(child)
        if isinstance(self._headers.read(headers.get(NAME), child), Route):
            return  # ours, for this child
        parent = current_task.request if current_task else None
        itself = parent is not None and str(parent.id) == child
        if not itself:
            headers.pop(NAME, None)  # copied from its parent by the user's code: it speaks for another message
        if itself or name not in self._tasks.legacy | self._tasks.split:
            route = self._of(parent)
        elif name not in self._tasks.split and self._at_publish is not None:  # of one name, either side may take it
            route = self._at_publish(name, child, tuple(body[0]), body[1])
        else:
            route = None
        if route is not None and self._legacys_own(name, body[1], route):
            route = None
        if route is not None and (signed := self.signed(route, child)):
            headers[NAME] = signed

    def _legacys_own(self, name: str, kwargs: Mapping[str, Any], route: Route) -> bool:
        """Return whether legacy's own code sends a split task of a handler that is legacy's: it is the user's own."""
        by_legacy = bool(current_task) and current_task.name in self._tasks.legacy
        handler = self._tasks.taken_by(name, kwargs) if by_legacy else ""
        return bool(handler) and route.side(handler) is Side.LEGACY

    def _of(self, request: Any) -> Route | None:
        if request is None or not request.headers:
            return None
        found = self._headers.read(request.headers.get(NAME), str(request.id))
        return found if isinstance(found, Route) else None


def header_of(task: Any, name: str) -> Any:
    """Return a header of the message that the task at work came with; None where there is none."""
    return (task.request.headers or {}).get(name)


def claim_header(wanted: ClaimId) -> dict[str, Any]:
    """Return the header that says which run a split task is."""
    return {CLAIM: [wanted.message, wanted.handler, wanted.instance]}


def claim_of(task: Any, migration: str) -> ClaimId | None:
    """Return which run the task at work is by its own header; None where it says none that fits its id."""
    told = header_of(task, CLAIM)
    match told:
        case [str(message), str(handler), str(instance)]:
            wanted = ClaimId(message=message, handler=handler, instance=instance)
            return wanted if wanted.task_id(migration) == str(task.request.id) else None
    return None
