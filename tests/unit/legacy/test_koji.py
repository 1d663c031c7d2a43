"""What comes of builds in Koji?"""

from __future__ import annotations

from datetime import datetime

import pytest

from legacy.events import KojiBuildEvent, KojiBuildState
from legacy.handlers import koji
from legacy.models import KojiBuild, PullRequest, SrpmBuild
from legacy.reporting import PERMISSIONS_ERROR
from legacy.standin import facts
from legacy.standin.facts.koji import KOJI_TARGETS
from tests.unit.legacy import given

KINDS = {
    koji.ReleaseGithubKojiBuildHandler: ("release", given.release),
    koji.PullRequestGithubKojiBuildHandler: ("pull_request", given.pull_request),
    koji.PushGithubKojiBuildHandler: ("commit", given.push),
}
SUBMIT_FAILED = "Koji build submit was not successful."


@pytest.fixture
def empty(world):
    world.clear()
    return world


def built(name, pr_id=None):
    return facts.srpm_outcome(given.github(name), pr_id) == "built"


def taken(name):
    return all(facts.koji_submit(name, target) == "taken" for target in KOJI_TARGETS) and facts.tag_known(name, "1.0")


def name_that(suits=taken):
    """A project whose source packages are made, and for which this holds."""
    return given.full_name(lambda name: built(name) and built(name, 7) and suits(name))


@pytest.mark.parametrize("kind", KINDS)
def test_each_target_is_a_build_and_a_row(empty, kind):
    trigger, make = KINDS[kind]
    event = given.at(make(name_that()), given.job("production_build", trigger, targets={"epel-7", "fedora-stable"}))
    result = given.run(kind, event)

    assert result == {"success": True, "details": {}}
    rows = empty.rows(KojiBuild)
    assert [row.target for row in rows] == ["epel7", "f31", "f32"]
    assert {(row.status, row.commit_sha, row.srpm_id is not None) for row in rows} == {
        ("pending", event.commit_sha, True)
    }
    assert {int(row.build_id) for row in rows} == set(empty.state.koji_tasks)
    assert rows[0].web_url == f"https://koji.example/koji/taskinfo?taskID={rows[0].build_id}"
    assert empty.described() == [("pending", "Building SRPM ...")] * 3 + [("pending", "Building RPM ...")] * 3
    assert empty.state.statuses[-1]["context"] == "packit-stg/production-build-f32"
    assert empty.state.statuses[-1]["target_url"] == f"https://stg.packit.dev/koji-build/{rows[-1].id}"


def test_without_targets_the_stable_ones_are_built(empty):
    given.run(
        koji.PushGithubKojiBuildHandler, given.at(given.push(name_that()), given.job("production_build", "commit"))
    )

    assert [row.target for row in empty.rows(KojiBuild)] == ["f31", "f32"]


@pytest.mark.parametrize("scratch", [True, False])
def test_koji_is_told_what_is_built_and_how(empty, scratch):
    name = name_that()
    event = given.at(given.pull_request(name), given.job("production_build", targets={"fedora-32"}, scratch=scratch))
    given.run(koji.PullRequestGithubKojiBuildHandler, event)

    (task,) = empty.state.koji_tasks.values()
    assert task == {"project": given.github(name), "ref": None, "pr_id": 7, "target": "f32", "scratch": scratch}


def test_who_may_not_merge_is_told(empty):
    event = given.at(given.pull_request(name_that(), given.STRANGER), given.job("production_build"))
    result = given.run(koji.PullRequestGithubKojiBuildHandler, event)

    assert result == {"success": True, "details": {"msg": PERMISSIONS_ERROR}}
    assert empty.described() == [("failure", PERMISSIONS_ERROR)] * 2
    assert empty.rows(SrpmBuild) == []


def test_a_failed_source_package_ends_it(empty):
    name = given.full_name(lambda name: not built(name))
    result = given.run(
        koji.PushGithubKojiBuildHandler, given.at(given.push(name), given.job("production_build", "commit"))
    )

    message = "SRPM build failed, check the logs for details."
    (source,) = empty.rows(SrpmBuild)
    assert result == {"success": False, "details": {"msg": message}}
    assert empty.described()[-2:] == [("failure", message)] * 2
    assert empty.state.statuses[-1]["target_url"] == f"https://stg.packit.dev/srpm-build/{source.id}/logs"
    assert empty.state.koji_tasks == {}


def test_without_a_ticket_nothing_is_submitted(empty):
    empty.state.kerberos_away = True
    event = given.at(given.push(name_that()), given.job("production_build", "commit"))
    result = given.run(koji.PushGithubKojiBuildHandler, event)

    message = "Kerberos authentication error: Cannot contact any KDC for the realm."
    assert result == {"success": False, "details": {"msg": message, "errors": {}}}
    assert empty.described()[-2:] == [("error", message)] * 2
    assert empty.state.koji_tasks == {}


def test_a_target_that_koji_builds_no_more_does_not_keep_back_the_others(empty):
    event = given.at(
        given.push(name_that()), given.job("production_build", "commit", targets={"fedora-30", "fedora-32"})
    )
    result = given.run(koji.PushGithubKojiBuildHandler, event)

    assert result["details"] == {"msg": SUBMIT_FAILED, "errors": {"f30": "Target not supported: f30"}}
    assert [row.target for row in empty.rows(KojiBuild)] == ["f32"]
    assert empty.described()[2:] == [("error", "Target not supported: f30"), ("pending", "Building RPM ...")]


@pytest.mark.parametrize("outcome", ["fails", "odd"])
def test_a_submit_that_fails_is_told_and_not_remembered(empty, outcome):
    name = name_that(lambda name: facts.koji_submit(name, "f32") == outcome)
    event = given.at(given.push(name), given.job("production_build", "commit", targets={"fedora-32"}))
    result = given.run(koji.PushGithubKojiBuildHandler, event)

    error = result["details"]["errors"]["f32"]
    assert (result["success"], result["details"]["msg"]) == (False, SUBMIT_FAILED)
    assert empty.state.statuses[-1]["state"] == "error"
    assert empty.described()[-1][1] == f"Submit of the build failed: {error}"[:140]
    assert error.startswith({"fails": "Koji knows no package", "odd": "No task id in what Koji printed: "}[outcome])
    assert empty.rows(KojiBuild) == []


@pytest.mark.parametrize(
    ("kind", "event", "may"),
    [
        (koji.ReleaseGithubKojiBuildHandler, given.release, True),
        (koji.ReleaseGithubKojiBuildHandler, given.push, False),
        (koji.PullRequestGithubKojiBuildHandler, given.pull_request, True),
        (koji.PullRequestGithubKojiBuildHandler, given.pr_comment, False),
        (koji.PushGithubKojiBuildHandler, given.push, True),
        (koji.PushGithubKojiBuildHandler, given.release, False),
        (koji.PushGithubKojiBuildHandler, lambda name: given.push(name, "stable"), False),
    ],
)
def test_what_each_handler_is_for(kind, event, may):
    assert given.made(kind, given.at(event("space/thing"), given.job("production_build"))).pre_check() is may


def test_a_branch_of_its_own(empty):
    event = given.at(given.push("space/thing", "stable"), given.job("production_build", "commit", branch="stable"))

    assert given.made(koji.PushGithubKojiBuildHandler, event).pre_check()


def a_row(name, status="pending"):
    row = PullRequest.get_or_create(
        pr_id=7, namespace="space", repo_name=name.split("/")[1], project_url=given.github(name)
    )
    source = SrpmBuild.create(logs="", success=True)
    build = KojiBuild.get_or_create(
        build_id=41, target="f32", commit_sha=given.COMMIT, web_url="https://koji.example/41", srpm=source, trigger=row
    )
    build.set_status(status)
    return build


def reported(state, *, build_id=41, start=1_590_000_000, end=None, task=123_456):
    event = KojiBuildEvent(
        build_id=build_id,
        state=state,
        old_state=None,
        start_time=start,
        completion_time=end,
        rpm_build_task_id=task,
    )
    return given.run(koji.KojiBuildReportHandler, given.at(event, given.job("production_build")))


@pytest.mark.parametrize(
    ("state", "check", "text", "status"),
    [
        (KojiBuildState.open, "pending", "RPM build is in progress...", "pending"),
        (KojiBuildState.closed, "success", "RPMs were built successfully.", "success"),
        (KojiBuildState.failed, "failure", "RPMs failed to be built.", "failed"),
        (KojiBuildState.canceled, "error", "RPMs build was canceled.", "error"),
    ],
)
def test_a_state_is_noted_and_told(empty, state, check, text, status):
    build_id = a_row(given.full_name()).id
    result = reported(state, end=1_590_000_060)

    (row,) = empty.rows(KojiBuild)
    logs = "https://koji.example/work/tasks/3456/123456/build.log"
    assert result == {"success": True, "details": {"msg": f"Koji build 41 is {state.value}."}}
    assert (row.status, row.build_logs_url, row.web_url) == (status, logs, logs)
    assert (row.start_time, row.finished_time) == (datetime(2020, 5, 20, 18, 40), datetime(2020, 5, 20, 18, 41))
    (told,) = empty.state.statuses
    assert (told["state"], told["description"], told["sha"]) == (check, text, given.COMMIT)
    assert told["context"] == "packit-stg/production-build-f32"
    assert told["target_url"] == f"https://stg.packit.dev/koji-build/{build_id}"


@pytest.mark.parametrize("state", [KojiBuildState.free, KojiBuildState.assigned])
def test_other_states_are_not_told(empty, state):
    a_row(given.full_name(), status="failed")
    result = reported(state, start=None, task=None)

    (row,) = empty.rows(KojiBuild)
    assert result == {"success": True, "details": {"msg": f"Koji build 41 is {state.value}."}}
    assert (row.status, row.start_time, row.web_url) == ("failed", None, "https://koji.example/41")
    assert empty.state.statuses == []


def test_a_build_of_others_fails(empty):
    assert koji.KojiBuildReportHandler(
        given.SERVICE,
        None,
        KojiBuildEvent(
            build_id=42,
            state=KojiBuildState.open,
            old_state=None,
            start_time=None,
            completion_time=None,
            rpm_build_task_id=None,
        ),
    ).run() == {"success": False, "details": {"msg": "Koji build 42 not found in the database."}}
