"""What happens before, between and after the handlers?"""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from legacy.models import GitProject, PullRequest, TaskResult
from legacy.reporting import FAQ_URL, NOT_WHITELISTED
from legacy.standin import facts
from tests.unit.legacy import bodies, given

ROOT = Path(__file__).parents[3]
KINDS = ("pull_request", "copr_start", "copr_end", "testing_farm_results")


@pytest.mark.parametrize("kind", KINDS)
def test_private_repositories_are_left_alone(world, kind):
    assert world.process(world.message(kind, "private")).value is None
    assert world.state.statuses == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_repository_without_a_config(world, kind):
    result = world.process(world.message(kind, "missing"))

    (job,) = result.value["jobs"].values()
    assert job == {"success": True, "details": {"msg": "No packit config in repo"}}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_configured(world, kind):
    assert world.process(world.message(kind, "nothing-configured")).value["jobs"] == {}


@pytest.mark.parametrize("way", ["broken-yaml", "unknown-job"])
def test_an_invalid_config_is_told_on_the_pull_request(world, way):
    payload = world.message("pull_request", way)
    result = world.process(payload)

    assert result.state == "FAILURE"
    ((comment,),) = world.state.comments.values()
    assert comment["body"].startswith("Failed to load packit config file:\n```\n")


def test_an_invalid_config_without_a_pull_request_is_told_as_an_issue(world):
    result = world.process(world.message("copr_end", "pushed-broken-yaml"))

    assert result.state == "FAILURE"
    assert world.state.comments == {}
    ((issue,),) = world.state.issues.values()
    assert issue["title"] == "[packit] Invalid config"


def test_who_is_not_whitelisted_is_told_once_for_each_check(world):
    payload = world.message("pull_request", "refused")
    result = world.process(payload)

    assert {job["details"]["msg"] for job in result.value["jobs"].values()} == {NOT_WHITELISTED}
    assert {job["success"] for job in result.value["jobs"].values()} == {False}
    contexts = [status["context"] for status in world.state.statuses]
    assert len(contexts) == len(set(contexts)) > 0
    assert {(status["state"], status["target_url"]) for status in world.state.statuses} == {("error", FAQ_URL)}


def test_choosing_handlers_makes_the_trigger_row(world):
    payload = world.message("pull_request", "nothing-configured")
    world.process(payload)

    found = world.rows(PullRequest, pr_id=payload["number"])
    projects = [project for row in found for project in world.rows(GitProject, id=row.project_id)]
    (project,) = [project for project in projects if project.namespace != "elsewhere"]
    assert f"{project.namespace}/{project.repo_name}" == payload["repository"]["full_name"]


@pytest.mark.parametrize("path", sorted((ROOT / "legacy/messages").glob("junk-*.json")), ids=lambda path: path.stem)
def test_what_is_unknown_has_no_effect(world, path):
    assert world.process(json.loads(path.read_text())).value is None
    assert world.rows(TaskResult) == []


def test_topics_that_nobody_handles_are_not_parsed(world):
    payload = world.message("copr_end", "tests-accepted")

    assert world.process(payload, topic="org.example.unknown").value is None
    assert world.process(payload, topic=payload["topic"]).value["jobs"]
    assert world.process(payload, topic=payload["topic"], source="centosmsg").value is None


def public():
    return given.full_name(lambda name: not facts.is_private(name))


def test_topics_of_centos_are_its_own(world):
    payload = bodies.pagure_label()
    repo = {**bodies.PAGURE, "url_path": public()}
    payload["pull_request"]["project"] = repo
    payload["tags"] = []
    result = world.process(payload, topic=payload["topic"], source="centosmsg")

    assert result.value["jobs"] == {"create_bugzilla": {"success": True, "details": {"msg": "No accepted label."}}}
    assert world.process(payload, topic=payload["topic"]).value is None


def test_what_a_message_of_centos_is_given(world):
    payload = bodies.pagure_push()
    world.process(payload, source="centosmsg")

    assert (payload["source"], payload["git_topic"]) == ("git.centos.org", "git.receive")


def test_a_comment_goes_its_own_way(world):
    repository = {**bodies.GITHUB, "html_url": given.github(public())}
    result = world.process(bodies.pull_request_comment("thanks", repository=repository))

    message = "comment 'thanks' is not handled by packit-service."
    assert result.value["jobs"] == {"pr_comment": {"success": True, "details": {"msg": message}}}
    assert result.value["event"]["comment"] == "thanks"


def test_an_installation_needs_no_config(world):
    result = world.process(bodies.installation())

    assert list(result.value["jobs"]) == ["add_to_whitelist"]


@pytest.mark.parametrize("body", [bodies.release, bodies.push])
def test_without_an_approved_owner_nothing_is_run_or_told(world, body):
    names = (f"space/thing{number}-everything" for number in range(500))
    name = next(name for name in names if facts.tag_known(name, "1.2") and not facts.is_private(name))
    owner = {"login": "stranger"}
    result = world.process(body(repository={**bodies.GITHUB, "html_url": given.github(name), "owner": owner}))

    assert {job["details"]["msg"] for job in result.value["jobs"].values()} == {NOT_WHITELISTED}
    assert (world.state.statuses, world.state.comments) == ([], {})


def test_a_failure_without_a_message_is_only_a_failure(world):
    """Copr takes nothing: the details say what went wrong, and hold no message."""
    payload = world.message("pull_request", "submit-fails")
    result = world.process(payload)

    assert result.state == "SUCCESS"
    assert any(not job["success"] and "msg" not in job["details"] for job in result.value["jobs"].values())


def test_a_result_is_stored_as_it_is_returned(world):
    result = world.process(world.message("testing_farm_results", "known-passed-2"))

    (row,) = world.rows(TaskResult, task_id=result.id)
    assert json.loads(json.dumps(result.value)) == {"jobs": row.jobs, "event": row.event}


def test_the_event_keeps_its_private_names(world):
    payload = world.message("pull_request", "built-build-and-tests")
    event = world.process(payload).value["event"]

    assert event["_pr_id"] == payload["number"]
    assert (event["trigger"], event["action"]) == ("pull_request", payload["action"])
    assert not {"_project", "_package_config", "_db_trigger"} & set(event)


def test_the_example_knows_nothing_of_what_watches_it():
    imported = set()
    for path in (ROOT / "legacy").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert not imported & {"tasksplit", "shadow"}
