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
from sqlalchemy.engine import make_url

from tests.integration.front_door_processes import ROOT, schema_of_ones_own
from tests.unit.shadow.damage import Damage, shipped, shipped_as

# by the names of the ways: what the service does when all is well, and what becomes of it when something is not
WELL = re.compile("built|proposed|accepted|new-|known-bug|synced|started|closed|succeeded|passed")
BADLY = re.compile("fail|broken|refused|silent|odd|reader|away|missing|raises|invalid|nothing")
LONG = "x" * 255  # the longest that a name may be
LONG_TAG = f"0.{'9' * 253}"
NUL = "\x00 \N{SNOWMAN} \U0001f600"
JOBS = [
    {"job": job, "trigger": trigger}
    for trigger in ("pull_request", "commit", "release")
    for job in ("copr_build", "tests", "production_build")
]
ALL_JOBS = json.dumps({"jobs": JOBS, "specfile_path": "the.spec"})
PUSH, RELEASE = shipped_as("push", "built-koji-built"), shipped_as("release", "proposed-built-koji-built")
PULL_REQUEST = shipped_as("pull_request", "built-build-only")
PAGURE, GITLAB = shipped_as("pagure_push", "built"), shipped_as("gitlab_push", "built")
INSTALLATION, COMMENT = shipped_as("installation", "new-waiting"), shipped_as("issue_comment", "no-command")
RESULTS = shipped_as("testing_farm_results", "known-passed-1")
# what a stricter database may refuse: names as long as the parsers let in, any character, any zone
ODD = [
    Damage(PUSH, ((("after",), "f" * 255),), ALL_JOBS),
    Damage(PULL_REQUEST, ((("pull_request", "head", "sha"), "f" * 255),), ALL_JOBS),
    Damage(RELEASE, ((("release", "tag_name"), LONG_TAG),), ALL_JOBS),
    Damage(PAGURE, ((("branch",), LONG),), ALL_JOBS),
    Damage(GITLAB, ((("ref",), f"refs/heads/{LONG[11:]}"),), ALL_JOBS),
    Damage(COMMENT, ((("comment", "body"), f"{NUL} /packit propose-update {NUL}"),), ALL_JOBS),
    Damage(COMMENT, ((("comment", "body"), f"/packit {NUL}"),), ALL_JOBS),
    Damage(RESULTS, ((("message",), NUL), (("url",), LONG))),
    Damage(INSTALLATION, ((("installation", "created_at"), 253402300799),)),
    Damage(shipped_as("gitlab_merge_request", "nested-group")),
    Damage(
        INSTALLATION,
        (
            (("installation", "created_at"), "2020-06-01T01:30:00+05:30"),
            (("installation", "account", "login"), LONG),
            (("installation", "account", "type"), LONG),
            (("installation", "account", "url"), LONG),
            (("installation", "account", "id"), 2**31 - 1),
            (("repositories",), [{"full_name": f"{LONG[:127]}/{LONG[:127]}"}]),
        ),
    ),
]


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


def acted(database: str, messages: list[Damage]) -> dict[str, Any]:
    """What both sides do about each of the messages in that database."""
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
    return acted(f"sqlite:///{folder / 'example.db'}", sample())


@pytest.fixture(scope="module")
def postgresql() -> Iterator[dict[str, Any]]:
    with schema_of_ones_own() as url:
        options = f"{make_url(url).query['options']} -csynchronous_commit=off"  # nothing is to outlive the test
        quick = make_url(url).update_query_dict({"options": options})
        yield acted(quick.render_as_string(hide_password=False), sample())


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
