"""Which kinds of messages are there, how is one made for a project, and which ways must be among them?"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from legacy import labels, payloads
from legacy.payloads import Payload
from legacy.standin import draw, facts, facts_config

CREATED = 1_591_000_000
WORDS = ("It", "mends", "what", "broke", "—", "again")

Make = Callable[[int, random.Random], Payload]


@dataclass(frozen=True)
class Kind:
    """One kind of message: how one is made for a project, which way it goes, and which ways must be among them."""

    name: str
    make: Make
    label: Callable[[Payload], str]
    ways: tuple[str, ...]


def _links(rng: random.Random, compact: bool) -> int:
    return 6 if compact else rng.randint(12, payloads.FULL)


def _author(rng: random.Random) -> str:
    drawn = rng.random()
    if drawn < 0.05:
        return "service-admin"
    if drawn < 0.15:
        return f"stranger-{rng.randrange(50)}"
    return facts.person(rng.randrange(300))


def _pull_request(compact: bool) -> Make:
    def make(index: int, rng: random.Random) -> Payload:
        action, login = rng.choice(["opened", "synchronize", "synchronize", "reopened"]), _author(rng)
        return payloads.pull_request(
            facts.project_name(index),
            number=rng.randint(1, 900),
            action=action,
            login=login,
            sender=_author(rng) if action != "opened" and rng.random() < 0.5 else login,  # others may push to it
            links=_links(rng, compact),
            body=" ".join(
                rng.choice(["It", "mends", "what", "broke", "—", "again"]) for _ in range(rng.randint(0, 60))
            ),
        )

    return make


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
        return payloads.copr(build, ended=ended, chroot=chroot, status=status, timestamp=timestamp)

    return make


def _test_results(index: int, rng: random.Random) -> Payload:
    full_name = facts.project_name(index)
    result = rng.choices(["passed", "failed", "error", "exploded"], [55, 25, 15, 5])[0]
    count = rng.choice([0, 1, 1, 2, 5])
    names = [f"/smoke/{n}" for n in range(count)]
    if count and rng.random() < (0.7 if count == 1 else 0.3):
        names[0] = "/install/copr-build"
    passed = "passed" if result == "passed" else "failed"
    tests: list[dict[str, Any]] = [
        {"name": name, "result": passed, "log": f"https://logs.example/{index}{name}.log"} for name in names
    ]
    found = payloads.test_results(
        full_name,
        pipeline_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        number=rng.randint(1, 900),
        chroot=rng.choice(facts.build_targets(full_name)),
        result=result,
        tests=tests,
    )
    if rng.random() < 0.15:  # nothing is said, or not where to look
        found[rng.choice(["message", "url"])] = None
    if rng.random() < 0.1:  # which repository it is, only the row says
        found["artifact"]["git-url"] = None
    return found


def _installation(index: int, rng: random.Random) -> Payload:
    organization = draw.chance(0.5, "organization", index)
    login = f"team-{index}" if organization else f"solo-{index}"
    repositories = [f"{login}/{facts.project_name(index + n).split('/')[1]}" for n in range(rng.randint(1, 4))]
    return payloads.installation(
        login,
        kind="Organization" if organization else "User",
        sender=facts.person(rng.randrange(300)) if organization or rng.random() < 0.3 else login,
        action=rng.choice(["created", "created", "added"]),
        repositories=repositories,
    )


def _babysit(index: int, rng: random.Random) -> Payload:
    return payloads.babysit(_build_id(index, rng))


BUILT = tuple(
    f"built-{name}"
    for name in facts_config.VARIANTS
    if name not in ("missing", "broken-yaml", "unknown-job", "commit-only", "commit-and-tests", "release-only")
)
COPR_ALWAYS = (
    *("unknown-build", "srpm-chroot", "no-row", "statuses-fail", "test-statuses-fail"),
    *("private", "missing", "broken-yaml", "nothing-configured"),
)


def kinds(*, compact: bool) -> tuple[Kind, ...]:
    return (
        Kind(
            "pull_request",
            _pull_request(compact),
            labels.pull_request,
            (
                *("built-build-and-tests", "refused", "reader", "srpm-failed", "submit-fails", "statuses-fail"),
                *("test-statuses-fail", "late-statuses-fail", "refused-twice"),
                *("private", "missing", "nothing-configured", "skipped", "srpm-raises", "broken-yaml"),
                *("unknown-job", "built-for-admin", *BUILT[1:]),
            ),
        ),
        Kind(
            "copr_start",
            _copr(ended=False),
            labels.copr,
            (
                *("started-1-builds-1-tests", "started-1-builds-0-tests", "started-0-builds-1-tests"),
                *("started-2-builds-0-tests", "pushed-started-1-builds-1-tests", "started-not-asked", *COPR_ALWAYS),
            ),
        ),
        Kind(
            "copr_end",
            _copr(ended=True),
            labels.copr,
            (
                *("tests-accepted", "failed", "ended-congratulated", "already-processed", "tests-refused"),
                *("tests-broken", "tests-silent", "ended-silently", "ended-not-tested", "ended-no-build-target"),
                *("ended-twice", "ended-elsewhere", "pushed-tests-accepted", "pushed-failed", "pushed-ended-silently"),
                *("ended-not-asked", "tests-odd", "pushed-broken-yaml", "pushed-broken-yaml-told-before"),
                *("failed-statuses-fail", *COPR_ALWAYS),
            ),
        ),
        Kind(
            "testing_farm_results",
            _test_results,
            labels.results,
            (
                *("known-passed-2", "known-failed-2", "known-error-0", "known-passed-installation"),
                *("known-failed-installation", "unknown-passed-1", "unknown-failed-2", "pushed-passed-2"),
                *("known-nameless", "unknown-nameless", "pushed-nameless", "private-nameless", "known-no-url"),
                *("known-passed-1", "statuses-fail", "unknown-result", "missing", "private", "nothing-configured"),
            ),
        ),
        Kind(
            "installation",
            _installation,
            labels.installation,
            (
                *("new-approved", "new-waiting", "new-listed", "new-directory-away", "stored-approved"),
                *("stored-waiting", "stored-listed"),
            ),
        ),
        Kind(
            "babysit",
            _babysit,
            labels.babysit,
            (
                *("ended-succeeded", "ended-failed-succeeded", "ended-failed", "not-ended", "nothing-pending"),
                *("unknown-build", "missing", "statuses-fail", "nothing-configured", "broken-yaml"),
            ),
        ),
    )
