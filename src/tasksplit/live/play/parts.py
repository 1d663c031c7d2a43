"""Which processes run, are they ready, and who of them ended too early? What is started here ends here."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tasksplit.errors import sentence
from tasksplit.live.play.script import Part, PlayError

LINES = 12  #: that a part which died is quoted with
_POLL = 0.2  #: seconds between two looks
SECONDS_TO_END = 8.0  #: that parts have to end by themselves, all together


class Process(Protocol):
    """What runs? ``tasksplit.testing.child.Child`` is one: killed with its parent, and all that it started with it."""

    @property
    def ended(self) -> int | None:
        """Return how it ended; None: it runs."""

    def said(self) -> str:
        """Return what it has said so far."""

    def signal(self, number: int) -> None:
        """Send a signal; nothing if it has ended."""

    def kill(self) -> int:
        """Kill it and all that it started."""


class Start(Protocol):
    """Who starts processes?"""

    def __call__(
        self, arguments: Sequence[str], *, folder: Path, log: Path, environment: Mapping[str, str]
    ) -> Process: ...


@dataclass(frozen=True, slots=True)
class Said:
    """What did a command say, and with which code did it end?"""

    command: str
    code: int
    lines: tuple[str, ...]


class Parts:
    """Which processes run? A context manager: at its end none does."""

    def __init__(  # noqa: PLR0913  # where they run, and with what, each by its name
        self,
        start: Start,
        *,
        folder: Path,
        root: Path,
        environment: Mapping[str, str],
        meanwhile: Callable[[], None] = lambda: None,
        whole: Callable[[], AbstractContextManager[None]] = nullcontext,
        patience: float = SECONDS_TO_END,
    ) -> None:
        """``folder``: of logs. ``root``: where they run. ``meanwhile``: called between two looks, to draw.

        ``whole``: in which nothing interrupts, so that what was started is known. ``patience``: seconds that parts have
        to end by themselves, all together.
        """
        self._start, self._folder, self._root = start, folder, root
        self._environment, self._meanwhile = dict(environment), meanwhile
        self._patience, self._whole = patience, whole
        self._running: list[tuple[Part, Process]] = []
        self._command: Process | None = None

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def begin(self, part: Part) -> None:
        """Start a part; nobody waits for it yet."""
        log = self._folder / f"{len(self._running)}-{part.name.replace(' ', '-')}.log"
        with self._whole():
            process = self._start(part.arguments, folder=self._root, log=log, environment=self._environment)
            self._running.append((part, process))

    def wait(self, deadline: float) -> None:
        """Return when all parts are ready; PlayError where one ended, or is not ready in time."""
        while late := [part.name for part, process in self._running if part.ready not in process.said()]:
            self.check()
            if time.monotonic() > deadline:
                raise PlayError(
                    sentence(
                        found=f"{', '.join(late)} not ready in time", expected="a start within the time of the play",
                        do="give it longer with --seconds, or see what keeps this machine busy",
                    )
                )  # fmt: skip
            self._pause()

    def check(self) -> None:
        """Raise PlayError where a part has ended, with the last lines that it said."""
        for part, process in self._running:
            if process.ended is not None:
                raise PlayError(
                    sentence(
                        found=f"{part.name} ended early (code {process.ended})", expected="that it runs to the end",
                        do=f"see what it said last:\n{last_lines(process.said())}",
                    )
                )  # fmt: skip

    def run(self, arguments: Sequence[str], *, options: Sequence[str] = (), deadline: float) -> Said:
        """Run a command of tasksplit beside the parts; return what it said.

        ``options``: where this play keeps what; they say nothing to a person, and are not shown.
        """
        number = sum(1 for _ in self._folder.glob("command-*.log"))
        with self._whole():
            process = self._command = self._start(
                [sys.executable, "-m", "tasksplit", *arguments, *options],
                folder=self._folder,  # what it writes beside itself goes with the play
                log=self._folder / f"command-{number}.log", environment=self._environment,
            )  # fmt: skip
        try:
            while process.ended is None:
                self.check()
                if time.monotonic() > deadline:
                    raise PlayError(
                        sentence(
                            found=f"{shown(arguments)!r} still at work when the time was over",
                            expected="its end", do="give the play longer with --seconds",
                        )
                    )  # fmt: skip
                self._pause()
        finally:
            process.kill()
        lines = tuple(line for line in process.said().splitlines() if line.strip())
        return Said(command=shown(arguments), code=process.ended or 0, lines=lines)

    def _pause(self) -> None:
        self._meanwhile()
        time.sleep(_POLL)

    def end(self) -> None:
        """Ask all parts to end, and kill those that take too long, with whatever they started."""
        for _, process in reversed(self._running):
            process.signal(signal.SIGTERM)
        until = time.monotonic() + self._patience
        while time.monotonic() < until and any(process.ended is None for _, process in self._running):
            time.sleep(0.05)
        for _, process in self._running:
            process.kill()
        if self._command is not None:  # which a signal may have kept from its own end
            self._command.kill()
        self._running.clear()


def last_lines(text: str) -> str:
    """Return the end of what somebody said, indented."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(f"  {line[:200]}" for line in lines[-LINES:]) or "  (nothing)"


def shown(arguments: Sequence[str]) -> str:
    """Return a command of tasksplit as a person would type it."""
    return " ".join(["tasksplit", *map(_quoted, arguments)])


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word
