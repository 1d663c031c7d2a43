"""Which calls leave the project's code, and which of its handlers run? Seen by a profile hook, in every thread."""

from __future__ import annotations

import _random
import datetime
import inspect
import random
import secrets
import sys
import threading
import uuid
from collections import Counter
from contextlib import AbstractContextManager
from types import CodeType, FrameType, MethodType
from typing import Any

from tasksplit.capture.trace import Reads, Tracer, unread
from tasksplit.replay.holders import Holders
from tasksplit.replay.sights import (
    Candidate,
    Sight,
    SightKind,
    frames,
    function_of,
    in_project,
    project_frame,
    site_of,
    start_of,
)

HANDLER_NAMES = ("run", "handle", "process", "execute")
_COROUTINES = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
_CLOCK = frozenset({"time", "time_ns", "localtime", "gmtime", "ctime"})
_MODULES = {uuid.__file__: SightKind.IDS, random.__file__: SightKind.RANDOM, secrets.__file__: SightKind.RANDOM}
_DEFAULTS = "sqlalchemy.sql.schema"  # column defaults are called there, for the project
_DOORS = {
    ("httpx/_client.py", "Client.send"): "request",
    ("httpx/_client.py", "AsyncClient.send"): "request",
    ("requests/sessions.py", "Session.send"): "request",
    ("urllib/request.py", "OpenerDirector.open"): "fullurl",
    ("sqlalchemy/engine/base.py", "Engine.connect"): "",
    ("sqlalchemy/engine/base.py", "Engine.raw_connection"): "",
}  # whose call is a way out -> the argument that says where to


class Run:
    """Which candidate is running, and what has it read so far?"""

    def __init__(self, frame: FrameType, path: str, reading: AbstractContextManager[Reads]) -> None:
        self.frame = frame
        self.path = path
        self.reading = reading
        self.reads = reading.__enter__()


class Observer:
    """Who watches the calls? Between ``start`` and ``stop``; our own failures are kept in ``errors``."""

    def __init__(
        self,
        prefixes: tuple[str, ...],
        *,
        tracer: Tracer,
        entry: CodeType | None = None,
        fixture: CodeType | None = None,
    ) -> None:
        self._prefixes = prefixes
        self._tracer = tracer
        self._entry = entry
        self._holders = Holders(prefixes)
        self._codes: dict[int, tuple[CodeType, str]] = {}  # the code itself is kept: its id stays its own
        self._stages = {id(fixture)}  # inside these the scratch world acts, not the project
        self._here = threading.local()
        self.declared: set[int] = set()
        """Ids of the clients and engines that are declared."""
        self.declared_functions: set[str] = set()
        """Dotted paths of functions whose calls are declared: what happens inside them is, too."""
        self.sights: Counter[Sight] = Counter()
        self.errors: list[str] = []
        self._runs: dict[str, int] = {}
        self._starts: dict[str, str] = {}
        self._inputs: dict[str, set[str]] = {}
        self._inside: dict[str, set[str]] = {}

    def start(self) -> None:
        """Watch this thread and those that start from now on."""
        threading.setprofile(self._observe)
        sys.setprofile(self._observe)

    def stop(self) -> None:
        """Watch no more."""
        sys.setprofile(None)
        threading.setprofile(None)
        for run in reversed(self._stack):
            run.reading.__exit__(None, None, None)
        self._stack.clear()

    def see(self, kind: SightKind, what: str, frame: FrameType | None, *, holder: object = None) -> None:
        """Note one sight at the innermost project frame."""
        if kind is not SightKind.REFUSED and self._is_staged(frame):
            return
        at = project_frame(frame, self._prefixes)
        path = self._holders.path_of(holder) if holder is not None else ""
        around = {function_of(f) for f in frames(frame)} if self.declared_functions else set()
        declared = id(holder) in self.declared or not around.isdisjoint(self.declared_functions)
        sight = Sight(
            kind=kind, what=what, site=site_of(at), function=function_of(at), holder=path, declared=declared
        )  # fmt: skip
        self.sights[sight] += 1

    def candidates(self, declared: frozenset[str] = frozenset()) -> tuple[Candidate, ...]:
        """Return what looked like a handler. A function that only calls handlers is the choice between them."""
        return tuple(
            Candidate(
                path=path, site=self._starts[path], runs=runs, inputs=tuple(sorted(self._inputs[path])),
                inside=tuple(sorted(self._inside[path])), declared=path in declared,
            )
            for path, runs in self._runs.items()
            if "." in path.partition(":")[2] or not self._inside[path]
        )  # fmt: skip

    @property
    def _stack(self) -> list[Run]:
        try:
            stack: list[Run] = self._here.stack
        except AttributeError:
            stack = self._here.stack = []
        return stack

    def _observe(self, frame: FrameType, event: str, arg: Any) -> None:
        try:
            if event == "call":
                self._called(frame)
            elif event == "c_call":
                self._called_builtin(frame, arg)
            elif event == "return" and self._stack and self._stack[-1].frame is frame:
                self._returned(self._stack.pop())
        except Exception as error:  # noqa: BLE001  # our failure must not become the user's
            self.errors.append(f"observing {event}: {type(error).__name__}: {error}")

    def _called(self, frame: FrameType) -> None:
        label = self._label(frame)
        if not label:
            return
        if label == "candidate":
            self._opened(frame)
        elif label in ("ids", "random"):
            caller = frame.f_back
            if caller is not None and self._for_project(caller):
                self.see(SightKind(label), _drawn(frame.f_code), caller)
        else:
            self._door(frame, label)

    def _label(self, frame: FrameType) -> str:
        code = frame.f_code
        known = self._codes.get(id(code))
        if known is None:
            known = self._codes[id(code)] = (code, self._classified(frame, code))
        return known[1]

    def _classified(self, frame: FrameType, code: CodeType) -> str:
        if code.co_filename in _MODULES:
            return _MODULES[code.co_filename].value if not code.co_name.startswith("_") else ""
        for (place, name), asked in _DOORS.items():
            if code.co_qualname == name and code.co_filename.replace("\\", "/").endswith(f"/{place}"):
                if asked:
                    self._stages.add(id(code))  # a stand-in may answer in there
                return f"{place}:{name}"
        if code is self._entry or code.co_flags & _COROUTINES or not in_project(frame, self._prefixes):
            return ""
        method = code.co_name in HANDLER_NAMES and code.co_varnames[:1] == ("self",)
        function = code.co_qualname == code.co_name and code.co_name.split("_")[0] in HANDLER_NAMES
        return "candidate" if method or function else ""

    def _door(self, frame: FrameType, label: str) -> None:
        place, _, name = label.partition(":")
        values = frame.f_locals
        if place.startswith("sqlalchemy"):
            inner = str(frame.f_back.f_globals.get("__name__")) if frame.f_back else ""
            if name == "Engine.raw_connection" and inner.startswith("sqlalchemy."):
                return  # Engine.connect was seen
            self.see(SightKind.DATABASE, "connect", frame.f_back, holder=values["self"])
            return
        request = values[_DOORS[(place, name)]]
        self.see(SightKind.HTTP, _asked(request), frame.f_back, holder=values["self"])

    def _called_builtin(self, frame: FrameType, called: Any) -> None:
        name = getattr(called, "__name__", "")
        owner = getattr(called, "__self__", None)
        what = ""
        kind = SightKind.CLOCK
        if name in ("now", "utcnow", "today") and isinstance(owner, type) and issubclass(owner, datetime.date):
            what = f"{owner.__name__}.{name}"
        elif name in _CLOCK and getattr(called, "__module__", "") == "time":
            what = f"time.{name}"
        elif name == "urandom":
            kind, what = SightKind.RANDOM, "os.urandom"
        elif isinstance(owner, _random.Random):
            kind, what = SightKind.RANDOM, f"random.{name}"
        if what and self._for_project(frame):
            self.see(kind, what, frame)

    def _is_staged(self, frame: FrameType | None) -> bool:
        return any(id(f.f_code) in self._stages for f in frames(frame))

    def _for_project(self, caller: FrameType) -> bool:
        return in_project(caller, self._prefixes) or caller.f_globals.get("__name__") == _DEFAULTS

    def _opened(self, frame: FrameType) -> None:
        code = frame.f_code
        values = frame.f_locals
        module = frame.f_globals["__name__"]
        if code.co_varnames[:1] == ("self",) and code.co_qualname != code.co_name:
            root: Any = values["self"]
            cls = type(root)
            if any(base.__module__.startswith("celery.") for base in cls.__mro__) or isinstance(root, MethodType):
                return
            path = f"{cls.__module__}:{cls.__qualname__}.{code.co_name}"
        else:
            root = {n: values[n] for n in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if n in values}
            path = f"{module}:{code.co_qualname}"
        if "<" in path or self._is_staged(frame):
            return
        stack = self._stack
        if any(run.path == path and run.frame.f_locals.get("self") is root for run in stack):
            return  # it called what it inherits
        for run in stack:
            self._inside[run.path].add(path)
        self._starts.setdefault(path, start_of(code))
        self._runs[path] = self._runs.get(path, 0) + 1
        self._inputs.setdefault(path, set())
        self._inside.setdefault(path, set())
        stack.append(Run(frame, path, self._tracer.reading(root)))

    def _returned(self, run: Run) -> None:
        run.reading.__exit__(None, None, None)
        self._inputs[run.path].update(unread(run.reads, Reads()))


def _drawn(code: CodeType) -> str:
    """Return the library's name of a function that draws ids or random numbers."""
    module = {uuid.__file__: "uuid", random.__file__: "random", secrets.__file__: "secrets"}[code.co_filename]
    return f"{module}.{code.co_name}"


def _asked(request: Any) -> str:
    """Return ``METHOD scheme://host`` of a request of httpx, requests or urllib."""
    if isinstance(request, str):
        method, url = "GET", request
    else:
        method = request.method if hasattr(request, "method") else request.get_method()
        url = str(getattr(request, "url", None) or request.full_url)
    scheme, _, rest = url.partition("://")
    return f"{method} {scheme}://{rest.partition('/')[0].partition('?')[0].rpartition('@')[2]}"
