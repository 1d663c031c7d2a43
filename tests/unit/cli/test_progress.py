"""A bar on a terminal, lines in a pipe, nothing when quiet."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tasksplit.cli.progress import progress


def _shown(total: int, *, terminal: bool = False, quiet: bool = False, step: int = 1) -> str:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=terminal)
    with progress("messages\x1b[2J", total, console=console, quiet=quiet) as advance:
        for _ in range(0, total, step):
            advance(step)
    return out.getvalue()


@pytest.mark.parametrize("total", [1, 3, 10, 33, 600])
def test_a_pipe_gets_ten_lines_at_most_and_the_last_is_whole(total: int) -> None:
    lines = _shown(total).splitlines()
    assert 1 <= len(lines) <= 10
    assert lines[-1] == f"messages\\x1b[2J: {total} of {total} (100 %)"


def test_steps_that_overshoot_stop_at_the_total() -> None:
    assert _shown(10, step=7).splitlines()[-1].endswith("10 of 10 (100 %)")


def test_a_terminal_gets_a_bar() -> None:
    shown = _shown(5, terminal=True)
    assert "\x1b[?25l" in shown
    assert "5/5" in shown
    assert "\x1b[2J" not in shown


def test_quiet_is_silent() -> None:
    assert _shown(5, terminal=True, quiet=True) == ""
    assert _shown(5, quiet=True) == ""


def test_nothing_to_do_says_nothing() -> None:
    assert _shown(0) == ""
