"""What is an event about: which project, which commit, which row?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from legacy.clients import Project
from legacy.models import BuildTrigger, CoprBuild, DbTrigger
from shadow import package_config, rows, selection
from shadow.builds import base_project, build_change
from shadow.events import (
    CoprBuildEvent,
    ForgeEvent,
    KojiBuildEvent,
    PullRequestCommentGithubEvent,
    PullRequestCommentPagureEvent,
    PullRequestPagureEvent,
    ReleaseEvent,
    TestingFarmResultsEvent,
)
from shadow.package_config import PackageConfig
from shadow.payloads import Change, TriggerRow

HappenedEvent = ForgeEvent | CoprBuildEvent | KojiBuildEvent
"""All that happens to a project."""
ResultEvent = CoprBuildEvent | KojiBuildEvent | TestingFarmResultsEvent
"""Another service tells what came of something that our rows know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An event, and what our rows and the forge say about it."""

    event: HappenedEvent
    project_url: str | None
    """As the message says it, or the row of what was built in Copr."""
    project: Project | None
    commit_sha: str | None
    """None: nobody asked the forge yet."""
    pr_id: int | None
    identifier: str = ""
    git_ref: str | None = None
    row: TriggerRow | None = None
    """None: it was not looked for yet, or there is none."""

    def about(self) -> dict[str, Any]:
        """Show what was recognised as a small dictionary."""
        # legacy keeps no commit of an event of Koji: only the row knows it
        commit_sha = "" if isinstance(self.event, KojiBuildEvent) else self.commit_sha
        return {
            "trigger": self.event.kind,
            "project_url": self.project_url,
            "commit_sha": commit_sha,
            "pr_id": self.pr_id,
        }


def look_up(event: HappenedEvent, session: Session) -> Subject | None:
    """What our rows say about an event; None: it is about a build in Copr that is not ours."""
    if isinstance(event, CoprBuildEvent):
        return _built_in_copr(event, session)
    if isinstance(event, KojiBuildEvent):
        return _built_in_koji(event, session)
    if isinstance(event, TestingFarmResultsEvent):
        return _tested(event, session)
    return Subject(
        event=event,
        project_url=event.project_url,
        project=Project(event.project_url),
        commit_sha=event.commit_sha,
        pr_id=event.pr_id,
        identifier=event.identifier,
        git_ref=event.git_ref,
    )


def copr_build_of(event: CoprBuildEvent, session: Session) -> CoprBuild | None:
    """The row of what was built; None: the build is not ours."""
    # srpm-builds, and chroots that somebody added in Copr, have no row of their own
    return rows.copr_build(session, event.build_id, event.chroot) or rows.copr_build(session, event.build_id)


def _built_in_copr(event: CoprBuildEvent, session: Session) -> Subject | None:
    build = copr_build_of(event, session)
    if build is None:
        return None
    change = build_change(session, event.kind, build)
    if change is None:
        return Subject(event=event, project_url=None, project=None, commit_sha=build.commit_sha, pr_id=None)
    return Subject(
        event=event,
        project_url=change.project_url,
        project=Project(change.project_url),
        commit_sha=change.commit_sha,
        pr_id=change.pr_id,
        identifier=change.identifier,
        git_ref=change.git_ref,
        row=change.trigger,
    )


def _built_in_koji(event: KojiBuildEvent, session: Session) -> Subject:
    build = rows.koji_build(session, event.build_id)
    row = _started_by(session, build.trigger if build is not None else None)
    return Subject(
        event=event,
        project_url=None,
        project=_project(row),
        commit_sha=build.commit_sha if build is not None else "",
        pr_id=rows.pr_id(row),
        row=_named(row),
    )


def _tested(event: TestingFarmResultsEvent, session: Session) -> Subject:
    """Where the message names the project, the run is looked up later: of what is private nothing is looked up."""
    subject = Subject(event=event, project_url=event.project_url, project=None, commit_sha=event.commit_sha, pr_id=None)
    if event.project_url:
        return replace(subject, project=Project(event.project_url))
    return with_run(subject, session)


def with_run(subject: Subject, session: Session) -> Subject:
    """Look up what was tested, where the message is about a test run."""
    if not isinstance(subject.event, TestingFarmResultsEvent) or subject.row is not None:
        return subject
    run = rows.test_run(session, subject.event.pipeline_id)
    row = _started_by(session, run.trigger if run is not None else None)
    return replace(subject, project=subject.project or _project(row), pr_id=rows.pr_id(row), row=_named(row))


def _started_by(session: Session, link: BuildTrigger | None) -> DbTrigger | None:
    return rows.started_by(session, link) if link is not None else None


def _project(row: DbTrigger | None) -> Project | None:
    return Project(row.project.project_url) if row is not None and row.project.project_url else None


def _named(row: DbTrigger | None) -> TriggerRow | None:
    return TriggerRow(type=row.job_trigger, id=row.id) if row is not None else None


def with_commit(subject: Subject) -> Subject:
    """Ask the forge for the commit, where the message does not say it."""
    event, project = subject.event, subject.project
    if project is None:
        return subject
    if isinstance(event, ReleaseEvent):
        return replace(subject, commit_sha=project.get_sha_from_tag(event.tag_name))
    if isinstance(event, PullRequestCommentGithubEvent):
        return replace(subject, commit_sha=project.get_pr(event.pr_id).head_commit)
    return subject


def find_config(subject: Subject) -> PackageConfig | None:
    """The package config that holds for what happened; None where there is none, and where the project is not known.

    Raises:
        ConfigError: it cannot be used; its owner was told.
    """
    if subject.project is None:
        return None
    base = _base(subject, subject.project)
    return package_config.find(subject.project, subject.commit_sha, subject.pr_id, base=base)


def _base(subject: Subject, project: Project) -> Project | None:
    """Where the package config is looked for, if not in the project."""
    event = subject.event
    if isinstance(event, PullRequestPagureEvent | PullRequestCommentPagureEvent):
        return Project(event.fork.url(event.project_url))
    return base_project(project, subject.pr_id) if isinstance(event, ResultEvent) else None


def change_of(subject: Subject, project: Project, row: TriggerRow | None) -> Change:
    """What the tasks are told about what happened."""
    return Change(
        project_url=project.url,
        commit_sha=subject.commit_sha or "",
        identifier=subject.identifier,
        git_ref=subject.git_ref,
        pr_id=subject.pr_id,
        trigger=row,
        starts=selection.starts(subject.event.kind, row.type if row is not None else None),
    )
