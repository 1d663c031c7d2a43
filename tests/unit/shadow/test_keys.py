"""Do messages about one project have one key, whatever change they are about?

And of what kind of event is each, and why does nobody want it?
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shadow import views
from shadow.migration import migration
from tasksplit.capture.arrival import message

MESSAGES = Path(__file__).parents[3] / "legacy" / "messages"

KINDS = {
    "babysit": "babysit",
    "copr_end": "copr build end",
    "copr_start": "copr build start",
    "dist_git": "dist-git commit",
    "gitlab_comment": "gitlab merge request comment",
    "gitlab_issue_comment": "gitlab issue comment",
    "gitlab_merge_request": "gitlab merge request",
    "gitlab_push": "gitlab push",
    "installation": "github installation",
    "issue_comment": "github issue comment",
    "koji": "koji task",
    "pagure_comment": "pagure pull request comment",
    "pagure_label": "pagure label",
    "pagure_pull_request": "pagure pull request",
    "pagure_push": "pagure push",
    "pr_comment_build": "github pull request comment",
    "pr_comment_test": "github pull request comment",
    "pull_request": "github pull request",
    "push": "github push",
    "release": "github release",
    "testing_farm_results": "testing farm results",
}


def key_of(payload: Any) -> str | None:
    return message(migration, "name", payload).key


@pytest.mark.parametrize(
    ("copr", "key"),
    [
        ("packit-service-hello-world-24-stg", "copr packit/packit-service-hello-world"),
        ("packit-service-hello-world-25-stg", "copr packit/packit-service-hello-world"),
        ("packit-service-hello-world-7", "copr packit/packit-service-hello-world"),
        ("packit-service-hello-world-main", "copr packit/packit-service-hello-world"),
        ("nightly", "copr packit/nightly"),
    ],
)
def test_changes_of_one_repository_share_a_key(copr: str, key: str) -> None:
    assert key_of({"owner": "packit", "copr": copr}) == key


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        ({"repository": {"full_name": "amber/x"}}, "amber/x"),
        ({"project": {"path_with_namespace": "amber/x"}, "object_kind": "push"}, "amber/x"),
        ({"pullrequest": {"project": {"namespace": "amber", "name": "x"}}}, "amber/x"),
        ({"pull_request": {"project": {"namespace": "amber", "name": "x"}}}, "amber/x"),
        ({"repo": {"namespace": "amber", "name": "x"}}, "amber/x"),
        ({"msg": {"commit": {"namespace": "amber", "repo": "x"}}}, "amber/x"),
        ({"artifact": {"repo-namespace": "amber", "repo-name": "x"}}, "amber/x"),
        ({"installation": {"account": {"login": "amber"}}}, "amber"),
        ({"id": 40_000_123, "info": {"state": 1}}, "koji 400001"),
        ({"task": "task.babysit_copr_build", "build_id": 7}, "build 7"),
    ],
)
def test_what_a_message_is_about(payload: Any, key: str) -> None:
    assert key_of(payload) == key


@pytest.mark.parametrize(
    "payload",
    [None, [], "text", {}, {"copr": 7}, {"artifact": []}, {"id": 7}, {"id": True, "info": {"state": 1}}, {"msg": 1}],
)
def test_a_payload_about_nothing_has_no_key(payload: object) -> None:
    assert key_of(payload) is None


def shipped() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for file in sorted(MESSAGES.glob("*.json")):
        found.setdefault(file.stem.split("-")[0], []).append(file)
    return found


def test_every_kind_of_message_is_shipped() -> None:
    assert set(shipped()) == {*KINDS, "junk"}


@pytest.mark.parametrize("name", KINDS)
def test_shipped_messages_have_a_key_and_a_kind(name: str) -> None:
    for file in shipped()[name]:
        payload = json.loads(file.read_text())
        assert views.event_kind(payload) == KINDS[name], file.name
        assert key_of(payload), file.name


@pytest.mark.parametrize(
    "payload",
    [None, [], "text", 7, {}, {"topic": "x"}, {"topic": 7}, {"topic": "a/b"}, {"object_kind": None}, {"pipeline": 1}],
)
def test_other_payloads_are_of_no_kind(payload: object) -> None:
    assert views.event_kind(payload) == "other"


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (None, "no JSON object"),
        ({}, "empty"),
        ({"zen": "x"}, "no kind of event that is known"),
        ({"pull_request": {}, "action": "closed"}, "github pull request: action closed"),
        ({"pull_request": {}, "action": "opened"}, "github pull request: private, not ours, or incomplete"),
        ({"pull_request": {}, "action": []}, "github pull request: private, not ours, or incomplete"),
        ({"installation": {"account": {}}, "action": "deleted"}, "github installation: action deleted"),
        (
            {"object_kind": "merge_request", "object_attributes": {"state": "merged"}},
            "gitlab merge request: state merged",
        ),
        ({"object_kind": "note", "issue": {"state": "closed"}}, "gitlab issue comment: state closed"),
        ({"topic": "org.fedoraproject.prod.copr.build.end"}, "copr build end: private, not ours, or incomplete"),
    ],
)
def test_why_nobody_wants_it(payload: Any, words: str) -> None:
    assert views.refusal(payload) == words
