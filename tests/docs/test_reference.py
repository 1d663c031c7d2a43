"""What the reference says of the command line is what the command line takes."""

from __future__ import annotations

from typing import Any

import typer

from tasksplit.cli import app
from tests.docs.blocks import ROOT, table

PAGE = ROOT / "docs" / "reference" / "cli.md"
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group


def test_every_command_is_on_the_page() -> None:
    assert {row[0] for row in table(PAGE, "command")} == {f"`tasksplit {name}`" for name in COMMANDS}


def test_every_option_of_a_run_is_on_the_page_with_its_default() -> None:
    shown = {row[0]: row[2] for row in table(PAGE, "option")}
    taken = {}
    for option in COMMANDS["run"].params:
        if option.name != "help":
            names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
            taken[names] = default(option)
    assert shown == taken


def default(option: Any) -> str:
    if option.required:
        return "must be given"
    if option.secondary_opts:
        return f"`{(option.opts if option.default else option.secondary_opts)[0]}`"
    return "" if option.is_flag else f"`{option.default}`"
