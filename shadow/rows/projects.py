"""What can start something: which rows of repositories, pull requests, branches, releases and issues are there?"""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from legacy.models import (
    BuildTrigger,
    DbTrigger,
    GitBranch,
    GitProject,
    ProjectIssue,
    ProjectRelease,
    PullRequest,
)
from shadow.payloads import TriggerRow
from shadow.rows.loading import KINDS

Row = TypeVar("Row", PullRequest, GitBranch, ProjectRelease, ProjectIssue)


def git_project(session: Session, *, namespace: str, repo_name: str, project_url: str) -> GitProject:
    """Get or create the row of a repository."""
    found = session.scalar(select(GitProject).filter_by(namespace=namespace, repo_name=repo_name))
    if found is None:
        found = GitProject(namespace=namespace, repo_name=repo_name, project_url=project_url)
        session.add(found)
        session.flush()
    return found


def pull_request(session: Session, *, pr_id: int, **repository: str) -> PullRequest:
    """Get or create the row of a pull request, and of its repository (which `git_project` says how to name)."""
    return _of_project(session, PullRequest, repository, {"pr_id": pr_id})


def branch(session: Session, *, name: str, **repository: str) -> GitBranch:
    """Get or create the row of a branch, and of its repository."""
    return _of_project(session, GitBranch, repository, {"name": name})


def issue(session: Session, *, issue_id: int, **repository: str) -> ProjectIssue:
    """Get or create the row of an issue, and of its repository."""
    return _of_project(session, ProjectIssue, repository, {"issue_id": issue_id})


def release(session: Session, *, tag_name: str, commit_hash: str | None, **repository: str) -> ProjectRelease:
    """Get or create the row of a release, and of its repository; a new row remembers the commit."""
    return _of_project(session, ProjectRelease, repository, {"tag_name": tag_name}, commit_hash=commit_hash)


def _of_project(
    session: Session, model: type[Row], repository: dict[str, str], key: dict[str, Any], **more: Any
) -> Row:
    project = git_project(session, **repository)
    found = session.scalar(select(model).filter_by(**key, project_id=project.id))
    if found is None:
        found = model(**key, **more, project=project)
        session.add(found)
        session.flush()  # it is named by its id from now on
    return found


def started_by(session: Session, link: BuildTrigger) -> DbTrigger | None:
    """What a build or a test run was started by; None: its row is gone, or of a kind that is not known."""
    model: Any = KINDS.get(link.type)
    return session.get(model, link.trigger_id) if model is not None else None


def build_trigger(session: Session, row: TriggerRow) -> BuildTrigger:
    """Get or create the link from a build or a test run to what started it."""
    kind = row.type.value
    found = session.scalar(select(BuildTrigger).filter_by(type=kind, trigger_id=row.id))
    if found is None:
        found = BuildTrigger(type=kind, trigger_id=row.id)
        session.add(found)
    return found


def pr_id(row: DbTrigger | None) -> int | None:
    """The number of the pull request that something was started by, if it was one."""
    return row.pr_id if isinstance(row, PullRequest) else None
