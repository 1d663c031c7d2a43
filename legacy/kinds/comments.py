"""What do people write in comments, and where does it lead?"""

from __future__ import annotations

import random
from typing import Any

from legacy.kinds import ways
from legacy.standin import facts

BOT = "packit-as-a-service-stg[bot]"
OTHER = (
    *(
        "Looks good to me.",
        "/packit",
        "Please /packit",
        "/packit launch-rocket",
        "/packit-build",
        "   ",
        "/PACKIT build",
    ),
    *("See https://packit.dev/packit about this", "/packit\nbuild"),
)
WORST_FIRST = ("odd", "silent", "broken", "refused", "accepted")


def text(commands: tuple[str, ...], rng: random.Random) -> str:
    """A comment: mostly one of the commands, in one of the forms in which people write it."""
    if rng.random() < 0.12:
        return rng.choice([*OTHER, "/packit propose-update", "/packit build", "/packit test"])
    command = f"/packit {rng.choice(commands)}"
    forms = ("{}", "{}", "{}", "Please\n\n{}", "{} now, please", "  {}  ", "Thanks! {}\nBest regards")
    return rng.choice(forms).format(command)


def _words(body: str) -> list[str]:
    stripped = body.strip()
    at = stripped.find("/packit")
    return stripped[at:].split(maxsplit=3)


def unclear(body: str) -> str | None:
    """Why a comment is no command; None where it is one."""
    if not body.strip():
        return "empty"
    words = _words(body)
    if not words or words[0] != "/packit":
        return "not-ours"
    if len(words) < 2:
        return "no-command"
    if words[1].replace("-", "_") not in ("build", "copr_build", "test", "propose_update"):
        return "invalid"
    return None


def on_a_change(  # in the order of the checks
    url: str, full_name: str, body: str, *, number: int, login: str, pagure: bool = False
) -> str:
    """What a command on a pull request comes to; on Pagure anybody may have it built."""
    early = ways.unusable(full_name, finds_spec=pagure)
    if early:
        return early
    command, prefix = _words(body)[1].replace("-", "_"), ""
    if command == "propose_update":
        return "other-command"
    if command == "test" and not facts.has_copr_builds(full_name, number):
        command, prefix = "build", "becomes-"
    found = ways.jobs(full_name)
    builds, tests = ways.of(found, ways.BUILD, "pull_request"), ways.of(found, ways.TESTS, "pull_request")
    if not _done_by(command, builds, tests, pagure=pagure):
        return f"{prefix}nothing-configured"
    if (not pagure or command == "test") and not ways.may_merge(full_name, login):
        return f"{prefix}reader"
    failing = ways.failing(full_name, tests)
    if failing:
        return f"{prefix}{failing}"
    by_whom = "-for-admin" if not pagure and ways.needs_admin(login, full_name) else ""
    if command == "test":
        return f"{_tested(full_name, builds, tests)}{by_whom}"
    came = ways.copr(url, full_name, builds, identifier=str(number), pr_id=number)
    return f"{prefix}{came}{by_whom}"


def _done_by(command: str, builds: list[ways.Job], tests: list[ways.Job], *, pagure: bool) -> list[ways.Job]:
    """The jobs that a command is for; on Pagure no build is made for tests alone."""
    if command == "test":
        return tests
    return builds if pagure else builds or tests


def _tested(full_name: str, builds: list[ways.Job], tests: list[ways.Job]) -> str:
    asked, built = ways.targets(*tests, *builds), ways.targets(*builds, *tests)
    answers = {facts.testing_farm_answer(full_name, chroot) for chroot in asked & built}
    worst = next((answer for answer in WORST_FIRST if answer in answers), None)
    return f"tests-{worst}" if worst and asked <= built else "no-build-target"


def on_an_issue(full_name: str, body: str, *, login: str) -> str:
    """What a command on an issue comes to: the config is the one of the default branch."""
    early = ways.unusable(full_name, None)
    if early:
        return early
    command = _words(body)[1].replace("-", "_")
    if command != "propose_update":
        builds = ways.of(ways.jobs(full_name, None), ways.BUILD, "release") if command != "test" else []
        return f"build-{'asked' if ways.may_merge(full_name, login) else 'reader'}" if builds else "other-command"
    found: list[dict[str, Any]] = ways.of(ways.jobs(full_name, None), ("propose_downstream",), "release")
    if not found:
        return "nothing-configured"
    if not ways.may_merge(full_name, login):
        return "reader"
    if not facts.releases(full_name):
        return "no-release"
    return ways.proposed(full_name, found[0]) + ("-for-admin" if ways.needs_admin(login, full_name) else "")
