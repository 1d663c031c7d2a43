"""What wanted to leave a replay? Refused in every thread, and named.

The engines and transports of a replay refuse whatever is not declared; this audit hook is the alarm behind them. It
cannot see a statement on a connection that is open already, so it is armed before any of the user's code is imported.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tasksplit.worlds.sink import ACTIVE, Alarm, Refused

_ALWAYS = frozenset(
    {
        "socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind", "socket.getaddrinfo",
        "socket.gethostbyname", "socket.gethostbyaddr", "subprocess.Popen", "os.system", "os.exec", "os.fork",
        "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.kill", "os.killpg", "pty.spawn",
        "sqlite3.connect",
    }
)  # fmt: skip
_PATHS = frozenset(
    {
        "os.remove",
        "os.rename",
        "os.mkdir",
        "os.rmdir",
        "os.truncate",
        "os.link",
        "os.symlink",
        "os.chmod",
        "os.chown",
        "os.utime",
        "shutil.rmtree",
    }
)
_PROGRAMS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"})
_TWO = frozenset({"os.rename", "os.link", "os.symlink"})
_SECOND = frozenset({"os.link", "os.symlink"})  #: of these only the second path is written
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class _State:
    armed = False
    installed = False
    folder = ""  # of this process: what the user's code writes by tempfile lands in it
    before: tuple[str | None, str | None] = (None, None)


class _Ours(threading.local):
    depth = 0  # of our own doings in this thread, which are allowed: a thread of the user's meanwhile is not


_STATE = _State()
_OURS = _Ours()
_ROOTS: list[str] = []
ALARMS: list[Alarm] = []  #: also those that came while no message was running, import time included


def arm() -> None:
    """Refuse from now on; an audit hook cannot be removed, only stood down.

    Temporary files go to a folder of this process; one that is written beside it is an effect that nobody declared.
    """
    if not _STATE.folder:
        _STATE.folder = tempfile.mkdtemp(prefix=f"tasksplit-{os.getpid()}-")
        _STATE.before = (tempfile.tempdir, os.environ.get("TMPDIR"))
        tempfile.tempdir = os.environ["TMPDIR"] = _STATE.folder
        _ROOTS[:] = [os.path.realpath(_STATE.folder), "/dev/null"]
    if not _STATE.installed:
        sys.addaudithook(_audit)
        _STATE.installed = True
    _STATE.armed = True


def disarm() -> None:
    """Let everything pass again, and take the folder for temporary files away."""
    _STATE.armed = False
    if _STATE.folder:
        shutil.rmtree(_STATE.folder, ignore_errors=True)
        tempfile.tempdir, variable = _STATE.before
        os.environ.pop("TMPDIR", None)
        if variable is not None:
            os.environ["TMPDIR"] = variable
        _STATE.folder = ""


def is_armed() -> bool:
    """Return whether what is undeclared is refused now."""
    return _STATE.armed


@contextmanager
def allowed() -> Iterator[None]:
    """Let our own doings pass: the scratch database is opened in here."""
    _OURS.depth += 1
    try:
        yield
    finally:
        _OURS.depth -= 1


def refuse(event: str, target: str) -> Refused:
    """Note that something undeclared was refused; return what to raise."""
    alarm = Alarm(event=event, target=target, site=_site(sys._getframe(1)))
    ALARMS.append(alarm)
    if ACTIVE.sink is not None:
        ACTIVE.sink.alarm(alarm)
    return Refused(
        f"{event} {target} was refused: a replay may not leave its scratch world; declare it in the migration"
    )


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if not _STATE.armed or _OURS.depth:
        return
    if event in _ALWAYS:
        raise refuse(event, _program(event, args) if event in _PROGRAMS else _target(args))
    if event == "open":
        path, mode, flags = (*args, None, None)[:3]
        if (_writes(mode, flags)) and not _inside(path):
            raise refuse("open for writing", str(path))
    elif event in _PATHS:
        for path in args[event in _SECOND : 2 if event in _TWO else 1]:
            if not _inside(path):
                raise refuse(event, str(path))


def _writes(mode: Any, flags: Any) -> bool:
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITES)


def _inside(path: Any) -> bool:
    if isinstance(path, int):  # a descriptor that is open already
        return True
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str | os.PathLike):
        return False
    real = os.path.realpath(path)
    return "__pycache__" in real or any(real == root or real.startswith(root + os.sep) for root in _ROOTS)


def _program(event: str, args: tuple[Any, ...]) -> str:
    """Return which program was to be started; its arguments may hold a secret."""
    named = args[1] if event == "os.spawn" else args[0]
    return repr(os.fsdecode(named).split(" ", 1)[0]) if isinstance(named, str | bytes | os.PathLike) else repr(named)


def _target(args: tuple[Any, ...]) -> str:
    return " ".join(repr(a) if not hasattr(a, "fileno") else type(a).__name__ for a in args[:3])[:200]


_LIBRARIES = (
    os.sep + "site-packages" + os.sep,
    os.path.dirname(os.path.dirname(__file__)) + os.sep,
    os.path.dirname(os.__file__) + os.sep,
)


def _site(frame: FrameType | None) -> str:
    """Return ``path:line in function`` of the innermost frame outside libraries."""
    first = frame
    while frame is not None:
        name = frame.f_code.co_filename
        if not any(part in name for part in _LIBRARIES) and not name.startswith("<"):
            return f"{os.path.relpath(name)}:{frame.f_lineno} in {frame.f_code.co_name}"
        frame = frame.f_back
    return f"{first.f_code.co_filename}:{first.f_lineno}" if first else "unknown"
