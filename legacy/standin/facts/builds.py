"""Which Copr builds and test runs were there before the message?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from legacy.aliases import chroots as expand
from legacy.standin import draw, facts_config
from legacy.standin.facts.forge import releases
from legacy.standin.facts.names import project_name

BUILDS_FROM = 1_000_000
BUILDS_PER_PROJECT = 100
NEW_BUILDS_FROM = 900_000_000  # the ids of builds that are submitted during a message
SRPM_CHROOT = "srpm-builds"


def build_targets(full_name: str, trigger: str | None = None) -> list[str]:
    """The chroots that the repository's package config asks to build, for this trigger if it has a job for it."""
    jobs = facts_config.jobs(full_name)
    builds = [job for job in jobs if job["job"] in ("copr_build", "build")]
    builds = builds or [job for job in jobs if job["job"] == "tests"]
    asked = [job for job in builds if job["trigger"] == trigger] or builds
    named = [name for job in asked for name in job.get("metadata", {}).get("targets", [])]
    return sorted(expand(named or ["fedora-stable"]))


@dataclass(frozen=True)
class Chroot:
    name: str
    status: str  # of our row, before the message
    state: str  # in Copr


@dataclass(frozen=True)
class Build:
    """A Copr build that was submitted before the message."""

    id: int
    full_name: str
    pr_id: int | None  # None: a push to the branch master started it, or a release
    tag: str | None  # of the release
    commit: str
    known: bool  # we have rows of it
    ended: bool
    chroots: tuple[Chroot, ...]

    @property
    def owner(self) -> str:
        return "packit"

    @property
    def started_by(self) -> tuple[str, int | str]:
        """What started it: of which kind, and how it is called."""
        if self.pr_id is not None:
            return "pull_request", self.pr_id
        return ("branch_push", "master") if self.tag is None else ("release", self.tag)

    @property
    def triggers(self) -> tuple[str, ...]:
        """The triggers of the jobs that a message about it is for: those of pull requests always are among them."""
        also = {"pull_request": (), "branch_push": ("commit",), "release": ("release",)}[self.started_by[0]]
        return ("pull_request", *also)

    @property
    def project_name(self) -> str:
        return f"{self.full_name.replace('/', '-')}-{self.started_by[1]}-stg"

    @property
    def package(self) -> str:
        return self.full_name.split("/")[1]


def project_of_build(build_id: int) -> str:
    return project_name((build_id - BUILDS_FROM) // BUILDS_PER_PROJECT)


def as_build_id(value: Any) -> int | None:
    """A build id of any message, however it was written."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, str) and not (value.isascii() and value.isdecimal() and len(value) < 18):
        return None
    number = int(value)
    return number if 0 < number < 10**12 else None


def build(build_id: int) -> Build:
    full_name = project_of_build(build_id)
    pushed = draw.chance(0.15, "pushed", build_id)
    number = 1 + draw.number("pr", build_id) % 900
    tags = releases(full_name) if pushed and draw.chance(0.35, "released", build_id) else []
    names = build_targets(full_name, ("release" if tags else "commit") if pushed else "pull_request")
    if draw.chance(0.15, "extra chroot", build_id):  # the config was another one when it was built
        extra = draw.pick(("fedora-30-x86_64", "fedora-31-x86_64", "fedora-rawhide-x86_64"), "extra", build_id)
        names.extend({extra} - set(names))
    ended = draw.chance(0.75, "ended", build_id)
    return Build(
        id=build_id,
        full_name=full_name,
        pr_id=None if pushed else number,
        tag=tags[0] if tags else None,
        commit=draw.sha("commit", build_id),
        known=draw.chance(0.93, "known", build_id),
        ended=ended,
        chroots=tuple(_chroot(build_id, name, ended=ended) for name in names),
    )


def _chroot(build_id: int, name: str, *, ended: bool) -> Chroot:
    status = draw.weighted([("pending", 76), ("success", 12), ("failure", 12)], "row", build_id, name)
    state = draw.weighted([("succeeded", 75), ("failed", 25)], "chroot", build_id, name)
    return Chroot(name, status, state if ended else "running")


def run_known(pipeline_id: str) -> bool:
    return draw.chance(0.85, "run", pipeline_id)


def run_pushed(pipeline_id: str) -> bool:
    return draw.chance(0.15, "run pushed", pipeline_id)
