"""Who ran a handler for which message? Told by the code that runs itself, and by nothing that routes or claims.

The innermost wrapping of a handler on legacy, and of its implementation on the split: whatever tasksplit decides is
decided around it. So what it saw can be held against what tasksplit says.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from celery import Celery, current_task, signals

from tasksplit.live.carried import claim_of
from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
from tasksplit.worlds.references import Around, hook, resolve

ENTRY = "entry"  #: a delivery to legacy's task, whichever handlers it met


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Which side ran a handler, by message?"""

    sides: Mapping[str, frozenset[Side]] = field(default_factory=dict)
    """Message -> who ran it."""
    entered: frozenset[str] = frozenset()
    """Messages that reached legacy's task."""

    def by(self, side: Side) -> int:
        """Return how many messages a side ran the handler for."""
        return sum(side in sides for sides in self.sides.values())

    @property
    def both(self) -> tuple[str, ...]:
        """Return the messages that both sides ran it for: there must be none."""
        return tuple(message for message, sides in self.sides.items() if len(sides) > 1)


def watch(migration: str, file: Path) -> None:
    """Have a worker of this process write down what it runs. To be called before ``tasksplit.install``."""

    def begin(sender: Any, **_rest: Any) -> None:
        _wrap(sender.app, resolve(migration).value, file)

    signals.worker_init.connect(begin, weak=False, dispatch_uid="tasksplit-witness")


def read(file: Path, handler: str) -> Runs:
    """Return what was written down so far of one handler."""
    try:
        lines = file.read_text().split("\n")[:-1]  # what follows the last end of a line is still being written
    except FileNotFoundError:
        return Runs()
    sides: defaultdict[str, Counter[Side]] = defaultdict(Counter)
    entered = set()
    for line in lines:
        side, name, message = json.loads(line)
        if side == ENTRY:
            entered.add(message)
        elif name == handler:
            sides[message][Side(side)] += 1
    return Runs(sides={m: frozenset(each) for m, each in sides.items()}, entered=frozenset(entered))


def _wrap(app: Celery, migration: Migration, file: Path) -> None:
    entries = {resolve(entry.legacy).value.name for entry in migration.entries if entry.legacy}
    if app.tasks.keys() & entries:
        _entries(entries, file)
    for handler in migration.handlers:
        if app.tasks.keys() & entries:
            hook(handler.legacy, _told(partial(_legacy, handler.name, file)))
        if handler.split in app.tasks:
            hook(handler.implementation, _told(partial(_split, handler.name, migration.name, file)))


def _entries(names: set[str], file: Path) -> None:
    def begun(task_id: str, task: Any, **_rest: Any) -> None:
        if task.name in names:
            _write(file, ENTRY, task.name, task_id)

    signals.task_prerun.connect(begun, weak=False)


def _told(tell: Callable[[], None]) -> Around:
    def around(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        tell()
        return original(*args, **kwargs)

    return around


def _legacy(handler: str, file: Path) -> None:
    _write(file, Side.LEGACY, handler, str(current_task.request.id))


def _split(handler: str, migration: str, file: Path) -> None:
    claim = claim_of(current_task, migration)
    _write(file, Side.SPLIT, handler, claim.message if claim else f"task {current_task.request.id}")


def _write(file: Path, side: str, name: str, message: str) -> None:
    """Append one line in one go: many processes write, and none may cut another's line."""
    line = json.dumps([side, name, message]) + "\n"
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)
