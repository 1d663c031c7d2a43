"""Which step comes when, and when has enough been seen of it? Off, shadow, canary, live, and back to shadow.

A move is a call of `tasksplit rollout`, as a person would type it. Beyond `shadow` the gate is asked first, without
`--force`: a minute of messages is less than any bar asks for, so it will say wait. Then it is overridden, aloud.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tasksplit.errors import sentence
from tasksplit.live.play.parts import Said, shown
from tasksplit.live.play.script import PlayError
from tasksplit.live.play.seen import Seen
from tasksplit.model.message import Side
from tasksplit.model.rollout import Stage

FORCED = "a demonstration: a minute of messages cannot meet the bar"
_REFUSED = (1, 3)  #: exit codes of an advance that the evidence does not allow
_ENOUGH = 4  #: messages that show what a stage does
_PAIRS = 8  #: that are compared before the handler moves on

Enough = Callable[[Seen, Seen], bool]  # as it was when the step began, as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where does the handler go, what is to be seen there, and how long may that take?"""

    title: str
    because: str
    enough: Enough
    share: float
    """Of the time that is left, at most."""
    stage: Stage | None = None
    """None: nothing moves."""
    keys: str = ""
    """Share of keys, of a canary."""
    at_least: float = 2.0
    """Seconds."""

    @property
    def asks(self) -> bool:
        """Return whether the gate decides about it."""
        return self.stage in (Stage.CANARY, Stage.LIVE)


def _more(side: Side, before: Seen, now: Seen) -> bool:
    return now.by(side) - before.by(side) >= _ENOUGH


STORY = (
    Step(
        title="off: legacy acts, nothing is recorded", because="",
        enough=lambda before, now: _more(Side.LEGACY, before, now), share=0.15,
    ),
    Step(
        title="shadow: legacy acts, each message is recorded and replayed by both sides", because="first look",
        stage=Stage.SHADOW, enough=lambda _, now: now.tally.pairs >= _PAIRS, share=0.3, at_least=4.0,
    ),
    Step(
        title="canary: the split acts for half of the keys", because="a first share", stage=Stage.CANARY, keys="50%",
        enough=lambda before, now: _more(Side.SPLIT, before, now) and _more(Side.LEGACY, before, now), share=0.35,
    ),
    Step(
        title="live: the split acts for all", because="all of them", stage=Stage.LIVE,
        enough=lambda before, now: _more(Side.SPLIT, before, now), share=0.4,
    ),
    Step(
        title="back to shadow: legacy acts again, everywhere within two seconds", because="undo it, as one may need to",
        stage=Stage.SHADOW, enough=lambda before, now: _more(Side.LEGACY, before, now), share=0.5,
    ),
)  # fmt: skip


class Run(Protocol):
    """Who runs a command of tasksplit?"""

    def __call__(self, arguments: Sequence[str], *, options: Sequence[str], deadline: float) -> Said: ...


class Screen(Protocol):
    """Who shows what happens?"""

    def step(self, number: int, step: Step) -> None:
        """A step begins."""

    def asked(self, command: str) -> None:
        """A command is run now."""

    def said(self, said: Said) -> None:
        """It has ended, and said something."""

    def note(self, text: str) -> None:
        """Something else is to be known."""

    def draw(self, seen: Seen) -> None:
        """It looks like this now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """How is a step asked for on the command line?"""

    handler: str
    options: Sequence[str] = ()
    """Of every call: where the declaration, the flags and the evidence are."""

    def words(self, step: Step, *, force: bool = False) -> list[str]:
        """Return the arguments of `tasksplit`."""
        share = ["--share", step.keys] if step.keys else []
        why = FORCED if force else step.because
        forced = ["--force"] if force else []
        return ["rollout", self.handler, str(step.stage), *share, *forced, "--because", why]


class Story:
    """How does the story go on? One step after the other, each until enough was seen of it or its time is over."""

    def __init__(  # noqa: PLR0913  # one place where the parts meet, each by its name
        self, *, run: Run, look: Callable[[], Seen], screen: Screen, moves: Moves, check: Callable[[], None],
        sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """``check`` raises where somebody who is needed has gone."""
        self._run, self._look, self._screen, self._moves = run, look, screen, moves
        self._check, self._sleep, self._clock = check, sleep, clock
        self.short: list[str] = []
        """Steps of which not enough was seen in their time."""
        self.told: list[Said] = []
        """What the commands said, in their order."""

    def play(self, until: float, steps: Sequence[Step] = STORY, *, deadline: float | None = None) -> None:
        """Go through the steps; PlayError where one cannot be made.

        ``until``: when all should have been seen. ``deadline``: when the last command has to have ended, so that the
        handler is led back also where too little was seen on the way; None: at the same time.
        """
        for number, step in enumerate(steps, 1):
            self._screen.step(number, step)
            before = self._look()
            if step.stage is not None:
                self._move(step, until if deadline is None else deadline)
            self._watch(step, before, until)

    def settle(self, deadline: float) -> Seen:
        """Return what is to be seen once nothing is on its way any more, or the time is over."""
        while not (seen := self._seen()).settled and self._clock() < deadline:
            self._sleep(0.3)
        return seen

    def _move(self, step: Step, deadline: float) -> None:
        said = self._said(self._moves.words(step), deadline)
        if said.code in _REFUSED and step.asks:
            self._refuse_if_they_differ()
            self._screen.note("the gate does not let it pass, as it should: overridden, for this demonstration only")
            said = self._said(self._moves.words(step, force=True), deadline)
        if said.code:
            raise PlayError(
                sentence(
                    found=f"'{said.command}' ended with code {said.code}: {' / '.join(said.lines[-3:])}",
                    expected="code 0", do="see what it says",
                )
            )  # fmt: skip

    def _refuse_if_they_differ(self) -> None:
        """Override what is still to come, never a difference that was seen."""
        if differ := self._look().mismatches:
            raise PlayError(
                sentence(
                    found=f"{differ} pairs that differ", expected="none, to go on in spite of the gate",
                    do="see the differences in the report",
                )
            )  # fmt: skip

    def _said(self, words: list[str], deadline: float) -> Said:
        self._screen.asked(shown(words))
        said = self._run(words, options=self._moves.options, deadline=deadline)
        self.told.append(said)
        self._screen.said(said)
        return said

    def _watch(self, step: Step, before: Seen, deadline: float) -> None:
        began = self._clock()
        until = began + max(0.0, deadline - began) * step.share
        while self._clock() < began + step.at_least or not step.enough(before, self._seen()):
            if self._clock() >= max(until, began + step.at_least):
                self.short.append(step.title)
                self._screen.note("its time is over before all was seen")
                return
            self._sleep(0.3)

    def _seen(self) -> Seen:
        self._check()
        seen = self._look()
        self._screen.draw(seen)
        return seen
