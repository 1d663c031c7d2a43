"""What was built in Copr, and what is the task about the end of a build told?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from legacy.clients import Project
from legacy.models import CoprBuild, DbTrigger, GitBranch, ProjectRelease, PullRequest
from shadow import package_config, rows, selection
from shadow.events import CoprBuildEvent
from shadow.package_config import PackageConfig
from shadow.payloads import Change, CoprBuildEnd, TriggerRow
from shadow.wire import Payload

FORKS = "https://git.centos.org/forks"


def build_change(session: Session, kind: str, build: CoprBuild) -> Change | None:
    """What was built; None where its project is not known any more."""
    row = rows.started_by(session, build.trigger)
    if row is None or not row.project.project_url:
        return None
    return Change(
        project_url=row.project.project_url,
        commit_sha=build.commit_sha,
        identifier=_named(row),
        git_ref=build.commit_sha,
        pr_id=rows.pr_id(row),
        trigger=TriggerRow(type=row.job_trigger, id=row.id),
        starts=selection.starts(kind, row.job_trigger),
    )


def _named(row: DbTrigger) -> str:
    if isinstance(row, PullRequest):
        return str(row.pr_id)
    if isinstance(row, ProjectRelease):
        return row.tag_name
    return row.name if isinstance(row, GitBranch) else str(row.issue_id)


def base_project(project: Project, pr_id: int | None) -> Project:
    """Where the package config of something that was built lies: for pull requests on Pagure in the author's fork."""
    if pr_id is None or not project.on_pagure:
        return project
    return Project(f"{FORKS}/{project.get_pr(pr_id).author}/{project.full_name}")


def find_config(change: Change) -> PackageConfig | None:
    """The package config that holds for what was built; None where there is none."""
    project = Project(change.project_url)
    base = base_project(project, change.pr_id)
    return package_config.find(project, change.commit_sha, change.pr_id, base=base)


def for_each_job(event: CoprBuildEvent, change: Change, config: PackageConfig, places: list[int]) -> list[Payload]:
    """What the task about the end of a build is told for each of the jobs, in the order of the file."""
    return [build_ended(event, change, config, job=place) for place in places]


def build_ended(event: CoprBuildEvent, change: Change, config: PackageConfig, *, job: int) -> CoprBuildEnd:
    """What the task about the end of a build is told for the job at that place."""
    return CoprBuildEnd(
        change=change,
        config=config,
        job=job,
        build_id=event.build_id,
        chroot=event.chroot,
        timestamp=event.timestamp,
        status=event.status,
        owner=event.owner,
        project_name=event.project_name,
    )
