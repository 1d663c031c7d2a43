"""What goes from a project to the distribution, and back?"""

from __future__ import annotations

import json

import pytest

from legacy import packit
from legacy.events import DistGitEvent, FedmsgTopic
from legacy.handlers import downstream
from legacy.package_config import PackageConfig
from legacy.reporting import PERMISSIONS_ERROR
from legacy.standin import facts, facts_config
from legacy.standin.packit import PackitError
from tests.unit.legacy import given

BRANCHES = {"fedora-rawhide", "fedora-32", "epel-6"}
EACH = ("el6", "f32", "master")  # as dist-git calls them, in order


@pytest.fixture
def empty(world):
    world.clear()
    return world


def failing(name):
    return [branch for branch in EACH if facts.sync_fails(name, branch)]


def proposals(world):
    return [(proposal["branch"], proposal["version"]) for proposal in world.state.proposals]


def comments(world, name):
    return [comment["body"] for comment in world.state.comments.get(f"{name}#9", [])]


def released(name):
    event = given.release(name)
    return given.at(event, given.job("propose_downstream", "release", dist_git_branches=BRANCHES))


def asked(name, login=given.ADMIN):
    event = given.issue_comment(name, login)
    return given.at(event, given.job("propose_downstream", "release", dist_git_branches=BRANCHES))


def test_a_release_is_proposed_to_each_branch(empty):
    name = given.full_name(lambda name: not failing(name))
    result = given.run(downstream.ProposeDownstreamHandler, released(name))

    assert result == {"success": True, "details": {}}
    assert proposals(empty) == [(branch, "1.0") for branch in EACH]
    assert empty.state.issues == {}


def test_without_branches_it_is_master(empty):
    name = given.full_name(lambda name: not failing(name))
    event = given.at(given.release(name), given.job("propose_downstream", "release"))
    given.run(downstream.ProposeDownstreamHandler, event)

    assert proposals(empty) == [("master", "1.0")]


def test_what_failed_becomes_one_issue_and_keeps_back_no_branch(empty):
    name = given.full_name(lambda name: len(failing(name)) == 2)
    result = given.run(downstream.ProposeDownstreamHandler, released(name))

    errors = {branch: f"The sources of {name} 1.0 do not fit the branch {branch}." for branch in failing(name)}
    first, second = errors.items()
    assert result == {"success": False, "details": {"msg": "Propose downstream failed.", "errors": errors}}
    assert len(proposals(empty)) == 1
    assert empty.state.issues == {
        name: [
            {
                "title": "[packit] Propose update failed for release 1.0",
                "body": "| dist-git branch | error |\n| --- | --- |\n"
                f"| {first[0]} | {first[1]} |\n| {second[0]} | {second[1]} |\n",
            }
        ]
    }


def test_a_comment_proposes_the_newest_release_and_closes_the_issue(empty):
    name = given.full_name(lambda name: facts.releases(name) and not failing(name))
    result = given.run(downstream.GitHubIssueCommentProposeUpdateHandler, asked(name))

    tag = facts.releases(name)[0]
    urls = [proposal["url"] for proposal in empty.state.proposals]
    assert result == {"success": True, "details": {}}
    assert proposals(empty) == [(branch, tag) for branch in EACH]
    assert comments(empty, name) == [
        f"Proposed {tag} to {branch}: {url}" for branch, url in zip(EACH, urls, strict=True)
    ]
    assert empty.state.closed == [f"{name}#9"]


def test_a_branch_that_fails_is_told_and_leaves_the_issue_open(empty):
    name = given.full_name(lambda name: facts.releases(name) and failing(name) == ["f32"])
    result = given.run(downstream.GitHubIssueCommentProposeUpdateHandler, asked(name))

    error = f"The sources of {name} {facts.releases(name)[0]} do not fit the branch f32."
    assert result == {"success": False, "details": {"msg": "Propose update failed.", "errors": {"f32": error}}}
    assert comments(empty, name)[1] == f"Propose update to f32 failed: {error}"
    assert len(comments(empty, name)) == 3
    assert empty.state.closed == []


def test_without_a_release_there_is_nothing_to_propose(empty):
    name = given.full_name(lambda name: not facts.releases(name))
    result = given.run(downstream.GitHubIssueCommentProposeUpdateHandler, asked(name))

    message = "There is no release to propose yet."
    assert result == {"success": False, "details": {"msg": message}}
    assert comments(empty, name) == [message]
    assert proposals(empty) == []


def test_who_may_not_merge_is_told_on_the_issue(empty):
    name = given.full_name(facts.releases)
    result = given.run(downstream.GitHubIssueCommentProposeUpdateHandler, asked(name, given.STRANGER))

    assert result == {"success": True, "details": {"msg": PERMISSIONS_ERROR}}
    assert comments(empty, name) == [PERMISSIONS_ERROR]
    assert proposals(empty) == []


def committed(name):
    space, repo = name.split("/")
    event = DistGitEvent(
        topic=FedmsgTopic.dist_git_push,
        repo_namespace=space,
        repo_name=repo,
        branch="f32",
        git_ref=given.COMMIT,
        msg_id=None,
    )
    return given.at(event, given.job("sync_from_downstream", "commit"), specfile_path=spec_path(name))


def spec_path(name):
    return facts_config.spec_path(name)


def with_spec(suits):
    return given.full_name(lambda name: spec_path(name) and suits(name))


def upstream(name):
    """The full name of the upstream that the spec file in dist-git says."""
    url = facts.spec_url(name)
    return url and url.removeprefix("https://github.com/")


def test_a_commit_in_dist_git_is_proposed_to_upstream(empty):
    name = with_spec(lambda name: upstream(name) and not facts.sync_back_fails(upstream(name)))
    result = given.run(downstream.NewDistGitCommitHandler, committed(name))

    (proposal,) = empty.state.proposals
    assert (proposal["project"], proposal["branch"]) == (facts.spec_url(name), "master")
    assert result == {"success": True, "details": {"msg": f"Proposed upstream: {proposal['url']}"}}


def test_an_upstream_that_takes_nothing_ends_the_handler(empty):
    name = with_spec(lambda name: upstream(name) and facts.sync_back_fails(upstream(name)))

    with pytest.raises(PackitError, match="takes no pull requests"):
        given.run(downstream.NewDistGitCommitHandler, committed(name))


@pytest.mark.parametrize("has_spec", [True, False])
def test_a_spec_file_that_does_not_name_its_upstream(empty, has_spec):
    name = with_spec(lambda name: not facts.spec_url(name))
    event = committed(name)
    if not has_spec:
        event.package_config.specfile_path = "gone.spec"
    result = given.run(downstream.NewDistGitCommitHandler, event)

    assert result == {"success": False, "details": {"msg": "URL in the spec file is not set."}}
    assert proposals(empty) == []


def test_a_commit_without_a_config_raises_when_it_runs_and_not_before(empty):
    event = committed("space/thing-missing")
    event._package_config = None
    handler = downstream.NewDistGitCommitHandler(given.SERVICE, given.job("sync_from_downstream", "commit"), event)

    with pytest.raises(ValueError, match=f"No package config found at {given.COMMIT}"):
        handler.run()


def test_the_library_is_given_the_config_without_jobs_and_notifications():
    config = PackageConfig(
        jobs=[given.job("propose_downstream", "release")],
        specfile_path="thing.spec",
        downstream_package_name="thing",
        synced_files=["a", {"src": "b", "dest": "c"}],
    )
    given_to_it = packit.for_library(config)

    assert not {"jobs", "notifications"} & set(given_to_it)
    assert (given_to_it["specfile_path"], given_to_it["dist_git_namespace"]) == ("thing.spec", "rpms")
    assert json.loads(json.dumps(given_to_it)) == given_to_it
    given_to_it["synced_files"].append("d")
    assert len(config.synced_files) == 2
