"""What does the babysitter do about builds that ended without a message?"""

from __future__ import annotations

import pytest

from legacy.models import CoprBuild


def statuses(world, payload):
    return [row.status for row in world.rows(CoprBuild, build_id=str(payload["build_id"]))]


@pytest.mark.parametrize("way", ["ended-succeeded", "ended-failed", "ended-failed-succeeded"])
def test_an_ended_build_is_handled(world, way):
    payload = world.message("babysit", way)
    result = world.babysit(payload)

    assert (result.state, result.value) == ("SUCCESS", None)
    assert "pending" not in statuses(world, payload)
    assert world.state.statuses


def test_a_build_that_has_not_ended_is_looked_at_again(world):
    payload = world.message("babysit", "not-ended")
    result = world.babysit(payload)

    assert result.state == "RETRY"
    assert result.value.when == 180
    (again,) = world.sent()
    assert again.headers["retries"] == 1
    assert "success" not in {status["state"] for status in world.state.statuses}


@pytest.mark.parametrize("way", ["unknown-build", "nothing-pending", "missing"])
def test_nothing_to_do(world, way):
    result = world.babysit(world.message("babysit", way))

    assert (result.state, world.state.statuses, world.sent()) == ("SUCCESS", [], [])


def test_a_forge_that_fails_ends_the_task(world):
    assert world.babysit(world.message("babysit", "statuses-fail")).state == "FAILURE"
