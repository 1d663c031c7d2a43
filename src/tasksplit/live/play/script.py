"""What does a project name so that its story can be played? Which processes, which messages, and how one is sent.

All that is of one project is in a ``Play``; the rest of this package knows none. The example's is ``shadow.live:play``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tasksplit.errors import TasksplitError


class PlayError(TasksplitError):
    """A play that cannot go on, or ended before its story did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where does a play take place? All of it is thrown away afterwards."""

    folder: Path
    """A temporary folder, removed at the end."""
    root: Path
    """Of the project: the folder that its modules are imported from."""
    broker: str
    """URL of the Redis that messages go through."""
    store: str
    """Where flags, routes and claims are kept."""
    key: str
    """The deployment's key."""
    ports: Sequence[int]
    """Ports of 127.0.0.1 that are free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which process belongs to the deployment, and how is it known that it is ready?"""

    name: str
    """For people: ``legacy worker``."""
    arguments: Sequence[str]
    ready: str = ""
    """What it says when it is; empty: it is waited for by nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Which processes run, with what in their environment, and how does a message reach them?"""

    parts: Sequence[Part]
    """In the order in which they are started; all of the same ``environment``."""
    send: Callable[[Path], str]
    """Send the message of a file; return its id, as the workers know it. It raises OSError where nobody takes it."""
    witness: Path
    """What ``witness.watch`` writes, in the workers."""
    workers: int = 0
    """How many of the parts are Celery workers, so that asking them all ends when they have answered; 0: not said."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside what all have: ``BROKER_URL``, ``TASKSPLIT_STORE``, ``TASKSPLIT_KEY``, ``TASKSPLIT_FOLDER``."""
    prepare: Callable[[], Any] = lambda: None
    """Called once, before the first process is started: files to be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """How is the story of a project played?"""

    migration: str
    """Dotted path of the declaration."""
    handler: str
    """Which one moves, unless another is asked for: one that the messages exercise often."""
    messages: Path
    """The folder of payloads, unless another is given."""
    choose: Callable[[Sequence[Path], str], Sequence[Path]]
    """Files and the handler's name -> which are sent, in which order. They are sent again when they are all gone."""
    setting: Callable[[Place], Setting]
