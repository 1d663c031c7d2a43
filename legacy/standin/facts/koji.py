"""Which Koji builds were there before the message?"""

from __future__ import annotations

from dataclasses import dataclass

from legacy.standin import draw
from legacy.standin.facts.forge import releases
from legacy.standin.facts.names import project_name

KOJI_FROM = 40_000_000
KOJI_PER_PROJECT = 100
NEW_TASKS_FROM = 600_000_000  # the ids of tasks that are submitted during a message
KOJI_TARGETS = ("rawhide", "f31", "f32", "epel7", "epel8")


@dataclass(frozen=True)
class KojiBuild:
    """A build in Koji that was submitted before the message: one task, one target."""

    id: int
    full_name: str
    known: bool  # we have its row
    kind: str  # what started it: pull_request, branch_push or release
    number: int | None  # of the pull request
    branch: str | None
    tag: str | None
    commit: str
    target: str
    status: str  # of our row, before the message


def project_of_koji_build(build_id: int) -> str:
    return project_name((build_id - KOJI_FROM) // KOJI_PER_PROJECT)


def koji_build(build_id: int) -> KojiBuild:
    full_name = project_of_koji_build(build_id)
    drawn = draw.number("koji build", build_id)
    kind = ("pull_request", "pull_request", "branch_push", "release")[drawn % 4]
    tags = releases(full_name) or ["0.1.0"]
    return KojiBuild(
        id=build_id,
        full_name=full_name,
        known=drawn // 4 % 16 > 0,
        kind=kind,
        number=1 + drawn // 64 % 900 if kind == "pull_request" else None,
        branch=("master", "master", "stable")[drawn // 64 % 3] if kind == "branch_push" else None,
        tag=tags[drawn // 64 % len(tags)] if kind == "release" else None,
        commit=draw.sha("koji commit", build_id),
        target=KOJI_TARGETS[drawn // 65_536 % len(KOJI_TARGETS)],
        status=("pending", "pending", "pending", "success", "failed")[drawn // 524_288 % 5],
    )
