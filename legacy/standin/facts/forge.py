"""What is true of a repository and of those who work on it, on whichever forge?"""

from __future__ import annotations

from legacy.standin import draw
from legacy.standin.facts.names import person, project_url

CENTOS = "git.centos.org"
NO_COMMIT = "0" * 40  # what a push says that deletes


def row_url(full_name: str, url: str | None = None) -> str:
    """The address that we keep of a project: some are on another forge by now, where nobody is congratulated.

    `url` is where its messages come from, GitHub if nobody says; of those on GitHub a few are kept as of CentOS.
    """
    drawn = draw.share("elsewhere", full_name)
    if drawn < 0.05:
        return f"https://elsewhere.example/{full_name}"
    if url is None and drawn < 0.1:
        return f"https://{CENTOS}/{full_name}"
    return url or project_url(full_name)


def is_private(full_name: str) -> bool:
    return full_name.endswith("-private") or draw.chance(0.03, "private", full_name)


def failing_statuses(full_name: str) -> str | None:
    """Which commit statuses the forge answers with 500: "all", those of "tests" or "koji", the "late" ones, or none."""
    if full_name.endswith("-flaky"):
        return "all"
    options = [(None, 93), ("all", 3), ("tests", 2), ("late", 1), ("koji", 1)]
    return draw.weighted(options, "statuses", full_name)


def permission(full_name: str, login: str) -> str:
    if login.startswith("stranger") or login == "service-admin":  # who looks after the service has no other rights
        return "none"
    return draw.weighted([("write", 60), ("admin", 25), ("read", 10), ("none", 5)], "may", full_name, login)


def whitelisted(account: str) -> str | None:
    """The whitelist row that an account has before the message."""
    if account.startswith("stranger"):
        return None
    if account == "packit-service":  # the service's own organisation
        return "approved_manually"
    if account.startswith(("team-", "solo-")):  # those who install the app are mostly new
        return draw.weighted([(None, 80), ("waiting", 10), ("approved_manually", 10)], "whitelist", account)
    options = [("approved_manually", 35), ("approved_automatically", 25), ("waiting", 12), (None, 28)]
    return draw.weighted(options, "whitelist", account)


def installed_before(account: str) -> bool:
    return draw.chance(0.2, "installed", account)


def groups(login: str) -> list[str] | None:
    """The groups of a person in the accounts system; None: nobody has that login."""
    kind = draw.weighted([("signed", 45), ("plain", 35), ("nobody", 20)], "groups", login)
    return {"signed": ["cla_fpca", "packager"], "plain": ["ambassadors"], "nobody": None}[kind]


def accounts_fail(login: str) -> bool:
    return draw.chance(0.06, "accounts", login)


def told_before(full_name: str) -> bool:
    """There is an issue that says that the config is invalid."""
    return draw.chance(0.4, "told before", full_name)


def head_commit(full_name: str, number: object) -> str:
    return draw.sha("head", full_name, number)


def pagure_head(full_name: str, number: object) -> str:
    """The head of a pull request on Pagure; some have moved on since the message was sent."""
    moved = draw.chance(0.2, "moved on", full_name, number)
    return draw.sha("pagure head", full_name, number, *(("later",) if moved else ()))


def congratulated(full_name: str, number: object) -> bool:
    """The service's newest comment on the pull request says Congratulations."""
    return draw.chance(0.3, "congratulated", full_name, number)


def author(full_name: str, number: object) -> str:
    """Who made a pull request."""
    return person(draw.number("author", full_name, number) % 300)


def releases(full_name: str) -> list[str]:
    """The tags of the releases, newest first."""
    drawn = draw.number("releases", full_name)
    count, minor, prefix = drawn % 6, drawn // 6 % 40, "v" if drawn // 240 % 3 == 0 else ""
    return [f"{prefix}0.{minor + step}.{step % 2}" for step in range(min(count, 4), 0, -1)]


def tag_known(full_name: str, tag: str) -> bool:
    """The forge has this tag, as far as it goes for one that is asked for by name."""
    return draw.chance(0.95, "tag known", full_name, tag)


def tag_commit(full_name: str, tag: str) -> str:
    return draw.sha("tag", full_name, tag)


def has_copr_builds(full_name: str, pr_id: int) -> bool:
    """We have a Copr build of the pull request, so that there is something to test."""
    return draw.chance(0.6, "built before", full_name, pr_id)


def spec_url(full_name: str) -> str | None:
    """Where the spec file in dist-git says that its upstream is; None: it does not say."""
    return None if draw.chance(0.12, "spec url", full_name) else project_url(full_name)
