"""The declaration can be built, leads somewhere, and its functions fit both sides."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from shadow import payloads, strata, views
from shadow.celery_app import QUEUES, app
from shadow.migration import migration
from tasksplit.worlds.references import resolve

PATHS = [
    *(path for handler in migration.handlers for path in (handler.legacy, handler.implementation)),
    *(path for entry in migration.entries for path in (entry.legacy, entry.split)),
    *(database.engine for database in migration.world.databases),
    *(path for service in migration.world.services for path in (service.client, service.standin)),
    *(path for call in migration.world.calls for path in (*call.at, call.standin)),
    migration.world.fixture,
    migration.messages,
]


@pytest.mark.parametrize("path", PATHS)
def test_every_dotted_path_leads_somewhere(path: str) -> None:
    assert resolve(path).value is not None


def test_all_nineteen_are_declared() -> None:
    assert len(migration.handlers) == 19


def test_every_split_task_is_known_to_the_app() -> None:
    app.loader.import_default_modules()
    assert {handler.split for handler in migration.handlers} <= set(app.tasks)


def test_the_workers_wait_at_all_queues() -> None:
    assert set(migration.queues) == set(QUEUES)


@pytest.mark.parametrize("handler", migration.handlers, ids=lambda handler: handler.name)
def test_an_implementation_has_one_payload_and_doors(handler: Any) -> None:
    parameters = inspect.signature(resolve(handler.implementation).value).parameters
    assert list(parameters) == ["payload", *handler.doors]
    assert all(parameters[door].kind is inspect.Parameter.KEYWORD_ONLY for door in handler.doors)


@pytest.mark.parametrize("handler", migration.handlers, ids=lambda handler: handler.name)
def test_a_handler_lies_in_modules_of_one_name(handler: Any) -> None:
    module = handler.legacy.partition(":")[0].removeprefix("legacy.handlers.")
    assert handler.implementation == f"shadow.services.{module}:{handler.name}"
    assert handler.view.__module__ == f"shadow.views.{module}"
    assert app.tasks[handler.split].run.__module__ == f"shadow.tasks.{module}"


def test_each_way_to_pass_data_has_three_handlers() -> None:
    ways = [kind.way for kind in vars(payloads).values() if isinstance(kind, type) and getattr(kind, "task", "")]
    assert min(ways.count(way) for way in ("minimal", "stored_id", "serialized")) >= 3
    assert len(ways) == 19


def test_strata_are_of_kinds_that_messages_have() -> None:
    kinds = {kind for name in migration.names for kind in migration.strata_of(name)}
    assert kinds <= set(strata.DISPATCH)
    assert set(strata.HANDLERS) == {handler.name for handler in migration.handlers}


def test_every_rule_says_why() -> None:
    found = [rule for name in migration.names for rule in migration.rules_of(name)]
    assert found
    assert all(rule.because for rule in found)


def accepted(payload: Any) -> list[str]:
    return [entry.name for entry in migration.entries if entry.accepts(payload)]


@pytest.mark.parametrize(
    "payload", [None, [], 7, {}, {"task": "other"}, {"task": "task.babysit_copr_build"}, {"action": "opened"}]
)
def test_what_is_no_babysitting_is_a_message(payload: Any) -> None:
    assert accepted(payload) == ["message"]


def test_babysitting_has_an_entry_of_its_own() -> None:
    payload = {"task": "task.babysit_copr_build", "build_id": 7}
    assert accepted(payload) == ["babysit"]
    assert migration.entries[1].arguments(payload) == {"build_id": 7}


@pytest.mark.parametrize("payload", [None, [], {"topic": "org.fedoraproject.prod.git.receive"}, {"topic": 7}])
def test_most_messages_come_alone(payload: Any) -> None:
    assert migration.entries[0].arguments(payload) == {"event": payload}


def test_messages_of_centos_come_with_topic_and_source() -> None:
    payload = {"topic": "git.centos.org/git.receive"}
    assert migration.entries[0].arguments(payload) == {
        "event": payload,
        "topic": "git.centos.org/git.receive",
        "source": "centosmsg",
    }


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


@pytest.mark.parametrize("key", ["add_to_whitelist", "create_bugzilla"])
def test_handlers_without_a_job_are_started_too(key: str) -> None:
    event = {"trigger": "installation", "account_login": "a"}
    found = views.decided({"event": event, "jobs": {key: {"success": True, "details": {"msg": "done"}}}})
    assert found == {"event": event, "started": [key], "told": {}}


def test_the_name_of_a_class() -> None:
    assert views.class_name("legacy.package_config.ConfigError") == "ConfigError"
    assert views.class_name("builtins.KeyError") == "KeyError"
    assert views.class_name(None) is None


def test_instances_are_told_by_chroot_and_job() -> None:
    inputs = {"payload": {"chroot": "fedora-32-x86_64", "job": 1, "build": 7}}
    assert views.place_of_job(inputs) == "job 1"
    assert views.chroot_and_job(inputs) == "fedora-32-x86_64, job 1"
    assert views.build(inputs) == "build row 7"
