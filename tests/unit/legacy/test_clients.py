"""What is asked of which service, and what do its answers mean?"""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from legacy import clients


class Wire:
    """Answers by path, and takes note of what was asked."""

    def __init__(self):
        self.answers = {}
        self.asked = []

    def __call__(self, request):
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.method, str(request.url), body))
        self.headers = request.headers
        status, answer = self.answers.get(request.url.path, (200, {}))
        return httpx.Response(status, json=answer)


@pytest.fixture
def wire():
    wire, before = Wire(), clients.session._transport
    clients.session._transport = httpx.MockTransport(wire)
    yield wire
    clients.session._transport = before


PROJECT = clients.Project("https://github.com/space/thing")


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://github.com/space/thing", "https://forge.example/repos/space/thing"),
        ("https://github.com/space/thing.git", "https://forge.example/repos/space/thing"),
        ("https://gitlab.com/space/thing", "https://gitlab-forge.example/repos/space/thing"),
        ("https://git.centos.org/rpms/thing", "https://pagure.example/repos/rpms/thing"),
        ("https://git.stg.centos.org/rpms/thing", "https://pagure.example/repos/rpms/thing"),
        ("https://src.fedoraproject.org/rpms/thing", "https://distgit.example/repos/rpms/thing"),
        ("https://elsewhere.example/space/thing", "https://forge.example/repos/space/thing"),
        ("https://git.centos.org/forks/ann/rpms/thing", "https://pagure.example/forks/ann/repos/rpms/thing"),
        ("https://git.centos.org/fork/ann/rpms/thing", "https://pagure.example/forks/ann/repos/rpms/thing"),
        ("https://github.com/forks/thing", "https://forge.example/repos/forks/thing"),
    ],
)
def test_each_host_has_its_forge_and_each_fork_its_place(wire, url, base):
    wire.answers[httpx.URL(base).path] = (200, {"private": True})

    assert clients.Project(url).is_private()
    assert wire.asked == [("GET", base, None)]


def test_a_fork_is_called_like_its_project():
    fork = clients.Project("https://git.centos.org/forks/ann/rpms/thing")

    assert (fork.full_name, fork.namespace, fork.repo) == ("rpms/thing", "rpms", "thing")


@pytest.mark.parametrize(
    ("host", "forge"),
    [
        ("github.com", "github"),
        ("gitlab.com", "gitlab"),
        ("git.centos.org", "pagure"),
        ("git.stg.centos.org", "pagure"),
        ("src.fedoraproject.org", "pagure"),
        ("elsewhere.example", None),
    ],
)
def test_what_forge_a_project_is_on(host, forge):
    project = clients.Project(f"https://{host}/space/thing")
    found = {"github": project.on_github, "gitlab": project.on_gitlab, "pagure": project.on_pagure}

    assert [name for name, is_there in found.items() if is_there] == ([forge] if forge else [])


def test_a_wrong_url_fails_at_its_first_use():
    project = clients.Project("https://github.com/alone")

    with pytest.raises(ValueError, match="Not the URL of a repository"):
        project.is_private()


@pytest.mark.parametrize(("permission", "may"), [("admin", True), ("write", True), ("read", False), ("none", False)])
def test_who_may_merge(wire, permission, may):
    wire.answers["/repos/space/thing/collaborators/ann/permission"] = (200, {"permission": permission})

    assert PROJECT.can_merge_pr("ann") is may


def test_a_file_that_is_not_there_is_none_and_other_failures_raise(wire):
    wire.answers["/repos/space/thing/contents/gone.yaml"] = (404, {})
    wire.answers["/repos/space/thing/contents/broken.yaml"] = (500, {})
    wire.answers["/repos/space/thing/contents/a.yaml"] = (200, {"content": "jobs: []"})

    assert PROJECT.get_file_content("gone.yaml", "abc") is None
    assert PROJECT.get_file_content("a.yaml", None) == "jobs: []"
    assert wire.asked[-1][1] == "https://forge.example/repos/space/thing/contents/a.yaml?ref="
    with pytest.raises(httpx.HTTPStatusError):
        PROJECT.get_file_content("broken.yaml", "abc")


def test_files_releases_and_patches_are_read(wire):
    wire.answers["/repos/space/thing/files"] = (200, {"files": ["a.spec", "b/c.spec"]})
    wire.answers["/repos/space/thing/releases"] = (200, [{"tag_name": "2"}, {"tag_name": "1"}])
    wire.answers["/repos/space/thing/pulls/7/patch"] = (200, {"patch": "diff"})

    assert PROJECT.get_files("abc", ".spec") == ["a.spec", "b/c.spec"]
    assert wire.asked[-1][1].endswith("/files?ref=abc&suffix=.spec")
    assert PROJECT.get_releases() == ["2", "1"]
    assert PROJECT.get_pr_patch(7) == "diff"


@pytest.mark.parametrize(
    ("write", "path", "body"),
    [
        (lambda: PROJECT.pr_comment(7, "x"), "issues/7/comments", {"body": "x"}),
        (lambda: PROJECT.issue_comment(7, "x"), "issues/7/comments", {"body": "x"}),
        (lambda: PROJECT.issue_close(7), "issues/7/close", {}),
        (lambda: PROJECT.create_issue("t", "x"), "issues", {"title": "t", "body": "x"}),
        (
            lambda: PROJECT.set_pr_flag(7, uid="u", username="n", comment="c", url="l", status="success"),
            "pulls/7/flags",
            {"uid": "u", "username": "n", "comment": "c", "url": "l", "status": "success"},
        ),
    ],
)
def test_each_write_says_who_we_are(wire, write, path, body):
    write()

    assert wire.asked == [("POST", f"https://forge.example/repos/space/thing/{path}", body)]
    assert wire.headers["authorization"] == f"token {clients.TOKEN}"


def test_a_long_description_is_cut_where_asked(wire):
    PROJECT.set_commit_status("abc", state="error", url="", description="x" * 200, name="n", trim=True)

    assert len(wire.asked[0][2]["description"]) == clients.STATUS_DESCRIPTION_LIMIT


def test_a_bug_is_filed_and_patched(wire):
    wire.answers["/rest/bug"] = (200, {"id": 12})
    tracker = clients.Bugzilla(clients.BUGZILLA, "key")
    filed = tracker.create_bug(product="p", version="v", component="c", summary="s", description="d")
    tracker.add_patch(filed, "diff ä")

    assert wire.asked[0] == (
        "POST",
        "https://bugzilla.example/rest/bug",
        {"product": "p", "version": "v", "component": "c", "summary": "s", "description": "d"},
    )
    method, url, body = wire.asked[1]
    assert (method, url) == ("POST", "https://bugzilla.example/rest/bug/12/attachment")
    assert base64.b64decode(body.pop("data")).decode() == "diff ä"
    assert body == {"file_name": "patch", "summary": "patch", "is_patch": True}
    assert wire.headers["x-bugzilla-api-key"] == "key"
    assert tracker.bug_url(12) == "https://bugzilla.example/show_bug.cgi?id=12"


def test_a_copr_project_is_made_or_widened_where_needed(wire):
    wire.answers["/api_3/project"] = (404, {})
    clients.Copr().create_project_if_not_exists("o", "p", chroots=["c"], options={})
    assert wire.asked[-1][1].endswith("/project/add/o")

    wire.answers["/api_3/project"] = (200, {"chroots": ["other"]})
    clients.Copr().create_project_if_not_exists("o", "p", chroots=["c"], options={})
    assert wire.asked[-1][1].endswith("/project/edit/o/p")

    wire.answers["/api_3/project"] = (200, {"chroots": ["c", "other"]})
    clients.Copr().create_project_if_not_exists("o", "p", chroots=["c"], options={})
    assert wire.asked[-1][0] == "GET"
