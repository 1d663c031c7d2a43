"""No damaged message makes one side do something and then fail otherwise than the other side.

`HYPOTHESIS_EXAMPLES=5000 pytest tests/unit/shadow/test_fuzz_both_sides.py` looks at more messages, at others each time.
"""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import HealthCheck, example, given, settings

from tests.unit.shadow.damage import Damage, damages, shipped, shipped_as
from tests.unit.shadow.world import World

EXAMPLES = "HYPOTHESIS_EXAMPLES"
FUZZ = settings(
    max_examples=int(os.environ.get(EXAMPLES, "200")),
    derandomize=EXAMPLES not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],  # each message has its own world
)

PROPOSALS = json.dumps(
    {"jobs": [{"job": "propose_downstream", "trigger": "pull_request"}], "specfile_path": "the.spec"}
)  # a release, asked for where there is none: on a pull request
ASKED = {
    "github": Damage(
        shipped_as("pr_comment_build", "built"), ((("comment", "body"), "/packit propose-update"),), PROPOSALS
    ),
    "github, by a reader": Damage(
        shipped_as("pr_comment_build", "reader"), ((("comment", "body"), "/packit propose-update"),), PROPOSALS
    ),
    "gitlab": Damage(
        shipped_as("gitlab_comment", "built"), ((("object_attributes", "note"), "/packit propose-update"),), PROPOSALS
    ),
    "pagure": Damage(
        shipped_as("pagure_comment", "built"),
        ((("pullrequest", "comments"), [{"comment": "/packit propose-update"}]),),
        PROPOSALS,
    ),
}

# what is about a build in Copr that is not ours, and may be something else
NOT_OURS = shipped_as("copr_end", "unknown-build")
TWO_IN_ONE = [
    Damage(NOT_OURS, tuple(((key,), value) for key, value in shipped()[shipped_as(kind, way)].items()))
    for kind, way in (
        *(("gitlab_push", "built"), ("gitlab_comment", "built")),
        *(("gitlab_merge_request", "built"), ("gitlab_merge_request", "nested-group")),
    )
]


def assert_same(world: World, damage: Damage) -> None:
    legacy, split = world.both(damage)
    for what in legacy:
        assert (what, split[what]) == (what, legacy[what])


@FUZZ
@given(damage=damages())
@example(damage=ASKED["github"])
@example(damage=ASKED["github, by a reader"])
@example(damage=ASKED["gitlab"])
@example(damage=ASKED["pagure"])
def test_same_effects_and_failures(damage: Damage, world: World) -> None:
    assert_same(world, damage)


@pytest.mark.parametrize("damage", TWO_IN_ONE, ids=["push", "comment", "merge request", "nested group"])
def test_not_our_build_and_something_else(damage: Damage, world: World) -> None:
    assert_same(world, damage)
