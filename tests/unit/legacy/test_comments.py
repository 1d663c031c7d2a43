"""What does a comment ask for, and what comes of it?"""

from __future__ import annotations

import pytest

from legacy.comments import NoCommandError, find_command, process_comment, select_handler
from legacy.config import ServiceConfig
from legacy.handlers.copr import GitHubPullRequestCommentCoprBuildHandler
from legacy.handlers.downstream import GitHubIssueCommentProposeUpdateHandler
from legacy.handlers.pagure import PagurePullRequestCommentCoprBuildHandler
from legacy.handlers.testing_farm import GitHubPullRequestCommentTestingFarmHandler
from legacy.models import CoprBuild, PullRequest, SrpmBuild, Whitelist
from legacy.parser import parse_centos_event, parse_event
from legacy.reporting import NOT_WHITELISTED
from tests.unit.legacy import bodies, given


@pytest.mark.parametrize(
    ("comment", "command"),
    [
        ("/packit build", "build"),
        ("/packit copr-build", "copr_build"),
        ("/packit copr_build", "copr_build"),
        ("/packit propose-update", "propose_update"),
        ("/packit test", "test"),
        ("  /packit   build  ", "build"),
        ("please\n/packit build\nand thanks a lot", "build"),
        ("ha/packit test", "test"),
        ("/packit test build", "test"),
    ],
)
def test_commands(comment, command):
    assert find_command(comment) == command


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("", "comment '' is empty."),
        (" \n\t", "comment '' is empty."),
        ("looks good ", "comment 'looks good' is not handled by packit-service."),
        ("/packit-service build", "comment '/packit-service build' is not handled by packit-service."),
        ("/packitbuild", "comment '/packitbuild' is not handled by packit-service."),
        ("/packi /packit", "comment '/packi /packit' does not contain a packit-service command."),
        ("/packit", "comment '/packit' does not contain a packit-service command."),
        (" /packit launch it", "comment '/packit launch it' does not contain a valid packit-service command."),
        ("/packit Build", "comment '/packit Build' does not contain a valid packit-service command."),
    ],
)
def test_what_is_no_command(comment, message):
    with pytest.raises(NoCommandError) as caught:
        find_command(comment)
    assert str(caught.value) == message

    event = parse_event(bodies.pull_request_comment(comment))
    assert process_comment(event, ServiceConfig()) == {
        "pr_comment": {"success": True, "details": {"msg": message}},
    }


PR_COMMENT = bodies.pull_request_comment
HANDLERS = [
    (lambda: parse_event(PR_COMMENT()), "build", GitHubPullRequestCommentCoprBuildHandler),
    (lambda: parse_event(PR_COMMENT()), "copr_build", GitHubPullRequestCommentCoprBuildHandler),
    (lambda: parse_event(bodies.merge_request_comment()), "build", GitHubPullRequestCommentCoprBuildHandler),
    (lambda: parse_centos_event(bodies.pagure_comment()), "build", PagurePullRequestCommentCoprBuildHandler),
    (lambda: parse_centos_event(bodies.pagure_comment()), "copr_build", PagurePullRequestCommentCoprBuildHandler),
    (lambda: parse_event(bodies.issue_comment()), "propose_update", GitHubIssueCommentProposeUpdateHandler),
    # a command is not tied to what it stands on
    (lambda: parse_event(bodies.issue_comment()), "build", GitHubPullRequestCommentCoprBuildHandler),
    (lambda: parse_event(bodies.issue_comment()), "test", GitHubPullRequestCommentTestingFarmHandler),
    (lambda: parse_event(PR_COMMENT()), "propose_update", GitHubIssueCommentProposeUpdateHandler),
    # nothing was built yet
    (lambda: parse_event(PR_COMMENT()), "test", GitHubPullRequestCommentCoprBuildHandler),
    (lambda: parse_centos_event(bodies.pagure_comment()), "test", PagurePullRequestCommentCoprBuildHandler),
]


@pytest.mark.parametrize(("event", "command", "handler"), HANDLERS)
def test_the_handler_of_a_command(world, event, command, handler):
    world.prepare({})

    assert select_handler(command, event()) is handler


def build(pull):
    CoprBuild.get_or_create(
        build_id=44,
        target="fedora-32-x86_64",
        commit_sha=bodies.SHA,
        owner="packit",
        project_name="a",
        web_url="",
        srpm=SrpmBuild.create(logs="", success=True),
        trigger=pull,
    )


@pytest.mark.parametrize(
    "event", [lambda: parse_event(PR_COMMENT()), lambda: parse_event(bodies.merge_request_comment())]
)
def test_what_was_built_is_tested(world, event):
    world.prepare({})
    build(event().db_trigger)

    assert select_handler("test", event()) is GitHubPullRequestCommentTestingFarmHandler


def test_builds_of_another_pull_request_do_not_count(world):
    world.prepare({})
    event = parse_event(PR_COMMENT())
    url = "https://github.com/space/repo"
    build(PullRequest.get_or_create(pr_id=event.pr_id + 1, namespace="space", repo_name="repo", project_url=url))

    assert select_handler("test", event) is GitHubPullRequestCommentCoprBuildHandler


def test_who_is_not_whitelisted_is_told_on_the_pull_request(world):
    world.prepare({})
    event = parse_event(bodies.pull_request_comment())

    assert process_comment(event, ServiceConfig()) == {
        "pr_comment": {"success": True, "details": {"msg": NOT_WHITELISTED}}
    }
    ((comment,),) = world.state.comments.values()
    assert comment["body"] == "Neither account somebody nor owner space are on our whitelist!"


def test_a_repository_without_a_config(world):
    world.prepare({})
    Whitelist.add_account("space", "approved_manually")
    repository = {**bodies.GITHUB, "html_url": "https://github.com/space/repo-missing"}
    event = parse_event(bodies.pull_request_comment(repository=repository))

    assert process_comment(event, ServiceConfig()) == {
        "pr_comment": {"success": True, "details": {"msg": "No packit config in repo"}}
    }


def test_a_command_is_run_for_each_of_its_jobs(world):
    world.prepare({})
    targets = [{"fedora-31"}, {"fedora-32"}]
    jobs = [given.job("copr_build", targets=found) for found in targets]
    event = given.at(given.pr_comment(given.full_name()), *jobs, given.job("copr_build", trigger="release"))
    results = process_comment(event, ServiceConfig())

    assert [key.split("-")[0] for key in results] == ["copr_build", "copr_build"]
    assert [build["chroots"] for build in world.state.builds.values()] == [["fedora-31-x86_64"], ["fedora-32-x86_64"]]


def test_a_command_without_a_job_does_nothing(world):
    world.prepare({})
    event = given.at(given.issue_comment(given.full_name()), given.job("copr_build"))

    assert process_comment(event, ServiceConfig()) == {}


def test_a_handler_is_not_asked_whether_it_would(world):
    """A tests job is skipped where something else builds, but not when somebody asks for a build."""
    world.prepare({})
    jobs = given.job("tests", targets={"fedora-32"}), given.job("copr_build", trigger="commit")
    event = given.at(given.pr_comment(given.full_name()), *jobs)

    assert [key.split("-")[0] for key in process_comment(event, ServiceConfig())] == ["tests"]
    assert world.state.statuses
