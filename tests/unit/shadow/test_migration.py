"""The declaration can be built, leads somewhere, and its functions fit both sides."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from shadow import views
from shadow.celery_app import app
from shadow.migration import migration
from tasksplit.worlds.references import resolve

MESSAGES = Path(__file__).parents[3] / "legacy" / "messages"

PATHS = [
    *(path for handler in migration.handlers for path in (handler.legacy, handler.implementation)),
    *(path for entry in migration.entries for path in (entry.legacy, entry.split)),
    *(database.engine for database in migration.world.databases),
    *(path for service in migration.world.services for path in (service.client, service.standin)),
    *(path for call in migration.world.calls for path in (*call.at, call.standin)),
    migration.world.fixture,
]


@pytest.mark.parametrize("path", PATHS)
def test_every_dotted_path_leads_somewhere(path: str) -> None:
    assert resolve(path).value is not None


def test_every_split_task_is_known_to_the_app() -> None:
    app.loader.import_default_modules()
    assert {handler.split for handler in migration.handlers} <= set(app.tasks)


@pytest.mark.parametrize("handler", migration.handlers, ids=lambda handler: handler.name)
def test_an_implementation_has_one_payload_and_doors(handler: Any) -> None:
    parameters = inspect.signature(resolve(handler.implementation).value).parameters
    assert list(parameters) == ["payload", *handler.doors]
    assert all(parameters[door].kind is inspect.Parameter.KEYWORD_ONLY for door in handler.doors)


def test_every_rule_says_why() -> None:
    found = [rule for name in migration.names for rule in migration.rules_of(name)]
    assert found
    assert all(rule.because for rule in found)


def accepted(payload: Any) -> list[str]:
    return [entry.name for entry in migration.entries if entry.accepts(payload)]


@pytest.mark.parametrize("payload", [None, [], "x", 7, {}, {"task": "other"}, {"action": "opened"}])
def test_what_is_no_babysitting_is_a_message(payload: Any) -> None:
    assert accepted(payload) == ["message"]


def test_babysitting_has_an_entry_of_its_own() -> None:
    payload = {"task": "task.babysit_copr_build", "build_id": 7}
    assert accepted(payload) == ["babysit"]
    assert migration.entries[1].arguments(payload) == {"build_id": 7}


def key_of(payload: Any) -> str | None:
    keys = [key(payload) for key in migration.key if callable(key)]
    return next((key for key in keys if key), None)


def test_keys_of_builds_and_tests() -> None:
    assert key_of({"copr": "amber-x-1-stg", "owner": "packit"}) == "copr packit/amber-x"
    assert key_of({"task": "task.babysit_copr_build", "build_id": 7}) == "build 7"
    assert key_of({"artifact": {"repo-namespace": "amber", "repo-name": "x"}}) == "amber/x"
    assert [key_of(payload) for payload in (None, [], {}, {"copr": 7}, {"artifact": []})] == [None] * 5


@pytest.mark.parametrize("name", sorted({file.stem.split("-")[0] for file in MESSAGES.glob("*.json")} - {"junk"}))
def test_every_kind_of_message_has_a_key(name: str) -> None:
    payload = json.loads(sorted(MESSAGES.glob(f"{name}-*.json"))[0].read_text())
    has_path = "repository" in payload or "installation" in payload
    assert has_path or key_of(payload)


def test_what_both_sides_must_agree_on() -> None:
    event = {"trigger": "pull_request", "project_url": "u", "commit_sha": "c", "_pr_id": 3, "created_at": 17}
    done, refused = {"success": True, "details": {}}, {"success": False, "details": {"msg": "no"}}
    legacy = {"event": event, "jobs": {"copr_build-20200622090000000000": done, "tests": refused}}
    split = {
        "event": {"trigger": "pull_request", "project_url": "u", "commit_sha": "c", "pr_id": 3},
        "started": ["copr_build"],
        "told": {"tests": "no"},
    }
    assert views.decided(legacy) == split
    assert views.decided(split) == split
    assert views.decided(None) is None


def test_the_name_of_a_class() -> None:
    assert views.class_name("legacy.package_config.ConfigError") == "ConfigError"
    assert views.class_name("builtins.KeyError") == "KeyError"
    assert views.class_name(None) is None


def test_instances_are_told_by_chroot_and_job() -> None:
    inputs = {"payload": {"chroot": "fedora-32-x86_64", "job": 1}}
    assert views.place_of_job(inputs) == "job 1"
    assert views.chroot_and_job(inputs) == "fedora-32-x86_64, job 1"
    assert views.chroot(inputs) == "fedora-32-x86_64"
