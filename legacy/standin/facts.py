"""What is true in the stand-in world? Pure functions from names and ids; nothing is remembered here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from legacy.aliases import chroots as expand
from legacy.standin import draw, facts_config

BUILDS_FROM = 1_000_000
BUILDS_PER_PROJECT = 100
NEW_BUILDS_FROM = 900_000_000  # the ids of builds that are submitted during a message
SRPM_CHROOT = "srpm-builds"

# fmt: off
SPACES = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "glade", "heron", "iris", "juniper", "kestrel", "linden",
    "maple", "nova", "otter", "pine", "quartz", "river", "sable", "thistle", "umber", "violet", "willow", "yarrow",
)
FIRST = (
    "anvil", "beacon", "cobalt", "drift", "echo", "flint", "garnet", "hollow", "ivory", "jasper", "knoll", "lantern",
    "marble", "nectar", "orchid", "pebble", "quill", "raven", "spruce", "tundra",
)
SECOND = (
    "agent", "bridge", "cache", "daemon", "engine", "filter", "gateway", "hooks", "index", "journal", "kit", "lint",
    "mirror", "notes", "probe", "queue", "relay", "store", "tools", "viewer",
)
PEOPLE = (
    "ada", "bea", "carl", "dina", "emil", "fay", "gus", "hana", "ivan", "jo", "kai", "lena", "max", "nia", "otto",
    "pia", "rex", "sara", "tom", "uma",
)
# fmt: on


def project_name(index: int) -> str:
    """The full name of the project with this number; every number has a name of its own."""
    index = abs(index)
    per_round = len(FIRST) * len(SECOND)
    mixed = (index * 7) % per_round  # 7 is prime to 400: neighbours look different, none is lost
    rounds = index // per_round
    repo = f"{FIRST[mixed % len(FIRST)]}-{SECOND[mixed // len(FIRST)]}{rounds or ''}"
    return f"{draw.pick(SPACES, 'space', index)}/{repo}"


def person(number: int) -> str:
    return f"{PEOPLE[number % len(PEOPLE)]}-{number // len(PEOPLE)}"


def project_url(full_name: str) -> str:
    return f"https://github.com/{full_name}"


def row_url(full_name: str) -> str:
    """The address that we keep of a project: some are on another forge by now, where nobody is congratulated."""
    elsewhere = draw.chance(0.05, "elsewhere", full_name)
    return f"https://elsewhere.example/{full_name}" if elsewhere else project_url(full_name)


def is_private(full_name: str) -> bool:
    return full_name.endswith("-private") or draw.chance(0.03, "private", full_name)


def failing_statuses(full_name: str) -> str | None:
    """Which commit statuses the forge answers with 500: "all", those of "tests", the "late" ones, or none."""
    if full_name.endswith("-flaky"):
        return "all"
    return draw.weighted([(None, 94), ("all", 3), ("tests", 2), ("late", 1)], "statuses", full_name)


def permission(full_name: str, login: str) -> str:
    if login.startswith("stranger"):
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


def congratulated(full_name: str, number: object) -> bool:
    """The service's newest comment on the pull request says Congratulations."""
    return draw.chance(0.3, "congratulated", full_name, number)


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


def build_targets(full_name: str) -> list[str]:
    """The chroots that the repository's package config asks to build, for any trigger."""
    jobs = facts_config.jobs(full_name)
    builds = [job for job in jobs if job["job"] in ("copr_build", "build")] or jobs
    named = [name for job in builds for name in job.get("metadata", {}).get("targets", [])]
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
    pr_id: int | None  # None: a push to a branch started it
    commit: str
    known: bool  # we have rows of it
    ended: bool
    chroots: tuple[Chroot, ...]

    @property
    def owner(self) -> str:
        return "packit"

    @property
    def project_name(self) -> str:
        return f"{self.full_name.replace('/', '-')}-{self.pr_id or 'master'}-stg"

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
    names = list(build_targets(full_name))
    if draw.chance(0.15, "extra chroot", build_id):  # the config was another one when it was built
        extra = draw.pick(("fedora-30-x86_64", "fedora-31-x86_64", "fedora-rawhide-x86_64"), "extra", build_id)
        names.extend({extra} - set(names))
    ended = draw.chance(0.75, "ended", build_id)
    return Build(
        id=build_id,
        full_name=full_name,
        pr_id=None if pushed else number,
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
