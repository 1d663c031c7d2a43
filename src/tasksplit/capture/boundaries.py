"""Where does a handler begin and end, on either side?"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from tasksplit.capture.journal import Divert, Frame, Journal, raised, returned
from tasksplit.capture.trace import Reads, Tracer, unread
from tasksplit.model.message import Side
from tasksplit.model.migration import Handler, Migration
from tasksplit.wire.canonical import canonical
from tasksplit.worlds.arguments import by_name
from tasksplit.worlds.references import hook, resolve
from tasksplit.worlds.sink import ACTIVE, Missed, Refused, Undo


class Boundaries:
    """Which calls of the user's code are the boundaries of handlers?"""

    def __init__(self, migration: Migration, side: Side, tracer: Tracer | None = None) -> None:
        self._handlers: Sequence[Handler] = migration.handlers
        self._side = side
        self._tracer = tracer
        self._undo: list[Undo] = []
        self.unread: dict[str, set[str]] = {}
        """Handler -> attributes that legacy read and its view does not carry."""
        self.untraced: set[str] = set()
        """Handlers whose inputs are no objects of the project: nothing can be told of what they read."""
        self.divert: Divert | None = None
        """Set while legacy is replayed without a handler; on a worker each message has its own, see ``Journal``."""

    def install(self) -> None:
        """Stand before every handler of this side."""
        for handler in self._handlers:
            path = handler.legacy if self._side is Side.LEGACY else handler.implementation
            around = self._legacy(handler) if self._side is Side.LEGACY else self._implementation(handler)
            self._undo.append(hook(path, around))

    def uninstall(self) -> None:
        """Let the calls through again."""
        for undo in reversed(self._undo):
            undo()
        self._undo = []

    def _legacy(self, handler: Handler) -> Callable[..., Any]:
        bind = _binder(handler.legacy)

        def around(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            journal = ACTIVE.sink
            if not isinstance(journal, Journal) or not journal.stack:
                return original(*args, **kwargs)
            parent = journal.stack[-1]
            frame = journal.open(handler.name, parent=parent)
            subject = bind(args, kwargs)
            inputs, seen = self._seen(journal, handler, frame, subject)
            journal.started(parent, frame)
            divert = journal.divert or self.divert
            if divert is not None and divert(handler, inputs, frame.instance):
                journal.diverted = True
                return _run(journal, frame, lambda: copy.deepcopy(handler.skipped))  # legacy may change what it gets
            return _run(
                journal, frame, lambda: self._traced(handler, subject, seen, call=lambda: original(*args, **kwargs))
            )

        return around

    def _seen(
        self, journal: Journal, handler: Handler, frame: Frame, subject: Any
    ) -> tuple[Mapping[str, Any] | None, Reads | None]:
        """Let the view look before the handler runs; return what it gave, and what it read, where inputs are traced."""
        journal.viewing = True
        inputs: Mapping[str, Any] | None = None
        reads: Reads | None = None
        try:
            if self._tracer is None:
                inputs = handler.view(subject)
                content = journal.write(dict(inputs))
            else:
                with self._tracer.reading(subject, view=True) as reads:
                    inputs = handler.view(subject)
                    content = journal.write(dict(inputs))  # inside: a view may return whole objects
            journal.enter(frame, content, _instance(handler, inputs))
        except (Exception, Refused) as error:  # noqa: BLE001  # the view is the user's and may raise anything
            journal.enter(frame, None, "")
            inputs, reads = None, None
            journal.failed(f"the view of {handler.name}", error)
        finally:
            journal.viewing = False
        return inputs, reads

    def _traced(self, handler: Handler, subject: Any, seen: Reads | None, *, call: Callable[[], Any]) -> Any:
        """Run a handler; where inputs are traced, note what it reads and its view did not."""
        if self._tracer is None or seen is None:
            return call()
        with self._tracer.reading(subject) as reads:
            try:
                return call()
            finally:
                if not reads.watched:
                    self.untraced.add(handler.name)
                missing = unread(reads, seen, context=handler.context)
                if missing:
                    self.unread.setdefault(handler.name, set()).update(missing)

    def _implementation(self, handler: Handler) -> Callable[..., Any]:
        signature = inspect.signature(resolve(handler.implementation).value)
        named = by_name(signature, without={"self", *handler.doors})

        def around(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            journal = ACTIVE.sink
            if not isinstance(journal, Journal) or not journal.stack:
                return original(*args, **kwargs)
            frame = journal.stack[-1]
            own = frame.handler == handler.name and not frame.entered
            if not own:  # called outside its task, or a second time in it: a run of its own
                parent = frame
                frame = journal.open(handler.name, parent=parent)
            self._received(journal, handler, frame, named(args, kwargs))
            if not own:
                journal.started(parent, frame)
                return _run(journal, frame, lambda: original(*args, **kwargs))
            frame.value = original(*args, **kwargs)
            frame.acted = True
            return frame.value

        return around

    def _received(self, journal: Journal, handler: Handler, frame: Frame, inputs: Mapping[str, Any]) -> None:
        try:
            journal.enter(frame, journal.write(dict(inputs)), _instance(handler, inputs))
        except Exception as error:  # noqa: BLE001  # the user's instance function may raise anything
            journal.enter(frame, None, "")
            journal.failed(f"what {handler.name} received", error)


def _run(journal: Journal, frame: Frame, call: Callable[[], Any]) -> Any:
    try:
        value = call()
    except BaseException as error:
        parent = frame.parent
        journal.close(frame, raised(error), error)
        if parent is not None and isinstance(error, Exception):
            parent.failed_child = (frame.handler, error)
        elif parent is not None and isinstance(error, Missed | Refused) and parent.undecided is None:
            parent.undecided = frame.undecided and f"parent of {frame.handler}: {frame.undecided}"
        raise
    journal.close(frame, returned(value))
    return value


def _binder(path: str) -> Callable[[tuple[Any, ...], dict[str, Any]], Any]:
    """Return what a view gets: the handler object for a method, the bound arguments for a function."""
    target = resolve(path)
    if target.cls is not None and isinstance(target.raw, types.FunctionType):
        return lambda args, _kwargs: args[0]
    named = by_name(inspect.signature(target.value), without=("self",))
    return (lambda args, kwargs: named(args[1:], kwargs)) if isinstance(target.raw, classmethod) else named


def _instance(handler: Handler, inputs: Mapping[str, Any]) -> str:
    """Return the instance key as text: the same on both sides for equal values."""
    if handler.instance is None:
        return ""
    value = handler.instance({k: _fields(v) for k, v in inputs.items()})
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:
        return canonical(value).decode()


def _fields(value: Any) -> Any:
    """Show a payload class as its fields, so that one instance function fits both sides."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _fields(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value
