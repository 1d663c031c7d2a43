"""Where does a handler begin and end, on either side?"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from threading import get_ident
from typing import Any

import orjson

from tasksplit.capture.journal import Divert, Frame, Journal
from tasksplit.capture.outcomes import raised, returned
from tasksplit.capture.trace import Reads, Tracer, unread
from tasksplit.errors import TasksplitError
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
            if self._side is Side.LEGACY:
                begin = self._legacy(handler)
                self._undo.append(hook(handler.legacy, _plainly(begin), _awaiting(begin)))
            else:
                begin = self._implementation(handler)
                self._undo.append(hook(handler.implementation, _plainly(begin), _awaiting(begin)))

    def uninstall(self) -> None:
        """Let the calls through again."""
        for undo in reversed(self._undo):
            undo()
        self._undo = []

    def _legacy(self, handler: Handler) -> Begin:
        bind = _binder(handler)

        def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Opened | None:
            journal = ACTIVE.sink
            if not isinstance(journal, Journal) or not journal.stack:
                return None
            parent = journal.stack[-1]
            frame = journal.open(handler.name, parent=parent, inside=True)
            subject = bind(args, kwargs)
            inputs, seen = self._seen(journal, handler, frame, subject)
            journal.started(parent, frame)
            divert = journal.divert or self.divert
            if divert is not None and divert(handler, inputs, frame.instance):
                journal.diverted = True
                return Opened(journal, frame, instead=handler)
            if self._tracer is None or seen is None:
                return Opened(journal, frame)
            return Opened(journal, frame, reading=self._traced(self._tracer, handler, subject, seen))

        return begin

    def _seen(
        self, journal: Journal, handler: Handler, frame: Frame, subject: Subject
    ) -> tuple[Mapping[str, Any] | None, Reads | None]:
        """Let the view look before the handler runs; return what it gave, and what it read, where inputs are traced."""
        journal.viewing = True
        inputs: Mapping[str, Any] | None = None
        reads: Reads | None = None
        try:
            if self._tracer is None:
                inputs = handler.view(*subject.shown)
                content = journal.write(dict(inputs))
            else:
                with self._tracer.reading(subject.root, view=True) as reads:
                    inputs = handler.view(*subject.shown)
                    content = journal.write(dict(inputs))  # inside: a view may return whole objects
            journal.enter(frame, content, _instance(handler, inputs))
        except (Exception, Refused) as error:  # noqa: BLE001  # the view is the user's and may raise anything
            journal.enter(frame, None, "")
            inputs, reads = None, None
            journal.failed(f"the view of {handler.name}", error)
        finally:
            journal.viewing = False
        return inputs, reads

    @contextmanager
    def _traced(self, tracer: Tracer, handler: Handler, subject: Subject, seen: Reads) -> Iterator[None]:
        """Note what a handler reads and its view did not."""
        with tracer.reading(subject.root) as reads:
            try:
                yield
            finally:
                if not reads.watched:
                    self.untraced.add(handler.name)
                missing = unread(reads, seen, context=handler.context)
                if missing:
                    self.unread.setdefault(handler.name, set()).update(missing)

    def _implementation(self, handler: Handler) -> Begin:
        signature = inspect.signature(resolve(handler.implementation).value)
        named = by_name(signature, without={"self", *handler.doors})

        def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Opened | None:
            journal = ACTIVE.sink
            if not isinstance(journal, Journal) or not journal.stack:
                return None
            frame = journal.stack[-1]
            own = frame.handler == handler.name and not frame.entered
            if not own:  # called outside its task, or a second time in it: a run of its own
                parent = frame
                frame = journal.open(handler.name, parent=parent, inside=True)
            self._received(journal, handler, frame, named(args, kwargs))
            if not own:
                here = (f for f in parent.started if f.inside and f.number >= journal.since)
                frame.chained += [f for f in here if f.outcome]  # one that is awaited is not over
                journal.started(parent, frame)
            return Opened(journal, frame, own=own)

        return begin

    def _received(self, journal: Journal, handler: Handler, frame: Frame, inputs: Mapping[str, Any]) -> None:
        try:
            journal.enter(frame, journal.write(dict(inputs)), _instance(handler, inputs))
        except Exception as error:  # noqa: BLE001  # the user's instance function may raise anything
            journal.enter(frame, None, "")
            journal.failed(f"what {handler.name} received", error)


class Opened:
    """Which boundary is open, and how is it closed? Around the call of what lies in it."""

    __slots__ = ("_frame", "_instead", "_journal", "_own", "_reading", "_value")

    def __init__(
        self,
        journal: Journal,
        frame: Frame,
        *,
        reading: AbstractContextManager[None] | None = None,
        instead: Handler | None = None,
        own: bool = False,
    ) -> None:
        """``instead``: legacy does not run it here. ``own``: the task around it closes the boundary."""
        self._journal, self._frame, self._reading = journal, frame, reading
        self._instead, self._own, self._value = instead, own, None

    @property
    def skipped(self) -> bool:
        """Return whether the call is left out, and what it would return is declared."""
        return self._instead is not None

    def returns(self, value: Any = None) -> Any:
        """Note what the call returned and hand it on; of one that is left out, what is declared instead."""
        if self._instead is not None:
            value = copy.deepcopy(self._instead.skipped)  # legacy may change what it gets
        self._value = value
        return value

    def awaited(self, *, inside: Opened | None) -> Callable[[], None]:
        """Note that it stays open while the event loop runs others; return what notes its end.

        ``inside``: the one in whose steps this one began. Where another is open too, both run at once, and whose an
        effect is cannot be told: all that is open is undecided.
        """
        journal, thread = self._journal, get_ident()
        here = [opened for opened, of in journal.awaited if of == thread]  # another thread has an event loop of its own
        if here and here[-1] is not inside:
            text = "two boundaries were open at once in one event loop, so what was done belongs to neither"
            journal.failed("following what is awaited", TasksplitError(text))
            for frame in journal.stack:
                frame.undecided = frame.undecided or text
        journal.awaited.append((self, thread))
        return lambda: journal.awaited.remove((self, thread))

    def __enter__(self) -> None:
        if self._reading is not None:
            self._reading.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, place: Any) -> None:
        if self._reading is not None:
            self._reading.__exit__(kind, error, place)
        if error is not None:
            self._raised(error)
        elif self._own:
            self._frame.value, self._frame.acted = self._value, True
        else:
            self._journal.close(self._frame, returned(self._value))

    def _raised(self, error: BaseException) -> None:
        frame, parent = self._frame, self._frame.parent
        if self._own:
            return
        self._journal.close(frame, raised(error), error)
        if parent is not None and isinstance(error, Exception):
            parent.failed_child = (frame.handler, error)
        elif parent is not None and isinstance(error, Missed | Refused) and parent.undecided is None:
            parent.undecided = frame.undecided and f"parent of {frame.handler}: {frame.undecided}"


Begin = Callable[[tuple[Any, ...], dict[str, Any]], Opened | None]  # what was passed -> a boundary, where one begins


def _plainly(begin: Begin) -> Callable[..., Any]:
    def around(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        opened = begin(args, kwargs)
        if opened is None:
            return original(*args, **kwargs)
        with opened:
            return opened.returns() if opened.skipped else opened.returns(original(*args, **kwargs))

    return around


_INNERMOST: ContextVar[Opened | None] = ContextVar("innermost", default=None)


def _awaiting(begin: Begin) -> Callable[..., Any]:
    """Return the same around what is awaited: between its steps the event loop runs others, which may open none."""

    async def around(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        opened = begin(args, kwargs)
        if opened is None:
            return await original(*args, **kwargs)
        inner = opened.awaited(inside=_INNERMOST.get())
        before = _INNERMOST.set(opened)
        try:
            with opened:
                return opened.returns() if opened.skipped else opened.returns(await original(*args, **kwargs))
        finally:
            _INNERMOST.reset(before)
            inner()

    return around


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """What is a handler in legacy, as its view sees it and as its reads are traced?"""

    shown: tuple[Any, ...]
    root: Any  # an object of the user's, or arguments by name


def _binder(handler: Handler) -> Callable[[tuple[Any, ...], dict[str, Any]], Subject]:
    """Return what makes what a view gets: the object of a method, with its arguments where the view takes two; the
    bound arguments of a function.
    """
    target = resolve(handler.legacy)
    named = by_name(inspect.signature(target.value), without=("self",))
    if target.cls is not None and isinstance(target.raw, types.FunctionType):
        if not _takes_arguments(handler.view):
            return lambda args, _kwargs: Subject((args[0],), args[0])

        def method(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Subject:
            bound = named(args, kwargs)
            return Subject((args[0], bound), {"self": args[0], **bound})

        return method
    leave = int(isinstance(target.raw, classmethod))

    def function(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Subject:
        bound = named(args[leave:], kwargs)
        return Subject((bound,), bound)

    return function


def _takes_arguments(view: Callable[..., Any]) -> bool:
    """Return whether a view of a method wants what was passed to it, too: it has two parameters without a default."""
    try:
        parameters = inspect.signature(view).parameters.values()
    except (TypeError, ValueError):  # some C functions tell none
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters) == 2


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
