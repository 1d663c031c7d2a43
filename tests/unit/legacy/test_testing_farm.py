"""What comes of test results?"""

from __future__ import annotations

import pytest

from legacy.models import TestRun


@pytest.mark.parametrize(
    ("way", "state", "text"),
    [
        ("known-passed-2", "success", None),
        ("known-failed-2", "failure", None),
        ("known-error-0", "failure", None),
        ("known-passed-1", "success", None),
        ("known-passed-installation", "success", "Installation passed"),
        ("known-failed-installation", "failure", "Installation failed"),
        ("pushed-passed-2", "success", None),
    ],
)
def test_a_result_is_stored_and_told(world, way, state, text):
    payload = world.message("testing_farm_results", way)
    result = world.process(payload)

    assert [job["success"] for job in result.value["jobs"].values()] == [True]
    (run,) = world.rows(TestRun, pipeline_id=payload["pipeline"]["id"])
    assert run.status == payload["result"]
    if payload["url"]:
        assert run.web_url == payload["url"]
    (status,) = world.state.statuses
    assert (status["state"], status["description"]) == (state, text or payload["message"] or "")
    assert status["context"] == f"packit-stg/testing-farm-{payload['artifact']['copr-chroot']}"
    assert status["sha"] == payload["artifact"]["commit-sha"]


def test_where_to_look_is_not_forgotten(world):
    payload = world.message("testing_farm_results", "known-passed-2")
    world.prepare(payload)
    (before,) = world.rows(TestRun, pipeline_id=payload["pipeline"]["id"])
    world.process({**payload, "url": None})

    (run,) = world.rows(TestRun, pipeline_id=payload["pipeline"]["id"])
    assert (run.status, run.web_url) == ("passed", before.web_url)


def test_other_runs_stay_as_they_are(world):
    payload = world.message("testing_farm_results", "known-passed-2")
    world.process(payload)

    others = [run for run in world.rows(TestRun) if run.pipeline_id != payload["pipeline"]["id"]]
    assert {run.status for run in others} == {"new", "running"}


def test_the_result_of_an_unknown_run_is_told(world):
    payload = world.message("testing_farm_results", "unknown-passed-1")
    result = world.process(payload)

    assert len(world.state.statuses) == 1
    assert result.value["event"]["_pr_id"] is None


def test_a_forge_that_fails_ends_the_task(world):
    payload = world.message("testing_farm_results", "statuses-fail")

    assert world.process(payload).state == "FAILURE"


def test_an_unknown_result_raises(world):
    result = world.process(world.message("testing_farm_results", "unknown-result"))

    assert (result.state, type(result.value)) == ("FAILURE", ValueError)
