"""What the reference says of the command line is what the command line takes."""

from __future__ import annotations

from typing import Any

import typer

from tasksplit import pytest_plugin
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


def test_every_option_of_a_rollout_is_on_its_page() -> None:
    shown = [row[0] for row in table(PAGE.with_name("rollout.md"), "rollout option")]
    taken = [
        f"`{name}`" for o in COMMANDS["rollout"].params if o.param_type_name == "option" for name in taken_names(o)
    ]
    assert sorted(name for cell in shown for name in cell.split(", ")) == sorted(taken)


def test_every_option_of_a_gate_is_on_the_page() -> None:
    shown = [name for row in table(PAGE, "gate option") for name in row[0].split(", ")]
    options = [o for o in COMMANDS["gate"].params if o.param_type_name == "option"]
    assert sorted(shown) == sorted(f"`{name}`" for o in options for name in taken_names(o))


class Asked:
    """What the plugin asks pytest for."""

    def __init__(self) -> None:
        self.options: dict[str, str] = {}

    def getgroup(self, _name: str) -> Asked:
        return self

    def addoption(self, name: str, *, default: str, **_rest: object) -> None:
        self.options[f"`{name}`"] = f"`{default}`" if default else "none"


def test_every_option_of_pytest_is_on_its_page_with_its_default() -> None:
    asked = Asked()
    pytest_plugin.pytest_addoption(asked)  # type: ignore[arg-type]  # it has what is used
    assert {row[0]: row[2] for row in table(PAGE.with_name("pytest.md"), "pytest option")} == asked.options


def taken_names(option: Any) -> list[str]:
    return [name for name in (*option.opts, *option.secondary_opts) if name != "--help"]


def default(option: Any) -> str:
    if option.required:
        return "must be given"
    if option.secondary_opts:
        return f"`{(option.opts if option.default else option.secondary_opts)[0]}`"
    if option.default == "":
        return "none"
    return "" if option.is_flag else f"`{option.default}`"
