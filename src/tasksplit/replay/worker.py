"""What runs in a process of its own? One side, in scratch worlds only; it answers over a pipe."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import pickle
import resource
import signal
import sys
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from tasksplit.errors import TasksplitError
from tasksplit.model.message import Message
from tasksplit.worlds.sink import Missed, Refused
from tasksplit.worlds.steps import Abandoned

_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


def main(descriptor: int) -> None:
    """Serve one job after the other until the pipe closes."""
    pipe = Connection(descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when we end
    end_with_parent()
    _quiet()
    from tasksplit.replay.declared import load
    from tasksplit.replay.side import SideRunner, warm  # after the output is redirected

    job = pipe.recv()
    _bound(job.megabytes)
    try:
        warm()
        migration = load(job.migration)
        runner = SideRunner(migration, job)
        runner.install()
    except TasksplitError as error:
        pipe.send(("refused", type(error).__name__, str(error)))
        return
    except BaseException as error:  # noqa: BLE001  # whatever the user's modules raise at import, the parent must say it
        pipe.send(("refused", "DeclarationError", f"The migration cannot be loaded: {type(error).__name__}: {error}"))
        return
    gc.collect()
    gc.freeze()  # the user's modules stay to the end: no collection needs to go through them
    gc.set_threshold(20_000, 20, 50)  # a message makes many objects and leaves few
    pipe.send(("ready", "", ""))
    _serve(pipe, runner)


def _serve(pipe: Connection, runner: Any) -> None:
    while True:
        try:
            content = pipe.recv_bytes()
        except (EOFError, ConnectionError):
            break
        message: Message | None = None
        try:
            message, recording, without, circumstance = pickle.loads(content)  # noqa: S301  # from our own parent
            done = runner.run(message, recording, without=without, circumstance=circumstance)
            answer = ForkingPickler.dumps(("done", done, ""))
        except (Exception, Refused, Missed, Abandoned) as error:  # noqa: BLE001  # the message is lost, and the next one goes on
            text = f"{type(error).__name__}: {error}"
            answer = ForkingPickler.dumps(("failed", None, text if message is None else runner.said(message, text)))
        try:
            pipe.send_bytes(answer)
        except ConnectionError:  # nobody is left who asked
            break
    runner.uninstall()
    os._exit(0)  # nothing is left to do: taking the interpreter down would cost as much as many messages


def end_with_parent() -> None:
    """Ask for the end of this process when its parent is killed: user code that hangs never sees the pipe close."""
    if sys.platform == "linux":  # elsewhere it ends at its next message
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _bound(megabytes: int) -> None:
    """Have what eats memory run into a bound of its own, before the machine and all that runs on it has none left."""
    if megabytes and sys.platform == "linux":  # elsewhere the bound is not kept
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))


def _quiet() -> None:
    """The user's prints and log lines are not this run's output."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the process ends
    logging.disable(logging.CRITICAL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
