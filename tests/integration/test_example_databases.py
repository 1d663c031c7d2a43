"""Does the example do the same in a real database, whichever it is: both sides, and every kind of message?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.integration.front_door_processes import ROOT, schema_of_ones_own
from tests.unit.shadow.damage import Damage, shipped

# by the names of the ways: what the service does when all is well, and what becomes of it when something is not
WELL = re.compile("built|proposed|accepted|new-|known-bug|synced|started|closed|succeeded|passed")
BADLY = re.compile("fail|broken|refused|silent|odd|reader|away|missing|raises|invalid|nothing")
# what a stricter database may refuse: of any length that is let in, in any zone, with any character
ODD: list[Damage] = []


def ways() -> dict[str, dict[str, str]]:
    """The messages of each kind, one for each way that they can go."""
    found: dict[str, dict[str, str]] = {}
    for name in shipped():
        kind, _, rest = name.partition("-")
        found.setdefault(kind, {}).setdefault(rest.lstrip("0123456789-"), name)
    return found


def sample() -> list[Damage]:
    """Of each kind two that go well, two that do not, and one that is neither."""
    messages: list[str] = []
    for kind in ways().values():
        badly = [name for way, name in kind.items() if BADLY.search(way)]
        well = [name for way, name in kind.items() if WELL.search(way) and name not in badly]
        neither = [name for name in kind.values() if name not in well and name not in badly]
        messages += [*well[:2], *badly[:2], *neither[:1]]
    return [*map(Damage, messages), *ODD]


def acted(database: str) -> dict[str, Any]:
    """What both sides do about each of the messages in that database."""
    messages = sample()
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.both_sides"],
        input=json.dumps([asdict(message) for message in messages]),
        env={**os.environ, "DATABASE_URL": database},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {repr(message): found for message, found in zip(messages, json.loads(done.stdout), strict=True)}


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("example")
    return acted(f"sqlite:///{folder / 'example.db'}")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[dict[str, Any]]:
    with schema_of_ones_own() as url:
        yield acted(url)


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Compare message by message: what differs is then the message, and what came of it."""
    differ = {name: (found[name], expected[name]) for name in expected if found[name] != expected[name]}
    assert differ == {}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_both_sides_do_the_same(database: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(database)
    assert_same(
        {name: both["split"] for name, both in found.items()}, {name: both["legacy"] for name, both in found.items()}
    )


@pytest.mark.parametrize("side", ["legacy", "split"])
def test_both_databases_hold_the_same(side: str, sqlite: dict[str, Any], postgresql: dict[str, Any]) -> None:
    assert_same(
        {name: both[side] for name, both in postgresql.items()}, {name: both[side] for name, both in sqlite.items()}
    )


def test_the_messages_do_something(sqlite: dict[str, Any]) -> None:
    """Nothing would be the same everywhere, too."""
    done = [both["split"] for both in sqlite.values()]
    tables = {table for one in done for table, rows in one["rows"].items() if rows}
    assert tables == {
        *("git_projects", "pull_requests", "git_branches", "project_releases", "project_issues", "build_triggers"),
        *("srpm_builds", "copr_builds", "koji_builds", "tft_test_runs"),
        *("bugzillas", "github_installations", "whitelist"),
    }
    noted = {name for one in done for name, found in one["noted"].items() if found}
    assert {"statuses", "comments", "flags", "issues", "builds", "koji_tasks", "proposals", "bugs", "patches"} <= noted
    assert {type_ for one in done for type_ in one["raised"]} >= {"ConfigError", "HTTPStatusError", "ValueError"}
    assert any(one["babysat"] for one in done)
