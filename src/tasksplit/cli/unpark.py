"""`tasksplit unpark`: may tasks that a worker did not know be run now?"""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.exits import code_of
from tasksplit.cli.retire import apps_of
from tasksplit.cli.rollout_ready import CeleryProbe, Fleet
from tasksplit.cli.run import MIGRATION
from tasksplit.errors import StoreError, sentence
from tasksplit.live.parking import unpark
from tasksplit.model.decision import Answer
from tasksplit.replay.declared import find
from tasksplit.report.words import counted, visible


def command(
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long workers have to answer.")] = 2.0,
) -> None:
    """Send parked messages back, where all workers of their queue know the task. Exit code 0: none is left, 3: some."""
    sent: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for app in apps_of(find(migration)):
        fleet = CeleryProbe(app, seconds=seconds)()
        if fleet.problem:
            raise StoreError(sentence(found=fleet.problem, expected="workers that answer", do="start them, try again"))
        done = unpark(app, lambda task, queue, fleet=fleet: known(fleet, task, queue))  # type: ignore[misc]  # bound now
        sent.update(done.sent)
        left = Counter(done.left)  # of several applications on one broker the last one has seen them all
    console = Console(highlight=False, soft_wrap=True)
    for task, number in sorted(sent.items()):
        console.print(visible(f"sent back: {counted(number, 'message')} of {task}"), markup=False)
    for task, number in sorted(left.items()):
        console.print(visible(f"left: {counted(number, 'message')} of {task}: a worker does not know it"), markup=False)
    if not sent and not left:
        console.print("No message is parked.")
    raise typer.Exit(code_of(Answer.WAIT if left else Answer.PASS))


def known(fleet: Fleet, task: str, queue: str) -> bool:
    """Return whether somebody takes from the queue, and all who do know the task."""
    takers = [worker for worker, queues in fleet.consumes.items() if queue in queues]
    return bool(takers) and all(task in fleet.knows.get(worker, ()) for worker in takers)
