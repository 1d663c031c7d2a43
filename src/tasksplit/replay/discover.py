"""What does legacy touch that nothing declares? Asked of a process of its own that never acts in the real world."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing import Pipe
from pathlib import Path

from tasksplit import errors
from tasksplit.errors import ReplayError
from tasksplit.replay.sights import Found
from tasksplit.worlds.scratch import sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Which task is to be watched, on which messages, in which world?"""

    task: str
    messages: Path
    fixture: str = ""
    migration: str = ""
    limit: int = 0
    """Messages at most; 0: all."""


def discover(errand: Errand, *, seconds: float = 600.0) -> Found:
    """Run the messages through the task in a scratch world and return what was seen.

    Raises:
        DeclarationError: the task, the fixture, the migration or the folder is not there.
        ReplayError: the process died, or did not end within ``seconds``.
    """
    ours, theirs = Pipe()
    path = os.pathsep.join([os.getcwd(), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))])
    process = subprocess.Popen(  # noqa: S603  # our own module, by this interpreter
        [sys.executable, "-m", "tasksplit.replay.expedition", str(theirs.fileno())],
        pass_fds=[theirs.fileno()], env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    theirs.close()
    try:
        ours.send(errand)
        if not ours.poll(seconds):
            raise ReplayError(
                f"The messages did not end within {seconds:g} seconds. Expected them to. To mend it: give a --limit."
            )
        kind, what, text = ours.recv()
    except (EOFError, ConnectionError) as error:
        raise ReplayError(
            f"The process that ran {errand.task} died. Expected it to end. To mend it: give a smaller --limit and see "
            "which message it is."
        ) from error
    finally:
        ours.close()
        process.kill()
        process.wait()
        sweep(process.pid)
    if kind == "refused":
        raise getattr(errors, what, ReplayError)(text)
    found: Found = what
    return found
