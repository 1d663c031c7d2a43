"""What can be asked on the command line? The only reader of configuration and environment."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from tasksplit.cli import (
    accept,
    compare,
    designs,
    discover,
    evidence_merge,
    gate,
    live,
    messages,
    rehearse,
    report,
    retire,
    rollout,
    run,
    show,
    uninstall,
    unpark,
    watch,
    worker,
)
from tasksplit.errors import TasksplitError

app = typer.Typer(
    name="tasksplit", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Split one Celery task into many, one handler at a time, and prove each step. "
    "Exit codes: 0 pass, 1 fail, 3 wait, 2 misuse.",
)  # fmt: skip
app.command("run")(run.command)
app.command("gate")(gate.command)
app.command("report")(report.command)
app.command("compare")(compare.command)
app.command("show")(show.command)
app.command("accept")(accept.command)
app.add_typer(evidence_merge.app, name="evidence")
app.add_typer(messages.app, name="messages")
app.command("rollout")(rollout.command)
app.command("rehearse")(rehearse.command)
app.command("designs")(designs.command)
app.command("discover")(discover.command)
app.command("worker")(worker.command)
app.command("live")(live.command)
app.command("watch")(watch.command)
app.command("retire")(retire.command)
app.command("unpark")(unpark.command)
app.command("uninstall")(uninstall.command)


@app.callback()
def _words() -> None:
    """Split one Celery task into many, one handler at a time, and prove each step."""


def main() -> None:
    """Run the command line; every error of ours is a sentence, and exit code 2."""
    try:
        app()
    except TasksplitError as error:
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(f"tasksplit: {error}", style="red")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
