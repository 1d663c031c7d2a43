"""Which messages come over the bus of the distribution, and which way does each go?"""

from __future__ import annotations

import random

from legacy.kinds import ways
from legacy.kinds.kind import Kind, Make, author
from legacy.payloads import Payload, fedora
from legacy.standin import draw, facts

CREATED = 1_591_000_000
ALWAYS = (
    *("unknown-build", "srpm-chroot", "no-row", "statuses-fail", "test-statuses-fail"),
    *("private", "missing", "broken-yaml", "nothing-configured"),
)


# --- Copr -----------------------------------------------------------------------------------------------------------


def _build_id(index: int, rng: random.Random) -> int:
    return facts.BUILDS_FROM + index * facts.BUILDS_PER_PROJECT + rng.randrange(facts.BUILDS_PER_PROJECT)


def _copr(*, ended: bool) -> Make:
    def make(index: int, rng: random.Random) -> Payload:
        build = facts.build(_build_id(index, rng))
        chroots = [chroot.name for chroot in build.chroots]
        special = rng.choice([facts.SRPM_CHROOT, "custom-1-x86_64"])
        chroot = rng.choice(chroots) if rng.random() < 0.9 else special
        status = rng.choices([1, 0, 2], [8, 1, 1])[0] if ended else 3
        timestamp = CREATED + rng.randrange(10**6) + rng.randrange(1000) / 1000
        return fedora.copr(build, ended=ended, chroot=chroot, status=status, timestamp=timestamp)

    return make


def copr(payload: Payload) -> str:
    build = facts.build(payload["build"])
    if not build.known:
        return "unknown-build"
    early = ways.unusable(build.full_name)
    if early:
        told_as_issue = build.pr_id is None and early not in ("private", "missing")
        before = "-told-before" if facts.told_before(build.full_name) else ""
        return f"pushed-{early}{before}" if told_as_issue else early
    found = ways.jobs(build.full_name)
    builds, tests = ways.of(found, ways.BUILD, *build.triggers), ways.of(found, ways.TESTS, *build.triggers)
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
    failing = ways.failing(build.full_name, tests)
    asked = any(payload["chroot"] in ways.targets(job) for job in builds or tests)
    if failing and asked:
        return f"failed-{failing}" if ended and payload["status"] != 1 else failing
    kind = "pushed-" if build.pr_id is None else ""
    if ended:
        return f"{kind}{_ended(build, payload, builds, tests)}"
    return f"{kind}started-{len(builds)}-builds-{len(tests)}-tests" if asked else f"{kind}started-not-asked"


def _ended(build: facts.Build, payload: Payload, builds: list[ways.Job], tests: list[ways.Job]) -> str:
    if payload["status"] != 1:
        return "failed"
    if tests:
        return _tests_of(build, payload["chroot"], builds, tests)
    if len(builds) > 1:
        return "ended-twice"
    if payload["chroot"] not in ways.targets(*builds):
        return "ended-not-asked"
    if facts.row_url(build.full_name) != facts.project_url(build.full_name):
        return "ended-elsewhere"
    said = build.pr_id is None or facts.congratulated(build.full_name, build.pr_id)
    return f"ended-{'silently' if said else 'congratulated'}"


def _tests_of(build: facts.Build, chroot: str, builds: list[ways.Job], tests: list[ways.Job]) -> str:
    if chroot not in ways.targets(*tests, *builds):
        return "ended-not-tested"
    if chroot not in ways.targets(*builds, *tests):
        return "ended-no-build-target"
    return f"tests-{facts.testing_farm_answer(build.full_name, chroot)}"


def _babysit(index: int, rng: random.Random) -> Payload:
    return fedora.babysit(_build_id(index, rng))


def babysit(payload: Payload) -> str:
    build = facts.build(payload["build_id"])
    if not build.known:
        return "unknown-build"
    if not build.ended:
        return "not-ended"
    pending = [chroot for chroot in build.chroots if chroot.status == "pending"]
    if not pending:
        return "nothing-pending"
    variant = ways.unusable(build.full_name)
    if variant and variant != "private":  # nobody asks here whether it is private
        return variant
    found = ways.jobs(build.full_name)
    builds, tests = ways.of(found, ways.BUILD, *build.triggers), ways.of(found, ways.TESTS, *build.triggers)
    if not builds and not tests:
        return "nothing-configured"
    failing = ways.failing(build.full_name, tests)
    if failing:
        return failing
    succeeded = [chroot.name for chroot in pending if chroot.state == "succeeded"]
    odd = tests and "tests-odd" in {_tests_of(build, chroot, builds, tests) for chroot in succeeded}
    return "-".join(["ended", *sorted({chroot.state for chroot in pending}), *(["tests-odd"] if odd else [])])


# --- Koji and dist-git ----------------------------------------------------------------------------------------------


def _koji(index: int, rng: random.Random) -> Payload:
    build_id = facts.KOJI_FROM + index * facts.KOJI_PER_PROJECT + rng.randrange(facts.KOJI_PER_PROJECT)
    new = rng.choices(["OPEN", "CLOSED", "FAILED", "CANCELED", "ASSIGNED", "FREE"], [30, 35, 20, 10, 3, 2])[0]
    started = CREATED + rng.randrange(10**6) + 0.5
    return fedora.koji(
        build_id,
        new=new,
        old="FREE" if new == "OPEN" else "OPEN",
        started=started,
        ended=None if new in ("OPEN", "ASSIGNED", "FREE") else started + rng.randrange(1000),
        children=rng.random() < 0.9,
    )


def koji(payload: Payload) -> str:
    build = facts.koji_build(payload["id"])
    if not build.known:
        return "unknown-build"
    early = ways.unusable(build.full_name)
    if early:
        return early
    trigger = {"branch_push": "commit"}.get(build.kind, build.kind)
    found = ways.of(ways.jobs(build.full_name), ways.KOJI, trigger)
    if not found:
        return "nothing-configured"
    told = payload["new"] not in ("ASSIGNED", "FREE")
    if told and facts.failing_statuses(build.full_name) == "all":
        return "statuses-fail"
    kind = {"branch_push": "pushed", "release": "released"}.get(build.kind, "pulled")
    return f"{kind}-{payload['new'].lower()}"


def _dist_git(index: int, rng: random.Random) -> Payload:
    full_name = facts.project_name(index)
    branch = rng.choice(["master", "f31", "f32", "epel8"])
    return fedora.dist_git_commit(
        full_name, branch=branch, rev=draw.sha("dist-git", full_name, branch), agent=author(rng)
    )


def dist_git(payload: Payload) -> str:
    commit = payload["msg"]["commit"]
    full_name = f"{commit['namespace']}/{commit['repo']}"
    early = ways.unusable(full_name)
    if early:
        return early
    if not ways.of(ways.jobs(full_name), ("sync_from_downstream",), "commit"):
        return "nothing-configured"
    if facts.spec_url(full_name) is None:
        return "no-url"
    return "sync-fails" if facts.sync_back_fails(full_name) else "synced"


def kinds(*, compact: bool) -> tuple[Kind, ...]:
    del compact  # they are small as they are
    return (
        Kind(
            "copr_start",
            _copr(ended=False),
            copr,
            (
                *("started-1-builds-1-tests", "started-1-builds-0-tests", "started-0-builds-1-tests"),
                *("started-2-builds-0-tests", "pushed-started-1-builds-1-tests", "started-not-asked", *ALWAYS),
            ),
            late=lambda way: "started" in way or way in ("srpm-chroot", "no-row"),
        ),
        Kind(
            "copr_end",
            _copr(ended=True),
            copr,
            (
                *("tests-accepted", "failed", "ended-congratulated", "already-processed", "tests-refused"),
                *("tests-broken", "tests-silent", "ended-silently", "ended-not-tested", "ended-no-build-target"),
                *("ended-twice", "ended-elsewhere", "pushed-tests-accepted", "pushed-failed", "pushed-ended-silently"),
                *("ended-not-asked", "tests-odd", "pushed-broken-yaml", "pushed-broken-yaml-told-before"),
                *("failed-statuses-fail", *ALWAYS),
            ),
            late=lambda way: "tests-" in way and "fail" not in way,
        ),
        Kind(
            "babysit",
            _babysit,
            babysit,
            (
                *("ended-succeeded", "ended-failed-succeeded", "ended-failed", "not-ended", "nothing-pending"),
                *("unknown-build", "missing", "statuses-fail", "nothing-configured", "broken-yaml"),
                "ended-succeeded-tests-odd",
            ),
            late=lambda way: way.startswith("ended"),
            share=0.4,
        ),
        Kind(
            "koji",
            _koji,
            koji,
            (
                *("pulled-open", "pulled-closed", "pulled-failed", "pulled-canceled", "pulled-free", "pulled-assigned"),
                *("pushed-closed", "pushed-open", "released-closed", "released-failed", "unknown-build", "private"),
                *("missing", "broken-yaml", "nothing-configured", "statuses-fail"),
            ),
            late=lambda way: way.startswith(("pulled", "pushed", "released")),
        ),
        Kind(
            "dist_git",
            _dist_git,
            dist_git,
            ("synced", "sync-fails", "no-url", "nothing-configured", "private", "missing", "broken-yaml", "no-spec"),
            late=lambda way: way in ("synced", "sync-fails", "no-url"),
        ),
    )
