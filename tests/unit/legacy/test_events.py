"""What does an event know, and what is looked up for it?"""

from __future__ import annotations

import pytest

from legacy.clients import Project
from legacy.events import CoprBuildEvent, FedmsgTopic, InstallationEvent, KojiBuildEvent, KojiBuildState
from legacy.models import (
    CoprBuild,
    GitBranch,
    KojiBuild,
    ProjectIssue,
    ProjectRelease,
    PullRequest,
    SrpmBuild,
)
from legacy.parser import parse_centos_event, parse_event
from legacy.standin import facts
from tests.unit.legacy import bodies
from tests.unit.legacy.bodies import SHA

AT_SPACE = {"namespace": "space", "repo_name": "repo", "project_url": "https://github.com/space/repo"}


def test_a_pull_request():
    event = parse_event(bodies.pull_request())

    assert (event.pr_id, event.commit_sha, event.base_ref, event.user_login) == (7, SHA, SHA, "author")
    assert (event.base_repo_namespace, event.target_repo_namespace) == ("author", "space")
    assert (event.identifier, event.git_ref, event.base_project) == ("7", None, None)
    assert (event.project.on_github, event.action.value) == (True, "opened")


def test_a_comment_on_a_pull_request(world):
    world.prepare({})
    event = parse_event(bodies.pull_request_comment("text", action="edited"))

    assert (event.pr_id, event.comment, event.user_login, event.action.value) == (7, "text", "somebody", "edited")
    assert event.get_dict()["_commit_sha"] is None
    assert event.commit_sha == event.project.get_pr(7).head_commit == event.get_dict()["_commit_sha"]


@pytest.mark.parametrize("login", ["packit-as-a-service[bot]", "packit-as-a-service-stg[bot]"])
def test_our_own_comments_are_left_alone(login):
    assert parse_event(bodies.pull_request_comment(comment={"body": "/packit build", "user": {"login": login}})) is None


def test_a_comment_on_an_issue():
    event = parse_event(bodies.issue_comment("text"))

    assert (event.issue_id, event.pr_id, event.comment, event.target_repo) == (8, None, "text", "space/repo")
    assert (event.identifier, event.git_ref, event.commit_sha, event.base_ref) == ("8", None, "", "master")
    assert parse_event(bodies.issue_comment("")) is None
    assert parse_event(bodies.issue_comment(action="edited")) is None


@pytest.mark.parametrize("has_release", [True, False])
def test_the_newest_release_is_asked_for(world, has_release):
    world.prepare({})
    name = next(name for name in map(facts.project_name, range(500)) if bool(facts.releases(name)) is has_release)
    event = parse_event(bodies.issue_comment(repository={**bodies.GITHUB, "html_url": f"https://github.com/{name}"}))

    assert event.get_dict()["_tag_name"] is None
    assert event.tag_name == event.get_dict()["_tag_name"] == (facts.releases(name)[0] if has_release else "")


def test_a_release(world):
    name = next(name for name in map(facts.project_name, range(500)) if facts.tag_known(name, "1.2"))
    world.prepare({})
    event = parse_event(bodies.release(repository={**bodies.GITHUB, "html_url": f"https://github.com/{name}"}))

    assert (event.tag_name, event.identifier, event.git_ref, event.pr_id) == ("1.2", "1.2", "1.2", None)
    row = event.db_trigger
    assert isinstance(row, ProjectRelease)
    assert (row.tag_name, row.commit_hash) == ("1.2", event.project.get_sha_from_tag("1.2"))


@pytest.mark.parametrize(
    ("changes", "commit"),
    [({}, SHA), ({"head": "b" * 40}, "b" * 40), ({"after": None, "head_commit": "d"}, "d"), ({"head": {}}, SHA)],
)
def test_a_push(changes, commit):
    event = parse_event(bodies.push(**changes))

    assert (event.identifier, event.git_ref, event.commit_sha, event.user_login) == ("a/b", "a/b", commit, None)


def test_deleting_a_branch_is_a_push():
    assert parse_event(bodies.push(after="0" * 40, deleted=True)).commit_sha == "0" * 40


def test_an_installation():
    event = parse_event(bodies.installation())

    assert isinstance(event, InstallationEvent)
    assert (event.account_login, event.repositories, event.created_at.year) == ("space", ["space/repo"], 2020)
    assert (event.project, event.status.value) == (None, "waiting")
    with pytest.raises(NotImplementedError):
        _ = event.package_config


@pytest.mark.parametrize(
    ("repositories", "expected"),
    [
        ({"repositories": [{"full_name": "a/b"}, {"full_name": "c"}, "d/e", {}]}, ["a/b"]),
        ({"repositories": [], "repositories_added": [{"full_name": "a/b"}]}, ["a/b"]),
        ({"repositories": {"full_name": "a/b"}}, []),
    ],
)
def test_repositories_of_an_installation(repositories, expected):
    assert parse_event(bodies.installation(**repositories)).repositories == expected


def test_a_commit_in_dist_git():
    event = parse_event(bodies.dist_git())

    assert event.project_url == "https://src.fedoraproject.org/rpms/repo"
    assert (event.identifier, event.branch, event.git_ref, event.commit_sha) == ("master", "master", SHA, SHA)
    assert event.get_dict()["topic"] == "org.fedoraproject.prod.git.receive"


def test_koji():
    event = parse_event(bodies.koji())

    assert (event.build_id, event.state, event.old_state) == (45, KojiBuildState.open, KojiBuildState.free)
    assert (event.start_time, event.completion_time, event.rpm_build_task_id) == (1590993047.0, None, 2)
    assert event.get_dict()["state"] == "OPEN"


def koji_event(build_id):
    return KojiBuildEvent(
        build_id=build_id,
        state=KojiBuildState.open,
        old_state=None,
        start_time=None,
        completion_time=None,
        rpm_build_task_id=None,
    )


def rows():
    """A row of each kind that can start something, with what names it and what is checked out."""
    return {
        "pull_request": (PullRequest.get_or_create(pr_id=7, **AT_SPACE), "7", SHA),
        "branch_push": (GitBranch.get_or_create(name="topic", **AT_SPACE), "topic", "topic"),
        "release": (ProjectRelease.get_or_create(tag_name="1.2", commit_hash=SHA, **AT_SPACE), "1.2", "1.2"),
        "issue": (ProjectIssue.get_or_create(issue_id=8, **AT_SPACE), "8", SHA),
    }


@pytest.mark.parametrize("kind", ["pull_request", "branch_push", "release", "issue"])
def test_koji_is_known_by_its_row(world, kind):
    world.prepare({})
    trigger, identifier, git_ref = rows()[kind]
    srpm = SrpmBuild.create(logs="", success=True)
    KojiBuild.get_or_create(build_id=45, target="f32", commit_sha=SHA, web_url="", srpm=srpm, trigger=trigger)
    event = koji_event(45)

    assert (event.commit_sha, event.identifier, event.git_ref) == (SHA, identifier, git_ref)
    assert event.pr_id == (7 if kind == "pull_request" else None)
    assert (event.db_trigger.id, event.project.full_name) == (trigger.id, "space/repo")
    assert not {"_build_model", "_db_trigger"} & set(event.get_dict())


def test_a_koji_build_that_is_not_ours(world):
    world.prepare({})
    event = koji_event(46)

    assert (event.db_trigger, event.project, event.package_config) == (None, None, None)
    assert (event.commit_sha, event.identifier, event.pr_id) == ("", "", None)


@pytest.mark.parametrize("kind", ["pull_request", "branch_push", "release", "issue"])
def test_copr_is_known_by_its_row(world, kind):
    world.prepare({})
    trigger, identifier, _ = rows()[kind]
    event = copr_event(trigger)

    assert (event.commit_sha, event.git_ref, event.identifier) == (SHA, SHA, identifier)
    assert event.base_project is event.project


def copr_event(trigger):
    build = CoprBuild.get_or_create(
        build_id=44,
        target="fedora-32-x86_64",
        commit_sha=SHA,
        owner="packit",
        project_name="a",
        web_url="",
        srpm=SrpmBuild.create(logs="", success=True),
        trigger=trigger,
    )
    return CoprBuildEvent(
        topic=FedmsgTopic.copr_build_finished,
        build_id=44,
        build=build,
        chroot=build.target,
        status=1,
        owner="packit",
        project_name="a",
        pkg="a",
    )


def test_the_config_of_a_build_on_pagure_is_in_the_fork_of_the_author(world):
    world.prepare({})
    url = "https://git.centos.org/rpms/repo"
    pull = PullRequest.get_or_create(pr_id=7, namespace="rpms", repo_name="repo", project_url=url)
    author = Project(url).get_pr(7).author

    assert copr_event(pull).base_project.url == f"https://git.centos.org/forks/{author}/rpms/repo"


@pytest.mark.parametrize(("action", "expected"), [("update", "update"), ("reopen", "reopen"), ("merge", "opened")])
def test_a_merge_request(action, expected):
    event = parse_event(bodies.changed(bodies.merge_request(), "object_attributes.action", action))

    assert (event.pr_id, event.object_id, event.commit_sha, event.user_login) == (2, 59, SHA, "author")
    assert (event.source_repo_namespace, event.target_repo_namespace) == ("author", "space")
    assert (event.project.on_gitlab, event.action.value, event.identifier) == (True, expected, "2")


def test_comments_on_gitlab():
    merge, issue = parse_event(bodies.merge_request_comment("a")), parse_event(bodies.gitlab_issue_comment("b"))

    assert (merge.comment, merge.pr_id, merge.commit_sha) == ("a", 2, SHA)
    assert (issue.comment, issue.issue_id, issue.identifier, issue.commit_sha) == ("b", 1, "", "")


def test_a_push_on_gitlab():
    event = parse_event(bodies.gitlab_push())

    assert (event.git_ref, event.identifier, event.commit_sha) == ("a/b", "a/b", SHA)
    assert (event.repo_namespace, event.repo_name) == ("space", "repo")


@pytest.mark.parametrize(("topic", "action"), [("new", "opened"), ("reopened", "reopened"), ("updated", "synchronize")])
def test_a_pull_request_on_pagure(topic, action):
    body = bodies.pagure_pull_request(topic)
    event = parse_centos_event(body)

    assert (event.pr_id, event.commit_sha, event.base_ref, event.action.value) == (12, SHA, "c8", action)
    assert event.project_url == "https://git.centos.org/rpms/repo"
    assert event.base_project.url == "https://git.centos.org/forks/author/rpms/repo"
    assert (body["source"], body["git_topic"]) == ("git.centos.org", f"pull-request.{topic}")


def test_comments_on_pagure():
    added = bodies.pagure_comment("new")
    edited = {**added, "topic": "git.centos.org/pull-request.comment.edited", "comment": {"comment": "better"}}

    assert [parse_centos_event(body).comment for body in (added, edited)] == ["new", "better"]
    assert parse_centos_event(added).action.value == "created"
    assert parse_centos_event(added).user_login == "somebody"


def test_labels_on_pagure():
    body = bodies.pagure_label()
    event = parse_centos_event(body)

    assert event.labels == {"accepted", "b"}
    assert event.get_dict()["labels"] == ["accepted", "b"]
    assert event.base_repo_owner == "owner"
    body["pullrequest"] = body.pop("pull_request")
    assert parse_centos_event(body).pr_id == 12
    assert parse_centos_event({**body, "tags": None}).labels == set()


def test_a_push_on_pagure():
    event = parse_centos_event(bodies.pagure_push())

    assert (event.git_ref, event.identifier, event.commit_sha) == ("refs/head/c8", "refs/head/c8", SHA)
    assert event.base_project is None


@pytest.mark.parametrize("topic", ["git.centos.org", "git.centos.org/a/b", "git.centos.org/pull-request.closed", None])
def test_other_topics_of_centos(topic):
    assert parse_centos_event({**bodies.pagure_pull_request(), "topic": topic}) is None


ROWS = [
    (bodies.pull_request, PullRequest, {"pr_id": 7}, "space/repo"),
    (bodies.pull_request_comment, PullRequest, {"pr_id": 7}, "space/repo"),
    (bodies.issue_comment, ProjectIssue, {"issue_id": 8}, "space/repo"),
    (bodies.push, GitBranch, {"name": "a/b"}, "space/repo"),
    (bodies.dist_git, GitBranch, {"name": "master"}, "rpms/repo"),
    (bodies.merge_request, PullRequest, {"pr_id": 2}, "space/repo"),
    (bodies.merge_request_comment, PullRequest, {"pr_id": 2}, "space/repo"),
    (bodies.gitlab_issue_comment, ProjectIssue, {"issue_id": 1}, "space/repo"),
    (bodies.gitlab_push, GitBranch, {"name": "a/b"}, "space/repo"),
    (bodies.pagure_pull_request, PullRequest, {"pr_id": 12}, "rpms/repo"),
    (bodies.pagure_comment, PullRequest, {"pr_id": 12}, "rpms/repo"),
    (bodies.pagure_label, PullRequest, {"pr_id": 12}, "rpms/repo"),
    (bodies.pagure_push, GitBranch, {"name": "refs/head/c8"}, "rpms/repo"),
]


@pytest.mark.parametrize(("body", "model", "columns", "full_name"), ROWS, ids=[row[0].__name__ for row in ROWS])
def test_the_row_of_what_happened_is_made_once(world, body, model, columns, full_name):
    world.prepare({})
    first, second = ((parse_event(body()) or parse_centos_event(body())).db_trigger for _ in range(2))

    assert first.id == second.id
    (row,) = world.rows(model, **columns, project_id=first.project_id)
    assert row.id == first.id
    assert f"{first.project.namespace}/{first.project.repo_name}" == full_name
