"""What may befall a task on a real worker, and at which of its steps does it here?"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from tasksplit.worlds.steps import Abandoned, AnswerLostError, SeveredError


class How(StrEnum):
    """What befalls the tasks of the split?"""

    PLAIN = "plain"  #: nothing: what the others are held against
    OTHER_DRAWS = "other draws"  #: nothing but other random numbers: what differs then is no matter of delivery
    TWICE = "twice"  #: delivered a second time, after it ended
    FAILED_BEFORE = "failed before"  #: the connection breaks before an effect
    FAILED_AFTER = "failed after"  #: the effect happens, and its answer is lost
    KILLED_AFTER = "killed after"  #: the worker is killed after an effect, and the task is delivered again
    AT_ONCE = "at once"  #: delivered a second time while the first one is at some step
    BACKWARDS = "backwards"  #: of tasks due at the same time the last sent runs first
    SHUFFLED = "shuffled"  #: they run in an order drawn from a seed

    @property
    def orders(self) -> bool:
        """Return whether it befalls all tasks of the message at once, by their order."""
        return self in (How.BACKWARDS, How.SHUFFLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstance:
    """What befalls which handler's task, and at which step?"""

    how: How = How.PLAIN
    handler: str = ""
    """Whose task; empty: all, or none."""
    step: int = 0
    """At which effect of its first task, from 1; for ``AT_ONCE`` at which statement or effect."""
    seed: int = 0
    """Of the order."""

    @property
    def said(self) -> str:
        """Return it in words, without the step: the same for all messages."""
        return self.how.value


PLAIN = Circumstance()


@dataclass(slots=True)
class Course:
    """Which step is a task at, and what befalls it there? One for each message; implements ``worlds.steps.Steps``."""

    circumstance: Circumstance
    overtake: Callable[[], None] = lambda: None
    """Run a second delivery of the task here and now; for ``AT_ONCE``."""
    effects: dict[str, list[str]] = field(default_factory=dict)
    """Handler -> the effects of its first task, in order."""
    moments: dict[str, int] = field(default_factory=dict)
    """Handler -> how many statements and effects its first task had, before which another may overtake it."""
    struck: str = ""
    """At which effect it struck; empty: not yet."""
    redelivered: bool = False
    """Whether a task was delivered again."""
    waited: bool = False
    """Whether the second delivery would have had to wait for the first one's locks: no race there."""
    _at: str = ""
    _count: int = 0
    _moments: int = 0
    _locked: bool = False
    _abandoned: bool = False
    _overtaking: bool = False

    @property
    def abandoned(self) -> bool:
        """Return whether the worker of the task that runs was killed."""
        return self._abandoned

    def begin(self, handler: str, *, on: bool = False) -> None:
        """A task begins, of that handler; empty: of none. ``on``: it goes on with what its first one began."""
        self._at = handler if on or handler not in self.effects else ""
        self._count = len(self.effects.get(handler, ())) if on else 0
        self._moments = self.moments.get(handler, 0) if on else 0
        self._abandoned = self._locked = False
        if self._at:
            self.effects.setdefault(handler, [])

    def end(self) -> None:
        """It has ended."""
        if self._at:
            self.moments[self._at] = self._moments
        self._at = ""
        self._abandoned = False

    def before(self, what: str) -> None:
        """An effect is about to happen: it may fail, or another delivery may come first."""
        self._check()
        if not self._at or self._overtaking:
            return
        if what != "commit":  # a commit frees its locks, and changes nothing that another could read before it
            self._moment()
        self._count += 1
        if self._strikes(How.FAILED_BEFORE):
            self.struck = what
            raise SeveredError(f"the connection broke before {what}")

    def after(self, what: str) -> None:
        """It has happened: its answer may be lost, or the worker killed."""
        self._check()
        if not self._at or self._overtaking:
            return
        self.effects[self._at].append(what)
        if what == "commit":
            self._locked = False
        if self._strikes(How.FAILED_AFTER):
            self.struck = what
            raise AnswerLostError(f"the connection broke after {what}")
        if self._strikes(How.KILLED_AFTER):
            self.struck = what
            self._abandoned = True
            raise Abandoned(f"killed after {what}")

    def asks(self, *, locks: bool) -> None:
        """A statement is about to be run."""
        self._check()
        if self._overtaking:
            if locks and self._locked:
                self.waited = True
                raise Abandoned("it would wait for the first one's lock")
            return
        if not self._at:
            return
        self._moment()
        self._locked = self._locked or locks

    def _moment(self) -> None:
        self._moments += 1
        c = self.circumstance
        if c.how is How.AT_ONCE and c.handler == self._at and c.step == self._moments and not self.struck:
            self.struck = f"moment {c.step}"
            self._overtaking = True
            try:
                self.overtake()
            finally:
                self._overtaking = False

    def _strikes(self, how: How) -> bool:
        c = self.circumstance
        return c.how is how and c.handler == self._at and c.step == self._count and not self.struck

    def _check(self) -> None:
        if self._abandoned:  # whatever a finally of the user's still tries: a killed process does nothing more
            raise Abandoned("killed before")


def order_of(course: Course | None, backwards: bool) -> Callable[[int], float]:
    """Return what gives a task its place among those due at the same time, from the order in which they were sent."""
    how = How.PLAIN if course is None else course.circumstance.how
    if course is not None and how is How.SHUFFLED:
        drawn = random.Random(course.circumstance.seed)  # noqa: S311  # an order that can be had again
        return lambda _order: drawn.random()
    return (lambda order: -order) if backwards or how is How.BACKWARDS else float
