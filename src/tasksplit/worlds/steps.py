"""At which steps can a worker fail, be killed or be overtaken? At each effect, before and after it.

Nobody listens in a plain replay, and then a step is only the effect itself. What is raised here stands for a world that
breaks: the adapters turn it into the error that the user's client would raise.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class SeveredError(ConnectionError):
    """The connection broke before an effect: an error as any client may raise."""


class AnswerLostError(SeveredError):
    """The effect happened, and its answer never came."""


class CommitSeveredError(sqlite3.OperationalError):
    """The same of a commit, in the words of the scratch database's driver."""


class Abandoned(BaseException):
    """The worker was killed here. Not an Exception: nobody goes on after a kill."""


class Steps(Protocol):
    """Who listens to the steps of a task? What it raises goes through the user's code."""

    def before(self, what: str) -> None:
        """An effect is about to happen; ``what``: ``POST http://host/path``, ``commit``, ``notify``, a task's name."""

    def after(self, what: str) -> None:
        """It has happened."""

    def asks(self, *, locks: bool) -> None:
        """A statement is about to be run; ``locks``: it changes rows, or asks for them ``FOR UPDATE``."""


class Listening:
    """Who listens now? One message at a time is at work in a process."""

    steps: Steps | None = None


STEPS = Listening()  #: of this process


def step(what: str, run: Callable[[], T]) -> T:
    """Run an effect as one step; return what it returns, or let through what the one who listens raises."""
    steps = STEPS.steps
    if steps is None:
        return run()
    steps.before(what)
    value = run()
    steps.after(what)
    return value
