"""What was seen of legacy while it ran, and where in its code?"""

from __future__ import annotations

import os
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import FrameType


class SightKind(StrEnum):
    """What does the code at a site do to the world?"""

    DATABASE = "database"
    HTTP = "http"
    TASK = "task"
    REFUSED = "refused"  #: a socket, process or file that the audit hook stopped
    CLOCK = "clock"
    IDS = "ids"
    RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was seen, and where?"""

    kind: SightKind
    what: str
    """For example ``GET https://forge.example``, ``datetime.now``, ``socket.connect``."""
    site: str
    """``path:line in function`` in the project."""
    function: str = ""
    """Dotted path ``module:function`` of the site; empty where it is not in the project."""
    holder: str = ""
    """Dotted path of the client or engine; empty where no module of the project holds it."""
    declared: bool = False
    """Whether the migration that was given declares it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What looks like a handler, and what did it read of its inputs?"""

    path: str
    """Dotted path ``module:Class.method``."""
    site: str
    runs: int
    inputs: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    """Candidates that it called."""
    declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What does legacy touch, as far as these messages show?"""

    task: str
    name: str
    """Celery name of the task."""
    messages: int = 0
    stopped: int = 0
    """Messages that ended at something refused: what they would have done after it was not seen."""
    sights: Mapping[Sight, int] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Dotted path of an engine -> that of its ``MetaData`` or declarative base."""
    fixture: str = ""
    raised: Mapping[str, int] = field(default_factory=dict)
    """``task: exception`` -> how often a task ended in it."""
    unused: tuple[str, ...] = ()
    """Payloads that could not be used, with the reason."""
    errors: tuple[str, ...] = ()
    """Our own failures."""


def project_frame(frame: FrameType | None, prefixes: tuple[str, ...]) -> FrameType | None:
    """Return the innermost frame of project code at or above this one."""
    while frame is not None and not in_project(frame, prefixes):
        frame = frame.f_back
    return frame


def in_project(frame: FrameType, prefixes: tuple[str, ...]) -> bool:
    """Return whether the frame runs code of the project."""
    module = frame.f_globals.get("__name__")
    return isinstance(module, str) and (module in prefixes or module.startswith(tuple(f"{p}." for p in prefixes)))


def site_of(frame: FrameType | None) -> str:
    """Return ``path:line in function``, the path relative to the current directory."""
    if frame is None:
        return "outside the project"
    code = frame.f_code
    return f"{_path(code)}:{frame.f_lineno} in {code.co_qualname}"


def function_of(frame: FrameType | None) -> str:
    """Return ``module:function`` of a frame; empty for one that no dotted path reaches."""
    if frame is None or "<" in frame.f_code.co_qualname:
        return ""
    return f"{frame.f_globals.get('__name__')}:{frame.f_code.co_qualname}"


def frames(frame: FrameType | None) -> Iterator[FrameType]:
    """Walk outwards from a frame."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def start_of(code: types.CodeType) -> str:
    """Return where a function begins, as ``site_of`` writes it."""
    return f"{_path(code)}:{code.co_firstlineno} in {code.co_qualname}"


def _path(code: types.CodeType) -> str:
    name = code.co_filename
    return name if name.startswith("<") else os.path.relpath(name)
