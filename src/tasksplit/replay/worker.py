"""What runs in a process of its own? One side, in scratch worlds only; it answers over a pipe."""

from __future__ import annotations

import logging
import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

from tasksplit.errors import TasksplitError


def main(descriptor: int) -> None:
    """Serve one job after the other until the pipe closes."""
    pipe = Connection(descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when we end
    _quiet()
    from tasksplit.replay.declared import load
    from tasksplit.replay.side import SideRunner, warm  # after the output is redirected

    job = pipe.recv()
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
    pipe.send(("ready", "", ""))
    _serve(pipe, runner)


def _serve(pipe: Connection, runner: Any) -> None:
    while True:
        try:
            batch = pipe.recv()
        except EOFError:
            break
        for message, recording in batch:
            try:
                pipe.send(("done", runner.run(message, recording), ""))
            except Exception as error:  # noqa: BLE001  # ours: the message is undecided, the next one goes on
                pipe.send(("failed", message.id, f"{type(error).__name__}: {error}"))
    runner.uninstall()
    os._exit(0)  # nothing is left to do: taking the interpreter down would cost as much as many messages


def _quiet() -> None:
    """The user's prints and log lines are not this run's output; a crash is still told on descriptor 2."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the process ends
    logging.disable(logging.CRITICAL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
