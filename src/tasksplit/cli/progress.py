"""How far is it? A bar on a terminal, a line every tenth in a pipe, nothing when asked to be quiet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from tasksplit.report.words import count, share, visible

Advance = Callable[[int], None]
"""Called with how many more are done."""

_STEPS = 10


@contextmanager
def progress(what: str, total: int, *, console: Console, quiet: bool = False) -> Iterator[Advance]:
    """Show how many of ``total`` are done while the block runs; yield what to call after each one."""
    if quiet or total <= 0:
        yield lambda _: None
    elif console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(visible(what), total=total)
            yield lambda done: bar.advance(task, done)
    else:
        yield _Lines(what, total, console).advance


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,  # the report follows; a finished bar above it says nothing
    )


class _Lines:
    """Which tenth was said last? A log keeps every line, so there are ten of them at most."""

    def __init__(self, what: str, total: int, console: Console) -> None:
        self._what, self._total, self._console = visible(what), total, console
        self._done = self._said = 0

    def advance(self, done: int) -> None:
        """Count what is done; say so when another tenth is full."""
        self._done = min(self._done + done, self._total)
        step = self._done * _STEPS // self._total
        if step > self._said:
            self._said = step
            line = f"{self._what}: {count(self._done)} of {count(self._total)} ({share(self._done, self._total)})"
            self._console.print(Text(line), soft_wrap=True)
