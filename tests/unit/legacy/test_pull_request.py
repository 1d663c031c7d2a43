"""What comes of a pull request?"""

from __future__ import annotations

import pytest

from legacy.models import CoprBuild, GitProject, PullRequest, SrpmBuild, TaskResult
from legacy.reporting import PERMISSIONS_ERROR


def test_builds_and_reports(world):
    payload = world.message("pull_request", "built-build-and-tests")
    result = world.process(payload)

    (key,) = result.value["jobs"]
    assert key.startswith("copr_build-20")
    assert result.value["jobs"][key] == {"success": True, "details": {}}
    (build_id,) = world.state.builds
    rows = world.rows(CoprBuild, build_id=str(build_id))
    assert [row.target for row in rows] == ["fedora-31-x86_64", "fedora-32-x86_64"]
    assert {row.status for row in rows} == {"pending"}
    assert {row.commit_sha for row in rows} == {payload["pull_request"]["head"]["sha"]}
    assert world.described() == [("pending", "Building SRPM ...")] * 4 + [("pending", "Starting RPM build...")] * 4
    assert {status["context"] for status in world.state.statuses} == {
        f"packit-stg/{kind}-fedora-{release}-x86_64" for kind in ("rpm-build", "testing-farm") for release in (31, 32)
    }
    assert world.state.statuses[-1]["target_url"] == f"https://stg.packit.dev/copr-build/{rows[-1].id}/logs"


def test_sends_the_babysitter_in_two_minutes(world):
    world.process(world.message("pull_request", "built-build-only"))

    (message,) = world.sent()
    assert message.headers["task"] == "task.babysit_copr_build"
    assert message.headers["eta"]
    assert message.payload[0] == list(world.state.builds)


def test_the_trigger_row_is_made_once(world):
    payload = world.message("pull_request", "built-build-and-tests")
    world.process(payload)

    (alike,) = world.rows(GitProject, namespace="elsewhere", repo_name=payload["repository"]["name"])
    found = world.rows(PullRequest, pr_id=payload["number"])
    (row,) = [row for row in found if row.project_id != alike.id]
    assert row.id != row.pr_id


def test_two_build_jobs_are_two_builds(world):
    result = world.process(world.message("pull_request", "built-two-builds"))

    assert len(result.value["jobs"]) == 2
    first, second = world.state.builds.values()
    assert first["projectname"].endswith("-nightly")
    assert second["chroots"] == ["epel-8-x86_64", "fedora-rawhide-x86_64"]


def test_own_copr_project(world):
    world.process(world.message("pull_request", "built-owned"))

    (build,) = world.state.builds.values()
    assert build["ownername"] == "somebody"
    assert build["projectname"].startswith("their-")


@pytest.mark.parametrize("way", ["built-tests-only", "built-defaults"])
def test_tests_alone_require_a_build(world, way):
    result = world.process(world.message("pull_request", way))

    assert [key.split("-")[0] for key in result.value["jobs"]] == ["tests"]
    assert len(world.state.builds) == 1


def test_tests_do_not_build_where_another_job_does(world):
    result = world.process(world.message("pull_request", "skipped"))

    assert not [key for key in result.value["jobs"] if key.startswith(("copr_build-", "tests-"))]
    assert world.state.builds == {}


def test_who_may_not_write_is_told(world):
    result = world.process(world.message("pull_request", "reader"))

    assert all(job["success"] for job in result.value["jobs"].values())
    assert {description for _, description in world.described()} == {PERMISSIONS_ERROR}
    assert world.state.builds == {}


def test_an_admin_needs_no_approval(world):
    assert world.process(world.message("pull_request", "built-for-admin")).value["jobs"]
    assert world.state.builds


@pytest.mark.parametrize("way", ["srpm-failed", "srpm-raises"])
def test_a_failed_source_package_is_told_with_its_log(world, way):
    result = world.process(world.message("pull_request", way))

    message = "SRPM build failed, check the logs for details."
    assert {job["details"]["msg"] for job in result.value["jobs"].values()} == {message}
    failed = world.rows(SrpmBuild, success=False)
    told = [status for status in world.state.statuses if status["state"] == "failure"]
    assert {status["target_url"] for status in told} == {
        f"https://stg.packit.dev/srpm-build/{row.id}/logs" for row in failed
    }
    assert world.sent() == []


def test_a_failed_submit_is_told_and_the_result_stored(world):
    result = world.process(world.message("pull_request", "submit-fails"))

    (job,) = result.value["jobs"].values()
    assert not job["success"]
    assert list(job["details"]) == ["error"]
    assert ("error", world.described()[-1][1]) == world.described()[-1]
    assert world.described()[-1][1].startswith("Submit of the build failed: ")
    (stored,) = world.rows(TaskResult, task_id=result.id)
    assert list(stored.jobs.values()) == [job]


@pytest.mark.parametrize("way", ["statuses-fail", "test-statuses-fail"])
def test_a_forge_that_fails_ends_the_task(world, way):
    result = world.process(world.message("pull_request", way))

    assert result.state == "FAILURE"
    assert "500" in str(result.value)
    assert world.rows(TaskResult) == []
