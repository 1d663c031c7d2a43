"""Which way does a generated message go? One word for each way, for its name and to find rare ways."""

from __future__ import annotations

from typing import Any

from legacy.aliases import DEFAULT_TARGET, chroots
from legacy.config import ServiceConfig
from legacy.package_config import DEFAULT_JOBS
from legacy.payloads import Payload
from legacy.standin import facts, facts_config

BUILD = ("copr_build", "build")
UNUSABLE = ("missing", "broken-yaml", "unknown-job")


def _jobs(full_name: str) -> list[dict[str, Any]]:
    return facts_config.jobs(full_name) if facts_config.variant(full_name) != "defaults" else DEFAULT_JOBS


def _of(jobs: list[dict[str, Any]], types: tuple[str, ...], triggers: tuple[str, ...]) -> list[dict[str, Any]]:
    return [job for job in jobs if job["job"] in types and job["trigger"] in triggers]


def _refused_early(full_name: str) -> str | None:
    if facts.is_private(full_name):
        return "private"
    variant = facts_config.variant(full_name)
    return variant if variant in UNUSABLE else None


def _failing(full_name: str, jobs: list[dict[str, Any]]) -> str:
    """How statuses that cannot be set end it: at the first one, or half-way at the first one of a test."""
    failing = facts.failing_statuses(full_name)
    if failing == "tests":
        return "test-statuses-fail" if _of(jobs, ("tests",), ("pull_request",)) else ""
    return "statuses-fail" if failing == "all" else ""


def pull_request(payload: Payload) -> str:  # noqa: PLR0911  # in the order of the checks
    full_name = payload["repository"]["full_name"]
    early = _refused_early(full_name)
    if early:
        return early
    jobs = _jobs(full_name)
    builds = _of(jobs, BUILD, ("pull_request",))
    if not builds and not _of(jobs, ("tests",), ("pull_request",)):
        return "nothing-configured"
    login, space = payload["pull_request"]["user"]["login"], full_name.split("/")[0]
    admin = login in ServiceConfig().admins
    approved = any((facts.whitelisted(name) or "").startswith("approved") for name in (login, space))
    if not approved and not admin:
        return "refused-twice" if len(builds) > 1 else "refused"
    if not builds and any(job["job"] == "copr_build" for job in jobs):
        return "skipped"
    failing = _failing(full_name, jobs)
    if failing:
        return failing
    if not admin and facts.permission(full_name, login) not in ("admin", "write"):
        return "reader"
    return _build(full_name, payload["number"], builds, admin=admin)


def _build(full_name: str, number: int, builds: list[dict[str, Any]], *, admin: bool) -> str:
    outcome = facts.srpm_outcome(facts.project_url(full_name), number)
    if outcome != "built":
        return f"srpm-{outcome}"
    metadata = builds[0].get("metadata", {}) if builds else {}
    project = metadata.get("project", f"{full_name.replace('/', '-')}-{number}-stg")
    if facts.copr_submit_fails(metadata.get("owner", "packit"), project):
        return "submit-fails"
    if facts.failing_statuses(full_name) == "late":
        return "late-statuses-fail"
    return "built-for-admin" if admin else f"built-{facts_config.variant(full_name)}"


def copr(payload: Payload) -> str:  # noqa: PLR0911  # in the order of the checks
    build = facts.build(payload["build"])
    if not build.known:
        return "unknown-build"
    early = _refused_early(build.full_name)
    if early:
        told_as_issue = build.pr_id is None and early in ("broken-yaml", "unknown-job")
        before = "-told-before" if facts.told_before(build.full_name) else ""
        return f"pushed-{early}{before}" if told_as_issue else early
    triggers = ("pull_request", "commit") if build.pr_id is None else ("pull_request",)
    jobs = _jobs(build.full_name)
    builds, tests = _of(jobs, BUILD, triggers), _of(jobs, ("tests",), triggers)
    if not builds and not tests:
        return "nothing-configured"
    if payload["chroot"] == facts.SRPM_CHROOT:
        return "srpm-chroot"
    row = next((chroot for chroot in build.chroots if chroot.name == payload["chroot"]), None)
    if row is None:
        return "no-row"
    ended = payload["topic"].endswith("end")
    if ended and row.status != "pending":
        return "already-processed"
    failing = _failing(build.full_name, tests)
    asked = any(payload["chroot"] in _targets(job) for job in builds or tests)
    if failing and asked:
        return f"failed-{failing}" if ended and payload["status"] != 1 else failing
    kind = "pushed-" if build.pr_id is None else ""
    if ended:
        return f"{kind}{_build_end(build, payload, builds, tests)}"
    return f"{kind}started-{len(builds)}-builds-{len(tests)}-tests" if asked else f"{kind}started-not-asked"


def _targets(*jobs: dict[str, Any]) -> set[str]:
    """The chroots of the first of these jobs that names any."""
    for job in jobs:
        named = job.get("metadata", {}).get("targets")
        if named:
            return chroots(named)
    return chroots([DEFAULT_TARGET])


def _build_end(build: facts.Build, payload: Payload, builds: list[dict[str, Any]], tests: list[dict[str, Any]]) -> str:
    if payload["status"] != 1:
        return "failed"
    if len(builds) > 1:
        return "ended-twice"
    if tests:
        return _tests_of(build, payload["chroot"], builds, tests)
    if payload["chroot"] not in _targets(*builds):
        return "ended-not-asked"
    if facts.row_url(build.full_name) != facts.project_url(build.full_name):
        return "ended-elsewhere"
    said = build.pr_id is None or facts.congratulated(build.full_name, build.pr_id)
    return f"ended-{'silently' if said else 'congratulated'}"


def _tests_of(build: facts.Build, chroot: str, builds: list[dict[str, Any]], tests: list[dict[str, Any]]) -> str:
    if chroot not in _targets(*tests, *builds):
        return "ended-not-tested"
    if chroot not in _targets(*builds, *tests):
        return "ended-no-build-target"
    return f"tests-{facts.testing_farm_answer(build.full_name, chroot)}"


def results(payload: Payload) -> str:  # noqa: PLR0911  # in the order of the checks
    full_name = f"{payload['artifact']['repo-namespace']}/{payload['artifact']['repo-name']}"
    if payload["result"] == "exploded":
        return "unknown-result"
    early = _refused_early(full_name)
    pipeline, nameless = payload["pipeline"]["id"], not payload["artifact"]["git-url"]
    if nameless and not facts.run_known(pipeline):
        return "unknown-nameless"
    if early:
        return f"{early}-nameless" if nameless else early
    if not _of(_jobs(full_name), ("tests",), ("pull_request",)):
        return "nothing-configured"
    if facts.failing_statuses(full_name) in ("all", "tests"):
        return "statuses-fail"
    known = "known" if facts.run_known(pipeline) else "unknown"
    if known == "known" and facts.run_pushed(pipeline):
        known = "pushed"
    tests = payload.get("tests", [])
    only_installation = len(tests) == 1 and tests[0]["name"] == "/install/copr-build"
    if nameless:
        return f"{known}-nameless"
    if payload["url"] is None:
        return f"{known}-no-url"
    size = "installation" if only_installation else str(min(len(tests), 2))
    return f"{known}-{payload['result']}-{size}"


def installation(payload: Payload) -> str:
    login = payload["installation"]["account"]["login"]
    stored = "stored" if facts.installed_before(login) else "new"
    if facts.whitelisted(login):
        return f"{stored}-listed"
    sender = payload["sender"]["login"]
    if facts.accounts_fail(sender):
        return f"{stored}-directory-away"
    return f"{stored}-{'approved' if 'cla_fpca' in (facts.groups(sender) or []) else 'waiting'}"


def babysit(payload: Payload) -> str:  # noqa: PLR0911  # in the order of the checks
    build = facts.build(payload["build_id"])
    if not build.known:
        return "unknown-build"
    if not build.ended:
        return "not-ended"
    pending = [chroot for chroot in build.chroots if chroot.status == "pending"]
    if not pending:
        return "nothing-pending"
    variant = facts_config.variant(build.full_name)
    if variant in UNUSABLE:
        return variant
    triggers = ("pull_request", "commit") if build.pr_id is None else ("pull_request",)
    if not _of(_jobs(build.full_name), (*BUILD, "tests"), triggers):
        return "nothing-configured"
    failing = _failing(build.full_name, _jobs(build.full_name))
    if failing:
        return failing
    states = {chroot.state for chroot in pending}
    return "-".join(["ended", *sorted(states)])
