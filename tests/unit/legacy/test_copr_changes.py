"""What comes of releases, pushes and comments that ask for a build in Copr?"""

from __future__ import annotations

import httpx
import pytest

from legacy.events import (
    GitlabAction,
    IssueCommentGitlabEvent,
    MergeRequestCommentGitlabEvent,
    MergeRequestGitlabEvent,
    PushGitlabEvent,
    PushPagureEvent,
)
from legacy.handlers import copr
from legacy.models import BuildTrigger, CoprBuild
from legacy.reporting import PERMISSIONS_ERROR
from legacy.standin import facts
from tests.unit.legacy import given

COMMENTED = copr.GitHubPullRequestCommentCoprBuildHandler


@pytest.fixture
def empty(world):
    world.clear()
    return world


def gitlab(name):
    return f"https://gitlab.com/{name}"


def name_that_builds(identifier, *, url=given.github, pr_id=None):
    """A project where a source package is made and Copr takes the build of that change."""
    return given.full_name(
        lambda name: (
            facts.srpm_outcome(url(name), pr_id) == "built"
            and facts.tag_known(name, "1.0")
            and not facts.copr_submit_fails("packit", f"{name.replace('/', '-')}-{identifier}-stg")
        )
    )


def of_merge_request(name, login=given.ADMIN):
    space, repo = name.split("/")
    return {
        "action": GitlabAction.opened,
        "object_id": 1007,
        "object_iid": 7,
        "source_repo_namespace": login,
        "source_repo_name": repo,
        "target_repo_namespace": space,
        "target_repo_name": repo,
        "project_url": gitlab(name),
        "commit_sha": given.COMMIT,
        "user_login": login,
    }


def mr_comment(name, login=given.ADMIN):
    return MergeRequestCommentGitlabEvent(comment="/packit build", **of_merge_request(name, login))


def gitlab_issue_comment(name, login):
    space, repo = name.split("/")
    return IssueCommentGitlabEvent(
        action=GitlabAction.opened,
        object_id=1009,
        issue_id=9,
        repo_namespace=space,
        repo_name=repo,
        project_url=gitlab(name),
        user_login=login,
        comment="/packit build",
    )


@pytest.mark.parametrize(
    ("kind", "make", "trigger", "identifier"),
    [
        (copr.ReleaseCoprBuildHandler, given.release, "release", "1.0"),
        (copr.PushCoprBuildHandler, given.push, "commit", "master"),
    ],
)
def test_a_release_and_a_push_are_built_under_their_name(empty, kind, make, trigger, identifier):
    name = name_that_builds(identifier)
    event = given.at(make(name), given.job("copr_build", trigger, targets={"fedora-32"}))
    result = given.run(kind, event)

    assert result == {"success": True, "details": {}}
    (build,) = empty.rows(CoprBuild)
    assert build.project_name == f"{name.replace('/', '-')}-{identifier}-stg"
    assert build.commit_sha == event.commit_sha
    assert [row.type for row in empty.rows(BuildTrigger)] == [event.db_trigger.job_trigger.value]
    assert {status["sha"] for status in empty.state.statuses} == {event.commit_sha}
    assert len(empty.sent()) == 1


@pytest.mark.parametrize(("make", "url"), [(given.pr_comment, given.github), (mr_comment, gitlab)])
def test_a_comment_builds_the_pull_request(empty, make, url):
    name = name_that_builds("7", url=url, pr_id=7)
    event = given.at(make(name), given.job("copr_build", targets={"fedora-32"}))
    result = given.run(COMMENTED, event)

    assert result == {"success": True, "details": {}}
    assert [build.commit_sha for build in empty.rows(CoprBuild)] == [event.commit_sha]
    assert event.commit_sha


@pytest.mark.parametrize(
    ("make", "place"),
    [
        (given.pr_comment, "{}#7"),
        (mr_comment, "gitlab-forge.example/{}#7"),
        (given.issue_comment, "{}#9"),
        (gitlab_issue_comment, "gitlab-forge.example/{}#9"),
    ],
)
def test_who_may_not_merge_is_told_where_they_asked(empty, make, place):
    name = given.full_name()
    result = given.run(COMMENTED, given.at(make(name, given.STRANGER), given.job("copr_build", "release")))

    ((where, (comment,)),) = empty.state.comments.items()
    assert result == {"success": True, "details": {"msg": PERMISSIONS_ERROR}}
    assert (where, comment["body"]) == (place.format(name), PERMISSIONS_ERROR)
    assert empty.state.statuses == []


def test_a_build_asked_for_on_an_issue_has_no_commit_to_tell_of(empty):
    event = given.at(given.issue_comment(given.full_name()), given.job("copr_build", "release"))

    with pytest.raises(httpx.HTTPStatusError):
        given.run(COMMENTED, event)
    assert empty.rows(CoprBuild) == []


def test_on_gitlab_the_author_has_to_be_allowed(empty):
    event = given.at(
        MergeRequestGitlabEvent(**of_merge_request(given.full_name(), given.STRANGER)), given.job("copr_build")
    )
    result = given.run(copr.PullRequestCoprBuildHandler, event)

    assert result == {"success": True, "details": {"msg": PERMISSIONS_ERROR}}
    assert empty.described() == [("failure", PERMISSIONS_ERROR)] * 2


@pytest.mark.parametrize(
    ("kind", "event", "may"),
    [
        (copr.ReleaseCoprBuildHandler, given.release, True),
        (copr.ReleaseCoprBuildHandler, given.push, False),
        (copr.PullRequestCoprBuildHandler, given.pull_request, True),
        (copr.PullRequestCoprBuildHandler, given.pr_comment, False),
        (copr.PushCoprBuildHandler, given.push, True),
        (copr.PushCoprBuildHandler, given.release, False),
        (copr.PushCoprBuildHandler, lambda name: given.push(name, "other"), False),
        (copr.PushCoprBuildHandler, lambda name: given.push(name, kind=PushGitlabEvent, url=gitlab(name)), True),
        (copr.PushCoprBuildHandler, lambda name: given.push(name, "refs/head/master", kind=PushPagureEvent), False),
    ],
)
def test_what_each_handler_is_for(kind, event, may):
    assert given.made(kind, given.at(event("space/thing"), given.job("copr_build"))).pre_check() is may


def test_a_push_is_built_on_the_branch_of_the_job():
    event = given.at(given.push("space/thing", "stable"), given.job("copr_build", "commit", branch="stable"))

    assert given.made(copr.PushCoprBuildHandler, event).pre_check()


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        (copr.ReleaseCoprBuildHandler, given.release),
        (copr.PullRequestCoprBuildHandler, given.pull_request),
        (copr.PushCoprBuildHandler, given.push),
    ],
)
@pytest.mark.parametrize(("other", "may"), [("copr_build", False), ("propose_downstream", True)])
def test_tests_do_not_build_where_another_job_does(kind, make, other, may):
    event = given.at(make("space/thing"), given.job("tests"), given.job(other))

    assert given.made(kind, event).pre_check() is may


def test_nothing_to_build_or_to_test(empty):
    event = given.at(given.release(name_that_builds("1.0")), given.job("propose_downstream", "release"))
    result = given.run(copr.ReleaseCoprBuildHandler, event)

    assert result == {"success": False, "details": {"msg": "No copr_build or tests job defined."}}
    assert empty.state.statuses == []


def test_a_handler_looks_nothing_up_before_it_runs(empty):
    """A view of it may be taken at any time, and may cause nothing."""
    event = given.at(given.release("space/thing-private", "no-such-tag"), given.job("copr_build", "release"))
    handler = given.made(copr.ReleaseCoprBuildHandler, event)

    assert (handler.event, handler.job_config, handler.config) == (event, event.package_config.jobs[0], given.SERVICE)
    assert event._commit_sha is None
    assert event._project is None
