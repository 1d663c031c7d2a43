"""Which handlers does an event need, and for which jobs?"""

from __future__ import annotations

import pytest

from legacy import jobs
from legacy.events import FedmsgTopic, PushGitlabEvent
from legacy.handlers.abstract import REQUIRED_BY, USED_FOR
from legacy.package_config import PackageConfig
from legacy.parser import parse_event
from legacy.selection import known_topics, select_configs, select_handlers
from legacy.standin import facts
from tests.unit.legacy import bodies, given

EVERY_JOB = [
    given.job(kind, trigger)
    for kind in ("copr_build", "tests", "production_build", "propose_downstream", "sync_from_downstream")
    for trigger in ("release", "pull_request", "commit")
]

SELECTED = [
    (given.release, "ProposeDownstreamHandler ReleaseCoprBuildHandler ReleaseGithubKojiBuildHandler"),
    (given.push, "PushCoprBuildHandler PushGithubKojiBuildHandler"),
    (given.pull_request, "PullRequestCoprBuildHandler PullRequestGithubKojiBuildHandler"),
]


def names(event, *jobs):
    return [kind.__name__ for kind in select_handlers(event, PackageConfig(jobs=list(jobs)))]


def test_every_module_of_handlers_is_registered():
    assert jobs.process
    assert {kind for kinds in USED_FOR.values() for kind in kinds} >= {
        kind for kinds in REQUIRED_BY.values() for kind in kinds
    }
    assert known_topics() == {None, *(topic.value for topic in FedmsgTopic)}


@pytest.mark.parametrize(("event", "expected"), SELECTED)
def test_handlers_are_chosen_by_the_trigger_and_run_in_order_of_their_names(world, event, expected):
    world.prepare({})
    name = given.full_name(lambda name: facts.tag_known(name, "1.0"))

    assert names(event(name), *EVERY_JOB) == expected.split()


def test_a_commit_in_dist_git(world):
    world.prepare({})
    event = parse_event(bodies.dist_git())

    assert names(event, *EVERY_JOB) == ["NewDistGitCommitHandler", "PushCoprBuildHandler", "PushGithubKojiBuildHandler"]


def test_a_required_handler_is_chosen_whatever_starts_the_job(world):
    """And has no job to be run for."""
    world.prepare({})
    event, config = given.push(given.full_name()), PackageConfig(jobs=[given.job("tests")])

    (kind,) = select_handlers(event, config)
    assert kind.__name__ == "PushCoprBuildHandler"
    assert select_configs(kind, event, config) == []


def test_own_jobs_before_those_that_require_it(world):
    world.prepare({})
    event = given.pull_request(given.full_name())
    tests, build, other = given.job("tests"), given.job("build"), given.job("copr_build", "commit")
    (kind,) = select_handlers(event, PackageConfig(jobs=[tests, build, other]))

    assert select_configs(kind, event, PackageConfig(jobs=[tests, build, other])) == [build]
    assert select_configs(kind, event, PackageConfig(jobs=[other, tests])) == [tests]


def test_the_row_and_the_kind_of_an_event_both_start_jobs(world):
    """The result of a build of a branch starts jobs on commits, and jobs on pull requests."""
    payload = world.message("copr_end", "pushed-tests-accepted")
    world.prepare(payload)
    event = parse_event(payload)
    on_commit, on_pull, on_release = (given.job("copr_build", on) for on in ("commit", "pull_request", "release"))
    config = PackageConfig(jobs=[on_commit, on_pull, on_release])
    (kind,) = select_handlers(event, config)

    assert select_configs(kind, event, config) == [on_commit, on_pull]


def test_a_comment_on_an_issue_starts_jobs_on_releases(world):
    world.prepare({})
    event = given.issue_comment(given.full_name())

    assert names(event, *EVERY_JOB) == ["GitHubIssueCommentProposeUpdateHandler"]


def test_nothing_is_configured(world):
    world.prepare({})

    assert names(given.push(given.full_name(), kind=PushGitlabEvent)) == []
