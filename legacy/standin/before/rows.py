"""Which rows are inserted before a message comes, each with an id that is no other's?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

from legacy import models
from legacy.models import TriggerType
from legacy.standin import draw, facts
from legacy.standin.before.reading import usable

SUBMITTED = datetime(2020, 6, 1, 8, 0, 0)

# where the ids of each table begin: an id of one table is never one of another, nor a number of the outside
FIRST_IDS = {
    "git_projects": 31_001,
    "pull_requests": 42_001,
    "git_branches": 47_001,
    "project_releases": 115_001,
    "project_issues": 121_001,
    "build_triggers": 53_001,
    "srpm_builds": 64_001,
    "copr_builds": 75_001,
    "koji_builds": 103_001,
    "tft_test_runs": 86_001,
    "bugzillas": 109_001,
    "whitelist": 91_001,
    "github_installations": 97_001,
}
TABLES: dict[str, Table] = {
    model.__tablename__: model.__table__  # type: ignore[misc]
    for model in (
        models.GitProject,
        models.PullRequest,
        models.GitBranch,
        models.ProjectRelease,
        models.ProjectIssue,
        models.BuildTrigger,
        models.SrpmBuild,
        models.CoprBuild,
        models.KojiBuild,
        models.TestRun,
        models.Bugzilla,
        models.Whitelist,
        models.GithubInstallation,
    )
}
INSERTS = {name: table.insert() for name, table in TABLES.items()}

PULL_REQUEST, BRANCH, RELEASE, ISSUE = (
    kind.value for kind in (TriggerType.pull_request, TriggerType.branch_push, TriggerType.release, TriggerType.issue)
)
# what can start something -> its table, and the column that it is called by
THINGS = {
    PULL_REQUEST: ("pull_requests", "pr_id"),
    BRANCH: ("git_branches", "name"),
    RELEASE: ("project_releases", "tag_name"),
    ISSUE: ("project_issues", "issue_id"),
}


class Rows:
    """The rows to insert: what is asked for twice is there once."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self._known: dict[tuple[Any, ...], int] = {}

    def add(self, table: str, **columns: Any) -> int:
        rows = self._rows[table]
        row_id = FIRST_IDS[table] + len(rows)
        rows.append({"id": row_id, **columns})
        return row_id

    def next_id(self, table: str) -> int:
        """The id that the next row has, whoever adds it."""
        return FIRST_IDS[table] + len(self._rows[table])

    def project(self, full_name: str, url: str | None = None) -> int:
        """The row of a project; `url`, where its messages come from, counts where it is first asked for."""
        key = ("git_projects", full_name)
        if key not in self._known:
            namespace, _, name = full_name.partition("/")
            kept = facts.row_url(full_name, url)
            self._known[key] = self.add("git_projects", namespace=namespace, repo_name=name, project_url=kept)
        return self._known[key]

    def thing(self, full_name: str, kind: str, name: int | str, *, url: str | None = None) -> int:
        """The row of a pull request, a branch, a release or an issue."""
        key = (kind, full_name, name)
        if key not in self._known:
            table, column = THINGS[kind]
            more = {"commit_hash": facts.tag_commit(full_name, str(name))} if kind == RELEASE else {}
            project = self.project(full_name, url)
            self._known[key] = self.add(table, **{column: name}, project_id=project, **more)
        return self._known[key]

    def known(self, full_name: str, kind: str, name: int | str) -> int | None:
        return self._known.get((kind, full_name, name))

    def build_trigger(self, kind: str, thing: int) -> int:
        key = ("build_triggers", kind, thing)
        if key not in self._known:
            self._known[key] = self.add("build_triggers", type=kind, trigger_id=thing)
        return self._known[key]

    def trigger(self, full_name: str, kind: str, name: int | str, *, url: str | None = None) -> int:
        """What started a build or a test run."""
        return self.build_trigger(kind, self.thing(full_name, kind, name, url=url))

    def account(self, name: Any) -> None:
        if usable(name) and ("whitelist", name) not in self._known:
            status = facts.whitelisted(name)
            self._known["whitelist", name] = (
                self.add("whitelist", account_name=name, status=status) if status is not None else 0
            )

    def bug(self, pull_request: int, bug_id: int) -> None:
        if ("bugzillas", pull_request) not in self._known:
            url = f"https://bugzilla.example/show_bug.cgi?id={bug_id}"
            row = self.add("bugzillas", bug_id=bug_id, bug_url=url, pull_request_id=pull_request)
            self._known["bugzillas", pull_request] = row

    def copr_build(self, *, build_id: int | str, trigger: int, commit: str, chroot: str, **columns: Any) -> None:
        started = {"start_time": timedelta(minutes=5)}
        where = f"https://copr.example/results/{build_id}/{chroot}/old.log"
        page = f"https://copr.example/coprs/build/{build_id}/"
        common = {"trigger_id": trigger, "commit_sha": commit, "web_url": page, "build_logs_url": where, **columns}
        self._build("copr_builds", build_id, chroot, common, **started)

    def koji_build(self, *, build_id: int | str, trigger: int, commit: str, target: str, **columns: Any) -> None:
        page = f"https://koji.example/koji/taskinfo?taskID={build_id}"
        common = {"trigger_id": trigger, "commit_sha": commit, "web_url": page, "build_logs_url": None, **columns}
        self._build("koji_builds", build_id, target, common, start_time=None)

    def _build(
        self, table: str, build_id: int | str, target: str, columns: dict[str, Any], *, start_time: timedelta | None
    ) -> None:
        key = (table, str(build_id), target)
        if key in self._known:
            return
        submitted = SUBMITTED + timedelta(minutes=len(self._rows[table]))
        self._known[key] = self.add(
            table,
            build_id=str(build_id),
            target=target,
            submitted_time=submitted,
            start_time=None if start_time is None else submitted + start_time,
            finished_time=None,
            **columns,
        )

    def insert(self, connection: Connection) -> None:
        for name, rows in self._rows.items():
            if rows:
                connection.execute(INSERTS[name], rows)
        if connection.dialect.name == "postgresql":
            _count_on(connection)


def _count_on(connection: Connection) -> None:
    """Let the next row of each table get the id after the last one: SQLite looks, PostgreSQL has to be told."""
    for table in TABLES.values():
        sequence = func.pg_get_serial_sequence(table.name, "id")
        following = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
        connection.execute(select(func.setval(sequence, following, False)))


# what is in another table of the same project under the same number or name
TWINS = {PULL_REQUEST: ISSUE, ISSUE: PULL_REQUEST, BRANCH: RELEASE, RELEASE: BRANCH}


def known_before(rows: Rows, full_name: str, *, kind: str, name: int | str | None, url: str | None = None) -> None:
    """The rows of a project and of what a message is about, of those that there are; and what looks like them."""
    if name is None:
        rows.project(elsewhere(full_name))
    else:
        rows.trigger(elsewhere(full_name), kind, name)
    if draw.chance(0.6, "project row", full_name):
        rows.project(full_name, url)
        if name is not None:
            rows.trigger(full_name, TWINS[kind], name, url=url)
    if name is not None and draw.chance(0.5, "pull request row", full_name, name):
        rows.trigger(full_name, kind, name, url=url)


def elsewhere(full_name: str) -> str:
    """Another project of the same name: somebody else's."""
    return f"elsewhere/{full_name.partition('/')[2]}"
