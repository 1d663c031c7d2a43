"""Which rows does the world of one message hold before it comes?"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Table
from sqlalchemy.engine import Connection

from legacy import database, models
from legacy.models import TriggerType
from legacy.parser import nested
from legacy.standin import draw, facts, state

SUBMITTED = datetime(2020, 6, 1, 8, 0, 0)

# where the ids of each table begin: an id of one table is never one of another, nor a number of the outside
FIRST_IDS = {
    "git_projects": 31_001,
    "pull_requests": 42_001,
    "git_branches": 47_001,
    "build_triggers": 53_001,
    "srpm_builds": 64_001,
    "copr_builds": 75_001,
    "tft_test_runs": 86_001,
    "whitelist": 91_001,
    "github_installations": 97_001,
}
# no message can be about these: they are longer than what is taken from one
DECOY_PIPELINE = "0" * 64
DECOY_ACCOUNT = "decoy-" * 20

TABLES: dict[str, Table] = {
    model.__tablename__: model.__table__  # type: ignore[misc]
    for model in (
        models.GitProject,
        models.PullRequest,
        models.GitBranch,
        models.BuildTrigger,
        models.SrpmBuild,
        models.CoprBuild,
        models.TestRun,
        models.Whitelist,
        models.GithubInstallation,
    )
}


class Rows:
    """The rows to insert, each table with ids of its own."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self._projects: dict[str, int] = {}
        self._accounts: set[str] = set()
        self._triggers: dict[tuple[str, int | None], int] = {}
        self._builds: set[tuple[str, str]] = set()

    def add(self, table: str, **columns: Any) -> int:
        rows = self._rows[table]
        row_id = FIRST_IDS[table] + len(rows)
        rows.append({"id": row_id, **columns})
        return row_id

    def project(self, full_name: str) -> int:
        if full_name not in self._projects:
            namespace, _, name = full_name.partition("/")
            url = facts.row_url(full_name)
            self._projects[full_name] = self.add("git_projects", namespace=namespace, repo_name=name, project_url=url)
        return self._projects[full_name]

    def trigger(self, full_name: str, pr_id: int | None) -> int:
        """What started a build or a test run: a pull request, or a push to the branch master."""
        key = (full_name, pr_id)
        if key not in self._triggers:
            project = self.project(full_name)
            if pr_id is None:
                kind, row = TriggerType.branch_push, self.add("git_branches", name="master", project_id=project)
            else:
                kind, row = TriggerType.pull_request, self.add("pull_requests", pr_id=pr_id, project_id=project)
            self._triggers[key] = self.add("build_triggers", type=kind.value, trigger_id=row)
        return self._triggers[key]

    def alike(self, full_name: str, pr_id: int | None = None) -> None:
        """Another project of the same name elsewhere, with a pull request of the same number."""
        other = f"elsewhere/{full_name.partition('/')[2]}"
        self.project(other)
        if pr_id is not None:
            self.trigger(other, pr_id)

    def account(self, name: Any) -> None:
        if _usable(name) and name not in self._accounts:
            self._accounts.add(name)
            status = facts.whitelisted(name)
            if status is not None:
                self.add("whitelist", account_name=name, status=status)

    def copr_build(self, *, build_id: int | str, trigger: int, commit: str, chroot: str, **columns: Any) -> None:
        if (str(build_id), chroot) in self._builds:
            return
        self._builds.add((str(build_id), chroot))
        order = len(self._rows["copr_builds"])
        self.add(
            "copr_builds",
            build_id=str(build_id),
            trigger_id=trigger,
            commit_sha=commit,
            target=chroot,
            web_url=f"https://copr.example/coprs/build/{build_id}/",
            build_logs_url=f"https://copr.example/results/{build_id}/{chroot}/old.log",
            submitted_time=SUBMITTED + timedelta(minutes=order),
            start_time=SUBMITTED + timedelta(minutes=order + 5),
            finished_time=None,
            **columns,
        )

    def insert(self, connection: Connection) -> None:
        for name, rows in self._rows.items():
            if rows:
                connection.execute(TABLES[name].insert(), rows)


def _usable(value: Any) -> bool:
    """Text that every database takes."""
    return isinstance(value, str) and 0 < len(value) <= 100 and value.isprintable()


def prepare(payload: object) -> None:
    """Make the world of one message: forget what was posted, insert what was there before.

    The tables exist and are empty. Any JSON value is a payload; what no handler knows has a world too.
    """
    state.reset()
    address = os.environ.get("SERVICES_URL")
    if address:  # the services are in another process
        httpx.post(f"{address}/standin/reset", trust_env=False).raise_for_status()
    rows = Rows()
    _decoys(rows)
    if isinstance(payload, dict):
        _pull_request(rows, payload)
        _copr_build(rows, payload)
        _test_run(rows, payload)
        _installation(rows, payload)
    _confusions(rows)
    with database.engine.begin() as connection:
        rows.insert(connection)


def _decoys(rows: Rows) -> None:
    """Others' rows come first, so that nobody finds the right row by taking the first one."""
    trigger = rows.trigger("elsewhere/decoy", 4_001)
    srpm = rows.add("srpm_builds", logs="a decoy", success=True)
    for chroot in ("fedora-31-x86_64", "fedora-32-x86_64"):
        rows.copr_build(
            build_id=3_001,
            trigger=trigger,
            commit=draw.sha("decoy"),
            chroot=chroot,
            srpm_id=srpm,
            status="pending",
            owner="decoy",
            project_name="decoy",
        )
    rows.add(
        "tft_test_runs",
        pipeline_id=DECOY_PIPELINE,
        trigger_id=trigger,
        commit_sha=draw.sha("decoy"),
        status="new",
        target="fedora-32-x86_64",
        web_url=None,
    )
    rows.add("whitelist", account_name=DECOY_ACCOUNT, status="waiting")


def _confusions(rows: Rows) -> None:
    """Rows that whoever takes an id of ours for a number of the outside will find."""
    trigger = FIRST_IDS["build_triggers"]
    for row_id in range(FIRST_IDS["pull_requests"], FIRST_IDS["pull_requests"] + 8):  # as if they were branches
        rows.add("build_triggers", type=TriggerType.branch_push.value, trigger_id=row_id)
    for row_id in range(FIRST_IDS["copr_builds"] + 2, FIRST_IDS["copr_builds"] + 4):
        rows.copr_build(
            build_id=row_id,
            trigger=trigger,
            commit=draw.sha("confusion", row_id),
            chroot="fedora-32-x86_64",
            srpm_id=None,
            status="success",
            owner="decoy",
            project_name="confusion",
        )


def _full_name(payload: dict[str, Any], *path: str) -> str | None:
    name = nested(payload, *path)
    if not _usable(name):
        return None
    namespace, _, repo = name.partition("/")
    return name if namespace and repo and "/" not in repo else None


def _number(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 < value < 2**31 else None


def _pull_request(rows: Rows, payload: dict[str, Any]) -> None:
    full_name = _full_name(payload, "repository", "full_name")
    number = _number(payload.get("number"))
    if full_name is None:
        return
    rows.account(nested(payload, "pull_request", "user", "login"))
    rows.account(nested(payload, "pull_request", "base", "repo", "owner", "login"))
    rows.alike(full_name, number)
    if draw.chance(0.6, "project row", full_name):
        rows.project(full_name)
    if number is not None and draw.chance(0.5, "pull request row", full_name, number):
        rows.trigger(full_name, number)


def _copr_build(rows: Rows, payload: dict[str, Any]) -> None:
    number = payload.get("build", payload.get("build_id"))
    build_id = facts.as_build_id(number)
    if build_id is None:
        return
    build = facts.build(build_id)
    if not build.known:
        return
    rows.trigger(build.full_name, (build.pr_id or 0) + 1_000)  # another pull request of this project
    trigger = rows.trigger(build.full_name, build.pr_id)
    srpm = rows.add("srpm_builds", logs=f"the source package of {build_id}", success=True)
    for chroot in (*build.chroots, *_added(build, payload.get("chroot"))):
        rows.copr_build(
            build_id=build_id,
            trigger=trigger,
            commit=build.commit,
            chroot=chroot.name,
            srpm_id=srpm,
            status=chroot.status,
            owner=build.owner,
            project_name=build.project_name,
        )


def _added(build: facts.Build, name: Any) -> tuple[facts.Chroot, ...]:
    """The chroot that the message is about, where the build is not known to have it: mostly we have its row."""
    known = name == facts.SRPM_CHROOT or any(chroot.name == name for chroot in build.chroots)
    if known or not _usable(name) or len(name) > 60:
        return ()
    if name.startswith("custom-") or draw.chance(0.1, "no row", build.id, name):
        return ()
    return (facts.Chroot(name, "pending", "succeeded"),)


def _test_run(rows: Rows, payload: dict[str, Any]) -> None:
    pipeline_id = nested(payload, "pipeline", "id")
    if not _usable(pipeline_id) or len(pipeline_id) > 60 or not facts.run_known(pipeline_id):
        return
    namespace = nested(payload, "artifact", "repo-namespace")
    name = nested(payload, "artifact", "repo-name")
    commit = nested(payload, "artifact", "commit-sha")
    chroot = nested(payload, "artifact", "copr-chroot")
    texts = (namespace, name, commit, chroot)
    if not all(map(_usable, texts)) or len(commit) > 64 or len(chroot) > 64:
        return
    pr_id = None if facts.run_pushed(pipeline_id) else 1 + draw.number("run pr", pipeline_id) % 900
    trigger = rows.trigger(f"{namespace}/{name}", pr_id)
    other = f"{pipeline_id[:50]}-other"
    for run, target in ((other, "fedora-30-x86_64"), (pipeline_id, chroot)):
        rows.add(
            "tft_test_runs",
            pipeline_id=run,
            trigger_id=trigger,
            commit_sha=commit,
            status="running",
            target=target,
            web_url="https://testing-farm.example/runs/known",
        )


def _installation(rows: Rows, payload: dict[str, Any]) -> None:
    login = nested(payload, "installation", "account", "login")
    if not _usable(login):
        return
    rows.account(login)
    for repository in payload.get("repositories") or payload.get("repositories_added") or ():
        full_name = _full_name(repository, "full_name") if isinstance(repository, dict) else None
        if full_name is not None:
            rows.alike(full_name)
    if facts.installed_before(login):
        rows.add(
            "github_installations",
            account_login=login,
            account_id=1 + draw.number("account", login) % 10**8,
            account_url=f"https://api.github.com/users/{login}",
            account_type="User",
            sender_id=17,
            sender_login="decoy",
            created_at=SUBMITTED,
            repositories=[],
        )
