"""What comes of a comment that asks for the tests?"""

from __future__ import annotations

import httpx
import pytest

from legacy.handlers.testing_farm import GitHubPullRequestCommentTestingFarmHandler as Handler
from legacy.models import TestRun
from legacy.reporting import PERMISSIONS_ERROR
from legacy.standin import facts
from tests.unit.legacy import given

CHROOTS = ("fedora-31-x86_64", "fedora-32-x86_64")


@pytest.fixture
def empty(world):
    world.clear()
    return world


def answers(name):
    return [facts.testing_farm_answer(name, chroot) for chroot in CHROOTS]


def asked(name, login=given.ADMIN):
    return given.at(
        given.pr_comment(name, login),
        given.job("copr_build", targets={"fedora-stable"}),
        given.job("tests", targets={"fedora-stable"}),
    )


def run(event):
    return given.run(Handler, event, place=1)


def test_each_chroot_is_tested(empty):
    event = asked(given.full_name(lambda name: answers(name) == ["accepted"] * 2))
    result = run(event)

    assert result == {"success": True, "details": {}}
    assert [(row.target, row.status) for row in empty.rows(TestRun)] == [(chroot, "running") for chroot in CHROOTS]
    assert {row.commit_sha for row in empty.rows(TestRun)} == {event.commit_sha}
    assert [request["artifact"]["copr-chroot"] for request in empty.state.test_requests] == list(CHROOTS)


def test_a_refused_request_is_told_and_is_not_the_result(empty):
    event = asked(given.full_name(lambda name: answers(name) == ["refused", "accepted"]))
    result = run(event)

    assert result == {"success": True, "details": {}}
    assert [row.status for row in empty.rows(TestRun)] == ["error", "running"]
    assert [state for state, _ in empty.described()] == ["pending", "failure", "pending", "pending"]


def test_a_chroot_that_is_not_built_is_told_and_the_others_are_tested(empty):
    name = given.full_name(lambda name: answers(name)[1] == "accepted")
    event = given.at(
        given.pr_comment(name),
        given.job("copr_build", targets={"fedora-32"}),
        given.job("tests", targets={"fedora-stable"}),
    )
    result = run(event)

    assert result == {"success": True, "details": {}}
    assert empty.described()[0] == ("error", f"No build defined for the target {CHROOTS[0]!r}.")
    assert [row.target for row in empty.rows(TestRun)] == [CHROOTS[1]]


def test_who_may_not_merge_is_told(empty):
    name = given.full_name()
    result = run(asked(name, given.STRANGER))

    (comment,) = empty.state.comments[f"{name}#7"]
    assert result == {"success": True, "details": {"msg": PERMISSIONS_ERROR}}
    assert comment["body"] == PERMISSIONS_ERROR
    assert (empty.rows(TestRun), empty.state.statuses) == ([], [])


def test_on_an_issue_there_is_no_commit_to_tell_of(empty):
    event = given.at(
        given.issue_comment(given.full_name()), given.job("copr_build", "release"), given.job("tests", "release")
    )

    with pytest.raises(httpx.HTTPStatusError):
        run(event)
    assert empty.rows(TestRun) == []
