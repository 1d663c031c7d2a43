"""How do the build services, the test service and the others take what is asked of them?"""

from __future__ import annotations

from legacy.aliases import chroots as expand
from legacy.standin import draw


def srpm_outcome(url: str, pr_id: object) -> str:
    return draw.weighted([("built", 84), ("failed", 10), ("raises", 6)], "srpm", url, pr_id)


def copr_submit_fails(owner: str, project: str) -> bool:
    return draw.chance(0.08, "submit", owner, project)


def copr_project_chroots(owner: str, project: str) -> list[str] | None:
    """The chroots of a Copr project; None where there is no such project yet."""
    kind = draw.weighted([("none", 50), ("other", 25), ("all", 25)], "copr", owner, project)
    if kind == "none":
        return None
    return sorted(expand(["fedora-all", "epel-all"] if kind == "all" else ["epel-7"]))


def testing_farm_answer(full_name: str, chroot: str) -> str:
    options = [("accepted", 72), ("refused", 11), ("broken", 7), ("silent", 7), ("odd", 3)]
    return draw.weighted(options, "farm", full_name, chroot)


def sync_fails(full_name: str, branch: str) -> bool:
    """The packaging library cannot propose a release in this branch of dist-git."""
    return draw.chance(0.12, "sync", full_name, branch)


def sync_back_fails(full_name: str) -> bool:
    """The packaging library cannot propose a dist-git commit to this upstream."""
    return draw.chance(0.12, "sync back", full_name)


def kerberos_fails(full_name: str) -> bool:
    return draw.chance(0.05, "kerberos", full_name)


def koji_submit(full_name: str, target: str) -> str:
    """What Koji makes of a build: "taken", "fails", or "odd" where it prints no task id."""
    return draw.weighted([("taken", 84), ("fails", 11), ("odd", 5)], "koji", full_name, target)


def bug_known(full_name: str, pr_id: int) -> bool:
    """There is a bug for the pull request, and we have its row."""
    return draw.chance(0.35, "bug", full_name, pr_id)


def bug_id(full_name: str, pr_id: int) -> int:
    """The bug that there is for a pull request before the message."""
    return 1_700_000 + draw.number("bug id", full_name, pr_id) % 99_991


def bugzilla_fails(full_name: str) -> bool:
    """Bugzilla answers with 500 whatever is written about the project."""
    return draw.chance(0.07, "bugzilla", full_name)


def bugzilla_takes_no_patch(full_name: str) -> bool:
    """Bugzilla makes the bug and answers with 500 to what is attached to it."""
    return draw.chance(0.05, "attachment", full_name)
