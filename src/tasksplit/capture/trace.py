"""Which attributes of its inputs did a legacy handler read, and does its view carry them?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tasksplit.capture.reachable import on_class, reach
from tasksplit.capture.reads import Computing, Reading, Reads, unread

__all__ = ["Reads", "Tracer", "unread"]

_KEPT_ERRORS = 100
_ABSENT = object()

Accessor = Callable[..., Any]  # __getattribute__, __getattr__ or __setattr__, the user's or ours


class Tracer:
    """Who watches the reads of objects of the project? One per process; offline only: it costs time.

    Classes are patched when one of their objects is first within reach of a root, and stay patched, idle, until
    ``uninstall``. What goes wrong in here never reaches the user's code: it is kept in ``errors``.
    """

    def __init__(self, project_prefixes: tuple[str, ...]) -> None:
        self.prefixes = project_prefixes
        self.errors: list[str] = []
        self._open: list[Reading] = []
        self._patched: dict[type, dict[str, tuple[Accessor, object]]] = {}

    @contextmanager
    def reading(self, root: object, name: str = "self", *, view: bool = False) -> Iterator[Reads]:
        """Collect what is read within reach of the root until the end of the block.

        A root that is a dictionary is a function's bound arguments: paths then start with the argument's name.
        ``view``: a view looks, so what it takes from ``vars(x)`` is noted name by name.
        A reading inside another takes the reads to itself, as the innermost boundary owns what happens in it.
        """
        reading = Reading({}, view=view)
        try:
            reading = Reading(reach(root, name=name, prefixes=self.prefixes), view=view)
            for known in reading.reached.values():
                self._patch(type(known.target))
        except Exception as error:  # noqa: BLE001  # our failure must not become the handler's
            self._failed("reach", error)
        self._open.append(reading)
        try:
            yield reading.reads
        finally:
            self._open.remove(reading)

    def uninstall(self) -> None:
        """Give every class back its own accessors."""
        for cls, accessors in self._patched.items():
            for name, (ours, before) in accessors.items():
                if vars(cls).get(name) is not ours:
                    continue  # someone wrapped ours: it stays, and is idle
                if before is _ABSENT:
                    type.__delattr__(cls, name)
                else:
                    type.__setattr__(cls, name, before)
        self._patched.clear()

    def _patch(self, cls: type) -> None:
        if cls in self._patched:
            return
        ours = {"__getattribute__": self._getattribute(cls), "__setattr__": self._setattr(cls)}
        if on_class(cls, "__getattr__") is not None:
            ours["__getattr__"] = self._getattr(cls)
        done = self._patched[cls] = {}
        for name, accessor in ours.items():
            before = vars(cls).get(name, _ABSENT)
            type.__setattr__(cls, name, accessor)  # past the metaclass, which may refuse
            done[name] = (accessor, before)

    def _getattribute(self, cls: type) -> Accessor:
        before = _before(cls, "__getattribute__")

        def __getattribute__(target: Any, name: str) -> Any:  # noqa: N807
            if not self._open or type(target) is not cls:
                return before(target, name)
            computing = self._begin(target, name, fallback=False)
            if computing is None:
                value = before(target, name)
                return self._looked(target, value) if name == "__dict__" else value
            return self._compute(computing, before, target, name)

        return __getattribute__

    def _getattr(self, cls: type) -> Accessor:
        before = _before(cls, "__getattr__")

        def __getattr__(target: Any, name: str) -> Any:  # noqa: N807
            if not self._open or type(target) is not cls:
                return before(target, name)
            computing = self._begin(target, name, fallback=True)
            return before(target, name) if computing is None else self._compute(computing, before, target, name)

        return __getattr__

    def _setattr(self, cls: type) -> Accessor:
        before = _before(cls, "__setattr__")

        def __setattr__(target: Any, name: str, value: Any) -> None:  # noqa: N807
            before(target, name, value)
            for reading in self._open:
                reading.wrote(target, name)

        return __setattr__

    def _looked(self, target: object, value: Any) -> Any:
        reading = self._open[-1] if self._open else None
        caller = sys._getframe(2).f_globals.get("__name__", "")
        if reading is None or not reading.view or caller in ("functools", "tasksplit.capture.reachable"):
            return value
        return reading.looked(target, value)

    def _begin(self, target: object, name: str, *, fallback: bool) -> tuple[Reading, Computing] | None:
        try:
            reading = self._open[-1]
            caller = sys._getframe(2).f_globals.get("__name__", "") if name == "__dict__" else ""
            computing = reading.begin(target, name, caller=caller, fallback=fallback)
        except Exception as error:  # noqa: BLE001  # our failure must not become the handler's
            self._failed("begin", error)
            return None
        return None if computing is None else (reading, computing)

    def _compute(self, at: tuple[Reading, Computing], before: Accessor, target: object, name: str) -> Any:
        try:
            value = before(target, name)
        except BaseException:
            self._end(at)
            raise
        self._end(at, value)
        return value

    def _end(self, at: tuple[Reading, Computing], *value: object) -> None:
        reading, computing = at
        try:
            reading.end(computing, *value)
        except Exception as error:  # noqa: BLE001  # our failure must not become the handler's
            self._failed("end", error)

    def _failed(self, step: str, error: Exception) -> None:
        if len(self.errors) < _KEPT_ERRORS:
            self.errors.append(f"{step}: {type(error).__name__}: {error}")


def _before(cls: type, name: str) -> Accessor:
    """Return what the class did under the name: its own, or what it inherits at that moment."""
    own = vars(cls).get(name)
    if own is not None:
        return own if callable(own) else own.__get__(None, cls)  # type: ignore[no-any-return]  # the user's own accessor

    def inherited(target: Any, *arguments: Any) -> Any:
        return getattr(super(cls, target), name)(*arguments)

    return inherited
