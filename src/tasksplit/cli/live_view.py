"""How is a play shown? A picture that is drawn anew on a terminal, and a line for each change anywhere else."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tasksplit.cli.rollout_words import LOUD, at, line
from tasksplit.live.counters import Count
from tasksplit.live.play.parts import Said
from tasksplit.live.play.seen import Seen
from tasksplit.live.play.story import Step
from tasksplit.model.message import Side
from tasksplit.model.rollout import Stage
from tasksplit.report.words import clipped, count, visible

_EVERY = 3.0  #: seconds between two lines of numbers where nothing is drawn anew
WIDEST = 160  #: characters of one thing that was said; the paper has it whole
_VERDICTS = ("match", "mismatch", "accepted", "unpaired", "undecided")


class View:
    """What is on the screen? A context manager; it implements ``story.Screen``."""

    def __init__(self, console: Console, steps: int) -> None:
        self._console, self._steps = console, steps
        self._live = (
            Live(console=console, refresh_per_second=4, transient=True)
            if console.is_terminal and not console.is_dumb_terminal
            else None
        )
        self._title = "the parts are started"
        self._last, self._at = "", 0.0

    def __enter__(self) -> View:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def step(self, number: int, step: Step) -> None:
        """Say which step begins."""
        self._title = f"{number}/{self._steps} {step.title}"
        self._at = 0.0
        line(self._console, self._title, "bold")

    def asked(self, command: str) -> None:
        """Show a command that is run now."""
        line(self._console, f"$ {command}", "cyan")

    def said(self, said: Said) -> None:
        """Show what a command said."""
        for each in said.lines:
            line(self._console, f"  {clipped(each, WIDEST)}", LOUD if each.startswith("FORCED") else "")

    def note(self, text: str) -> None:
        """Say something else."""
        line(self._console, f"  {text}", "yellow")

    def draw(self, seen: Seen) -> None:
        """Draw it anew, or say it where it has changed."""
        if self._live is not None:
            self._live.update(self._picture(seen))
            return
        said, now = in_a_line(seen), time.monotonic()
        if seen.sent and said != self._last and now - self._at >= _EVERY:
            self._last, self._at = said, now
            line(self._console, f"  {said}")

    def _picture(self, seen: Seen) -> RenderableType:
        return Panel(
            Group(stages(seen), Text(""), numbers(seen), Text(""), verdicts(seen)),
            title=Text(visible(f"tasksplit live: {seen.handler}")), subtitle=Text(self._title),
        )  # fmt: skip


def in_a_line(seen: Seen) -> str:
    """Return the numbers of a moment as one line."""
    tally = seen.tally
    said = [
        f"{at(seen.flag) if seen.flag else 'off'}: {count(seen.sent)} sent",
        f"legacy acted on {count(seen.by(Side.LEGACY))}, split on {count(seen.by(Side.SPLIT))}",
        f"{count(seen.count(Count.WRITTEN))} recorded, {count(seen.ledger.paired)} paired",
        ", ".join(f"{count(getattr(tally, name))} {name}" for name in _VERDICTS if getattr(tally, name)),
    ]
    return "; ".join(each for each in said if each)


def stages(seen: Seen) -> Text:
    """Return the way of a handler, with where it is."""
    here = seen.flag.stage if seen.flag else Stage.OFF
    text = Text()
    for stage in (Stage.OFF, Stage.SHADOW, Stage.CANARY, Stage.LIVE):
        shown = at(seen.flag) if seen.flag and stage is here else str(stage)
        text.append(f" {shown} ", style="bold reverse" if stage is here else "dim")
        text.append("" if stage is Stage.LIVE else " → ", style="dim")
    return text


def numbers(seen: Seen) -> Table:
    """Return the messages, from left to right as they go."""
    table = Table(box=None, pad_edge=False)
    shown = {
        "sent": seen.sent, "reached": seen.reached, "legacy acted": seen.by(Side.LEGACY),
        "split acted": seen.by(Side.SPLIT), "both": len(seen.runs.both), "recorded": seen.count(Count.WRITTEN),
        "shed": seen.shed, "sampled out": seen.count(Count.SAMPLED_OUT), "paired": seen.ledger.paired,
        "pending": seen.ledger.pending, "lost": seen.ledger.lost,
    }  # fmt: skip
    for name in shown:
        table.add_column(name, justify="right", overflow="fold")
    table.add_row(*map(count, shown.values()))
    return table


def verdicts(seen: Seen) -> Table:
    """Return the verdicts of the handlers that have any, the one that moves first."""
    table = Table(box=None, pad_edge=False)
    table.add_column("handler", overflow="fold")
    for name in ("keys", *_VERDICTS):
        table.add_column(name, justify="right")
    found = seen.review.handlers if seen.review else ()
    for handler in sorted(found, key=lambda each: each.name != seen.handler):
        each = [getattr(handler.evidence.tally, name) for name in _VERDICTS]
        if any(each) or handler.name == seen.handler:
            style = "bold" if handler.name == seen.handler else ""
            table.add_row(
                Text(visible(handler.name), style=style), count(handler.evidence.keys_seen), *map(count, each)
            )
    return table
