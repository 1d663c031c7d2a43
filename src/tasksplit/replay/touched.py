"""Which lines did one message take, and in whose boundary? Measured by coverage.py, in the process of one side."""

from __future__ import annotations

import importlib.util
import os
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

from tasksplit.capture.journal import Frame
from tasksplit.errors import DeclarationError, ReplayError, sentence
from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH
from tasksplit.replay.forgetting import around, packages_of

Arc = tuple[int, int]  # of line numbers, one after the other; a negative one is the entry or the end of a function
Touched = Mapping[str, Mapping[str, bytes]]
"""Handler -> file -> the arcs that were taken while the handler's boundary was the innermost, see ``packed``."""

CORE = "ctrace"  #: with contexts, ``sysmon`` leaves out nearly all of them and says nothing


def packed(arcs: Iterable[Arc]) -> bytes:
    """Return arcs as bytes: small on the pipe, and the same bytes for the same arcs."""
    return array("i", chain.from_iterable(sorted(arcs))).tobytes()


def unpacked(content: bytes) -> list[Arc]:
    """Return what ``packed`` was given, sorted."""
    numbers = array("i", content)
    return list(zip(numbers[::2], numbers[1::2], strict=True))


class Touching:
    """Which lines does each boundary take? From ``start`` to ``stop`` in every thread of this process."""

    def __init__(self, migration: Migration, path: str, side: Side) -> None:
        """``path``: of the migration; its module is no code of a side."""
        self._coverage = _coverage(_folders(migration, side), _declaring(migration, path, side))
        self._sink = _Sink()
        self.errors: list[str] = []
        """Our own failures since the message started: what was taken meanwhile is not known."""

    def start(self) -> None:
        """Measure from now on; what is imported is no part of any message.

        Raises:
            ReplayError: this coverage.py cannot tell one boundary from the next.
        """
        self._coverage.start()
        try:
            collector = self._coverage._collector  # its data as it is: through SQLite a message would cost 25 times
            collector.use_data(self._sink, None)
            right = collector.tracer_name() in ("CTracer", "PyTracer")
        except AttributeError:
            right = False
        if not right:
            self.stop()
            raise _unfit()

    def stop(self) -> None:
        """Measure no longer."""
        self._coverage.stop()

    def stack(self) -> list[Frame]:
        """Return the stack of boundaries of a message that starts: what changes it changes the context."""
        self.take()
        self.errors.clear()
        return _Stack(self._switch)

    def _switch(self, handler: str) -> None:
        """Whatever was taken until now belongs to the boundary before."""
        try:
            self._coverage.switch_context(handler)
        except Exception as error:  # noqa: BLE001  # in the middle of the user's code: it must not see ours
            self.errors.append(f"measuring {handler}: {type(error).__name__}: {error}")

    def take(self) -> Touched:
        """Return what was taken since the last call."""
        self._switch(DISPATCH)
        taken, self._sink.taken = self._sink.taken, {}
        return {
            handler: {file: packed(arcs) for file, arcs in files.items()} for handler, files in taken.items() if files
        }


class _Stack(list[Frame]):
    """The open boundaries, which say whose turn it is; between tasks it is the turn of dispatch, as for effects."""

    def __init__(self, switch: Callable[[str], None]) -> None:
        super().__init__()
        self._switch = switch
        self._turn = DISPATCH

    def append(self, frame: Frame) -> None:
        super().append(frame)
        self._tell()

    def pop(self, *where: Any) -> Frame:
        frame = super().pop(*where)
        self._tell()
        return frame

    def clear(self) -> None:
        super().clear()
        self._tell()

    def _tell(self) -> None:
        turn = self[-1].handler if self else DISPATCH
        if turn != self._turn:
            self._turn = turn
            self._switch(turn)


class _Sink:
    """Where does coverage.py put its data? In the place of its own, which is a database."""

    def __init__(self) -> None:
        self.taken: dict[str, dict[str, set[Arc]]] = {}
        self._context = DISPATCH

    def set_context(self, context: str | None) -> str:
        before, self._context = self._context, context or DISPATCH
        return before

    def add_arcs(self, arcs: Mapping[str, Iterable[Arc]]) -> None:
        files = self.taken.setdefault(self._context, {})
        for file, some in arcs.items():
            files.setdefault(file, set()).update(some)

    def add_file_tracers(self, _tracers: Mapping[str, str]) -> None:
        """No file of a side is made by a template engine."""


def _coverage(folders: list[str], omitted: list[str]) -> Any:
    try:
        import coverage
    except ModuleNotFoundError as error:
        raise DeclarationError(
            sentence(
                found="that coverage.py is not installed", expected="it, where branches are to be measured",
                do="install tasksplit[coverage]",
            )
        ) from error  # fmt: skip
    made = coverage.Coverage(data_file=None, config_file=False, branch=True, source=folders, omit=omitted)
    made.set_option("run:disable_warnings", ["already-imported", "no-ctracer"])
    try:
        made.set_option("run:core", CORE)
    except coverage.CoverageException as error:
        raise _unfit() from error
    return made


def _unfit() -> ReplayError:
    from coverage import __version__

    return ReplayError(
        sentence(
            found=f"coverage.py {__version__}, which cannot tell here what one message took from what the next did",
            expected="coverage >= 7.9, < 8, with its C tracer", do="install such a version",
        )
    )  # fmt: skip


def _folders(migration: Migration, side: Side) -> list[str]:
    """Return where the packages of one side are: folders, and single modules as their files."""
    found: list[str] = []
    for package in sorted(packages_of(_code(migration, side))):
        spec = importlib.util.find_spec(package)
        if spec is not None:
            found += spec.submodule_search_locations or [spec.name]
    return found


def _declaring(migration: Migration, path: str, side: Side) -> list[str]:
    """Return what declares, and what plays the world, as patterns of files: no message is evidence for it."""
    code = {p.partition(":")[0] for p in _code(migration, side)}
    functions = [f for h in migration.handlers for f in (h.view, h.instance) if f is not None]
    if side is Side.LEGACY:  # the split may make its payloads with the same module
        functions += [h.payload for h in migration.handlers if h.payload is not None]
    names = {path.partition(":")[0], *(getattr(f, "__module__", "") for f in functions), *around(standins(migration))}
    found: list[str] = []
    for name in sorted(names):
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and not any(one == name or one.startswith(f"{name}.") for one in code):
            found.append(os.path.join(os.path.dirname(file), "*") if os.path.basename(file) == "__init__.py" else file)
    return found


def standins(migration: Migration) -> list[str]:
    """Return the dotted paths of what plays the world: its state is the world's, not a worker's."""
    world = migration.world
    return [world.fixture, *(s.standin for s in world.services), *(c.standin for c in world.calls)]


def _code(migration: Migration, side: Side) -> list[str]:
    legacy = side is Side.LEGACY
    paths = [e.legacy if legacy else e.split for e in migration.entries]
    return paths + [h.legacy if legacy else h.implementation for h in migration.handlers]
