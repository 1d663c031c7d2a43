"""A view looks where legacy keeps things, and asks for nothing that legacy has not asked for."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from legacy.events import PullRequestCommentAction, PullRequestCommentGithubEvent, ReleaseEvent
from legacy.package_config import load
from shadow import package_config
from shadow.views import common, copr

JOBS: dict[str, Any] = {
    "jobs": [
        {"job": "copr_build", "trigger": "pull_request", "metadata": {"targets": ["fedora-32"], "owner": "me"}},
        {"job": "copr_build", "trigger": "pull_request", "metadata": {"targets": ["fedora-32"], "owner": "me"}},
        {"job": "propose_downstream", "trigger": "release", "metadata": {"dist_git_branches": "fedora-all"}},
    ],
    "downstream_package_name": "one",
    "actions": {"create-archive": "make"},
    "spec_source_id": 7,
    "notifications": {"pull_request": {"successful_build": False}},
}


def test_a_commit_that_nobody_asked_for_is_not_asked_for() -> None:
    release = ReleaseEvent(repo_namespace="a", repo_name="b", tag_name="1", project_url="https://nowhere.example/a/b")
    comment = PullRequestCommentGithubEvent(
        action=PullRequestCommentAction.created,
        pr_id=3,
        base_repo_namespace="a",
        target_repo_namespace="a",
        target_repo_name="b",
        project_url="https://nowhere.example/a/b",
        user_login="me",
        comment="/packit build",
    )
    assert common.commit_of(release) is None
    assert common.commit_of(comment) is None
    release._commit_sha = "c" * 40
    assert common.commit_of(release) == "c" * 40


def test_a_commit_that_the_message_says() -> None:
    assert common.commit_of(SimpleNamespace(commit_sha="c")) == "c"


@pytest.mark.parametrize(("came", "made", "seen"), [("u", "v", "u"), (None, "v", "v"), ("", "v", "v")])
def test_the_address_of_a_project(came: str | None, made: str, seen: str) -> None:
    assert common.project_url_of(SimpleNamespace(project_url=came, _project=SimpleNamespace(url=made))) == seen


def test_jobs_that_look_alike_are_told_apart() -> None:
    event = SimpleNamespace(_package_config=load(JOBS, "repo"))
    places = [common.place_of(SimpleNamespace(event=event, job_config=job)) for job in event._package_config.jobs]
    assert places == [0, 1, 2]


def test_the_package_config_is_what_the_split_reads_itself() -> None:
    seen = common.config_of(SimpleNamespace(_package_config=load(JOBS, "repo")))
    assert seen == replace(package_config.load(JOBS), upstream_package_name="repo", specfile_path="one.spec")
    assert seen.congratulate is False


@pytest.mark.parametrize(("chroot", "row"), [("fedora-32-x86_64", 7), ("srpm-builds", None)])
def test_the_row_of_another_chroot_is_not_meant(chroot: str, row: int | None) -> None:
    build = SimpleNamespace(id=7, target="fedora-32-x86_64")
    assert copr._row_of_chroot(SimpleNamespace(build=build, chroot=chroot)) == row
