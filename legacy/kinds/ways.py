"""How does what is asked for end? Said of a project by the facts of the stand-in world, in one word for each way."""

from __future__ import annotations

from typing import Any

from legacy.aliases import DEFAULT_TARGET, chroots, git_branches, koji_targets
from legacy.config import ServiceConfig
from legacy.package_config import DEFAULT_JOBS
from legacy.standin import facts, facts_config

Job = dict[str, Any]

BUILD = ("copr_build", "build")
TESTS = ("tests",)
KOJI = ("production_build",)
UNUSABLE = ("missing", "broken-yaml", "unknown-job")
HEAD = facts_config.HEAD


def jobs(full_name: str, ref: str | None = HEAD) -> list[Job]:
    """The jobs of a project's config; without a ref those of the default branch."""
    return facts_config.jobs(full_name, ref) if facts_config.variant(full_name, ref) != "defaults" else DEFAULT_JOBS


def of(found: list[Job], types: tuple[str, ...], *triggers: str) -> list[Job]:
    return [job for job in found if job["job"] in types and job["trigger"] in triggers]


def unusable(full_name: str, ref: str | None = HEAD, *, finds_spec: bool = False) -> str | None:
    """Why nothing is even chosen: a private project, or a config that cannot be used."""
    if facts.is_private(full_name):
        return "private"
    variant = facts_config.variant(full_name, ref)
    if variant in UNUSABLE:
        return variant
    return None if finds_spec or facts_config.spec(full_name) != "missing" else "no-spec"


def targets(*found: Job) -> set[str]:
    """The chroots of the first of these jobs that names any."""
    for job in found:
        named = job.get("metadata", {}).get("targets")
        if named:
            return chroots(named)
    return chroots([DEFAULT_TARGET])


def failing(full_name: str, tests: list[Job]) -> str:
    """How statuses that cannot be set end it: at the first one, or half-way at the first one of a test."""
    found = facts.failing_statuses(full_name)
    if found == "tests":
        return "test-statuses-fail" if tests else ""
    return "statuses-fail" if found == "all" else ""


def approved(*accounts: str) -> bool:
    return any((facts.whitelisted(name) or "").startswith("approved") for name in accounts)


def is_admin(login: str) -> bool:
    return login in ServiceConfig().admins


def needs_admin(login: str, full_name: str) -> bool:
    """Whether an admin did it where nobody else of the same rights may: neither is the owner on the whitelist."""
    return is_admin(login) and not approved(full_name.split("/", maxsplit=1)[0])


def may_merge(full_name: str, login: str) -> bool:
    return is_admin(login) or facts.permission(full_name, login) in ("admin", "write")


def copr(url: str, full_name: str, builds: list[Job], *, identifier: str, pr_id: int | None) -> str:
    """A build in Copr, after the first checks were set."""
    outcome = facts.srpm_outcome(url, pr_id)
    if outcome != "built":
        return f"srpm-{outcome}"
    metadata = builds[0].get("metadata", {}) if builds else {}
    project = metadata.get("project", f"{full_name.replace('/', '-')}-{identifier}-stg")
    if facts.copr_submit_fails(metadata.get("owner", "packit"), project):
        return "submit-fails"
    return "late-statuses-fail" if facts.failing_statuses(full_name) == "late" else "built"


def koji(url: str, full_name: str, job: Job, *, pr_id: int | None) -> str:
    """A build in Koji; where its checks can be set, after the first of them were."""
    if facts.failing_statuses(full_name) in ("all", "koji"):
        return "koji-statuses-fail"
    outcome = facts.srpm_outcome(url, pr_id)
    if outcome != "built":
        return f"koji-srpm-{outcome}"
    if facts.kerberos_fails(full_name):
        return "koji-kerberos"
    asked = koji_targets(job.get("metadata", {}).get("targets") or [DEFAULT_TARGET])
    ends = {facts.koji_submit(full_name, target) for target in asked if target != "f30"}
    if "f30" in asked:
        return "koji-unsupported"
    return "koji-built" if ends == {"taken"} else f"koji-{sorted(ends - {'taken'})[0]}"


def proposed(full_name: str, job: Job) -> str:
    """A proposal to the distribution, for each of its branches."""
    asked = git_branches(job.get("metadata", {}).get("dist_git_branches") or ["master"])
    failed = [branch for branch in asked if facts.sync_fails(full_name, branch)]
    if not failed:
        return "proposed"
    return "propose-fails" if len(failed) == len(asked) else "propose-half"
