"""Which rows does a world hold?"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legacy.models import CoprBuild, PullRequest
from legacy.standin import facts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
# the names that the fixture looks at, with anything below them
NAMES = ("build", "build_id", "chroot", "number", "pull_request", "repository", "pipeline", "artifact")
HOSTILE = st.dictionaries(
    st.sampled_from(NAMES),
    JSON | st.sampled_from([1, 3001, 75003, 1_044_215, "1044215", -5, 10**30, "٣"]),
)
NESTED = st.builds(
    lambda name, number, login, build, chroot: {
        "repository": {"full_name": name},
        "number": number,
        "installation": {"account": {"login": login}},
        "pull_request": {"user": {"login": login}, "base": {"repo": {"owner": {"login": login}}}},
        "pipeline": {"id": login},
        "artifact": {"repo-namespace": login, "repo-name": name, "commit-sha": login, "copr-chroot": chroot},
        "build": build,
        "chroot": chroot,
    },
    JSON | st.sampled_from(["a/b", "elsewhere/decoy", "/", "a/", "\ud800/x"]),
    JSON | st.sampled_from([4001, 1]),
    JSON | st.sampled_from(["decoy", "packit-service", "\x00"]),
    JSON | st.sampled_from([3001, 75003, 1_044_215]),
    JSON | st.sampled_from(["srpm-builds", "fedora-32-x86_64", "custom-1-x86_64"]),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(payload=JSON | HOSTILE | NESTED)
def test_any_json_has_a_world(world, payload):
    world.prepare(payload)

    assert world.rows(CoprBuild)


def test_no_id_of_ours_is_a_number_of_the_outside(world):
    payload = world.message("copr_end", "tests-accepted")
    world.prepare(payload)

    rows = world.rows(CoprBuild, build_id=str(payload["build"]))
    assert not {str(row.id) for row in rows} & {row.build_id for row in rows}
    assert all(row.id != row.pr_id for row in world.rows(PullRequest))
    assert all(row.trigger_id != row.id for row in rows)


def test_who_takes_our_id_for_a_build_id_finds_another_build(world):
    payload = world.message("copr_end", "tests-accepted")
    world.prepare(payload)

    (own, *_) = world.rows(CoprBuild, build_id=str(payload["build"]))
    (confused,) = world.rows(CoprBuild, build_id=str(own.id))
    assert (confused.project_name, confused.status) == ("confusion", "success")


def test_the_chroots_of_a_build_differ(world):
    numbers = range(facts.BUILDS_FROM, facts.BUILDS_FROM + 1000)
    build_id = next(n for n in numbers if facts.build(n).known and len(facts.build(n).chroots) > 1)
    world.prepare({"task": "task.babysit_copr_build", "build_id": build_id})

    rows = world.rows(CoprBuild, build_id=str(build_id))
    assert len(rows) > 1
    assert len({row.build_logs_url for row in rows}) == len({row.submitted_time for row in rows}) == len(rows)


def test_a_world_is_the_same_each_time(world):
    payload = world.message("copr_end", "tests-accepted")
    seen = []
    for _ in range(2):
        world.prepare(payload)
        seen.append([(row.id, row.build_id, row.target, row.status) for row in world.rows(CoprBuild)])

    assert seen[0] == seen[1]


def test_every_project_has_a_name_of_its_own():
    names = [facts.project_name(index) for index in range(3000)]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("value", [None, True, 1.5, [], "x", "-1", 0, 10**20, "9" * 40])
def test_what_is_no_build_id(value):
    assert facts.as_build_id(value) is None
