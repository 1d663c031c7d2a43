"""What comes of changes on the forge of CentOS?"""

from __future__ import annotations

import httpx
import pytest

from legacy.events import (
    PullRequestAction,
    PullRequestCommentAction,
    PullRequestCommentPagureEvent,
    PullRequestLabelAction,
    PullRequestLabelPagureEvent,
    PullRequestPagureEvent,
)
from legacy.handlers.copr import PullRequestCoprBuildHandler
from legacy.handlers.pagure import PagurePullRequestCommentCoprBuildHandler, PagurePullRequestLabelHandler
from legacy.models import Bugzilla, CoprBuild, PullRequest
from legacy.reporting import PAGURE_URL
from legacy.standin import facts
from tests.unit.legacy import given


@pytest.fixture
def empty(world):
    world.clear()
    return world


def url(name):
    return f"https://git.centos.org/{name}"


def head(name):
    return facts.pagure_head(name, "7")


def common(name, commit=None):
    space, repo = name.split("/")
    return {
        "pr_id": 7,
        "base_repo_namespace": space,
        "base_repo_name": repo,
        "base_repo_owner": "ann",
        "project_url": url(name),
        "commit_sha": commit or head(name),
    }


def labelled(name, labels, commit=None):
    return PullRequestLabelPagureEvent(
        action=PullRequestLabelAction.added, base_ref="c8", labels=set(labels), **common(name, commit)
    )


def commented(name):
    return PullRequestCommentPagureEvent(
        action=PullRequestCommentAction.created,
        target_repo=name.split("/")[1],
        user_login=given.STRANGER,
        comment="/packit build",
        **common(name),
    )


def opened(name):
    space, repo = name.split("/")
    return PullRequestPagureEvent(
        action=PullRequestAction.opened,
        target_repo_namespace=space,
        target_repo=repo,
        base_ref="c8",
        user_login=given.STRANGER,
        **common(name),
    )


def label(event):
    return PagurePullRequestLabelHandler(given.SERVICE, None, event).run_n_clean()


def bugs_work(name):
    return not facts.bugzilla_fails(name) and not facts.bugzilla_takes_no_patch(name)


def name_of_bugs(suits=bugs_work):
    return given.full_name(suits)


@pytest.mark.parametrize("labels", [[], ["wanted"]])
def test_another_label_does_nothing(empty, labels):
    result = label(labelled(name_of_bugs(), labels))

    assert result == {"success": True, "details": {"msg": "No accepted label."}}
    assert (empty.state.bugs, empty.state.statuses, empty.rows(PullRequest)) == ({}, [], [])


def test_an_accepted_change_becomes_a_bug_with_its_patch(empty):
    name = name_of_bugs()
    result = label(labelled(name, ["wanted", "accepted"]))

    ((bug_id, bug),) = empty.state.bugs.items()
    (row,) = empty.rows(Bugzilla)
    (patch,) = empty.state.patches
    assert result == {"success": True, "details": {}}
    assert bug["product"] == "Red Hat Enterprise Linux 8"
    assert (bug["version"], bug["component"]) == ("CentOS-Stream", name.split("/")[1])
    assert bug["summary"] == "Change 7"
    assert bug["description"] == f"Based on approved CentOS Stream pull-request: {url(name)}/pull-request/7"
    assert (row.bug_id, row.bug_url) == (bug_id, f"https://bugzilla.example/show_bug.cgi?id={bug_id}")
    assert patch["data"].startswith(f"From {head(name)}")


def test_the_bug_is_shown_at_the_commit_and_at_the_pull_request(empty):
    name = name_of_bugs()
    label(labelled(name, ["accepted"]))

    (row,) = empty.rows(Bugzilla)
    (status,), (flag,) = empty.state.statuses, empty.state.flags
    assert (status["state"], status["description"], status["context"]) == ("success", f"RHBZ#{row.bug_id}", "Bugzilla")
    assert (status["target_url"], status["sha"]) == (row.bug_url, head(name))
    assert (flag["username"], flag["comment"], flag["url"], flag["number"]) == (
        "Bugzilla",
        f"RHBZ#{row.bug_id}",
        row.bug_url,
        "7",
    )


def test_a_change_gets_one_bug_and_a_patch_each_time(empty):
    name = name_of_bugs()
    label(labelled(name, ["accepted"]))
    label(labelled(name, ["accepted"]))

    assert len(empty.rows(Bugzilla)) == len(empty.state.bugs) == 1
    assert len(empty.state.patches) == 2


def test_a_tracker_that_is_away_ends_the_handler(empty):
    name = name_of_bugs(facts.bugzilla_fails)

    with pytest.raises(httpx.HTTPStatusError):
        label(labelled(name, ["accepted"]))
    assert (empty.rows(Bugzilla), empty.state.statuses) == ([], [])


def test_a_bug_without_its_patch_is_kept_and_not_told(empty):
    name = name_of_bugs(lambda name: facts.bugzilla_takes_no_patch(name) and not facts.bugzilla_fails(name))

    with pytest.raises(httpx.HTTPStatusError):
        label(labelled(name, ["accepted"]))
    assert len(empty.rows(Bugzilla)) == 1
    assert empty.state.statuses == []


@pytest.mark.parametrize(
    ("kind", "make"),
    [(PagurePullRequestCommentCoprBuildHandler, commented), (PullRequestCoprBuildHandler, opened)],
)
def test_anybody_may_have_a_change_built(empty, kind, make):
    name = given.full_name(
        lambda name: (
            facts.srpm_outcome(url(name), 7) == "built"
            and not facts.copr_submit_fails("packit", f"{name.replace('/', '-')}-7-stg")
        )
    )
    result = given.run(kind, given.at(make(name), given.job("copr_build", targets={"fedora-32"})))

    assert result == {"success": True, "details": {}}
    assert [row.commit_sha for row in empty.rows(CoprBuild)] == [head(name)]
    assert [description for _, description in empty.described()] == ["Building SRPM ...", "Starting RPM build..."]
    assert empty.state.statuses[0]["target_url"] == PAGURE_URL
    assert len(empty.state.flags) == 2
