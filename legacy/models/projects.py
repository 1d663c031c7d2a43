"""What can start something: repositories, their pull requests, branches, releases and issues."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from legacy.database import Base, Session


class TriggerType(Enum):
    pull_request = "pull_request"
    branch_push = "branch_push"
    release = "release"
    issue = "issue"


class GitProject(Base):
    __tablename__ = "git_projects"
    __table_args__ = (UniqueConstraint("namespace", "repo_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    namespace: Mapped[str] = mapped_column(String(255))
    repo_name: Mapped[str] = mapped_column(String(255))
    project_url: Mapped[str] = mapped_column(String(1024))

    @classmethod
    def get_or_create(cls, *, namespace: str, repo_name: str, project_url: str) -> GitProject:
        found = Session.scalar(select(cls).filter_by(namespace=namespace, repo_name=repo_name))
        if found is None:
            found = cls(namespace=namespace, repo_name=repo_name, project_url=project_url)
            Session.add(found)
            Session.commit()
        return found


class PullRequest(Base):
    __tablename__ = "pull_requests"
    __table_args__ = (UniqueConstraint("pr_id", "project_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pr_id: Mapped[int]
    project_id: Mapped[int] = mapped_column(ForeignKey("git_projects.id"))
    project: Mapped[GitProject] = relationship()

    job_trigger = TriggerType.pull_request

    @classmethod
    def get_or_create(cls, *, pr_id: int, namespace: str, repo_name: str, project_url: str) -> PullRequest:
        project = GitProject.get_or_create(namespace=namespace, repo_name=repo_name, project_url=project_url)
        found = Session.scalar(select(cls).filter_by(pr_id=pr_id, project_id=project.id))
        if found is None:
            found = cls(pr_id=pr_id, project=project)
            Session.add(found)
            Session.commit()
        return found


class GitBranch(Base):
    __tablename__ = "git_branches"
    __table_args__ = (UniqueConstraint("name", "project_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(512))  # Pagure names them with refs/head/
    project_id: Mapped[int] = mapped_column(ForeignKey("git_projects.id"))
    project: Mapped[GitProject] = relationship()

    job_trigger = TriggerType.branch_push

    @classmethod
    def get_or_create(cls, *, name: str, namespace: str, repo_name: str, project_url: str) -> GitBranch:
        project = GitProject.get_or_create(namespace=namespace, repo_name=repo_name, project_url=project_url)
        found = Session.scalar(select(cls).filter_by(name=name, project_id=project.id))
        if found is None:
            found = cls(name=name, project=project)
            Session.add(found)
            Session.commit()
        return found


class ProjectRelease(Base):
    __tablename__ = "project_releases"
    __table_args__ = (UniqueConstraint("tag_name", "project_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tag_name: Mapped[str] = mapped_column(String(255))
    commit_hash: Mapped[str | None] = mapped_column(String(255))
    project_id: Mapped[int] = mapped_column(ForeignKey("git_projects.id"))
    project: Mapped[GitProject] = relationship()

    job_trigger = TriggerType.release

    @classmethod
    def get_or_create(
        cls, *, tag_name: str, namespace: str, repo_name: str, project_url: str, commit_hash: str | None
    ) -> ProjectRelease:
        project = GitProject.get_or_create(namespace=namespace, repo_name=repo_name, project_url=project_url)
        found = Session.scalar(select(cls).filter_by(tag_name=tag_name, project_id=project.id))
        if found is None:
            found = cls(tag_name=tag_name, project=project, commit_hash=commit_hash)
            Session.add(found)
            Session.commit()
        return found


class ProjectIssue(Base):
    __tablename__ = "project_issues"
    __table_args__ = (UniqueConstraint("issue_id", "project_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int]
    project_id: Mapped[int] = mapped_column(ForeignKey("git_projects.id"))
    project: Mapped[GitProject] = relationship()

    job_trigger = TriggerType.issue

    @classmethod
    def get_or_create(cls, *, issue_id: int, namespace: str, repo_name: str, project_url: str) -> ProjectIssue:
        project = GitProject.get_or_create(namespace=namespace, repo_name=repo_name, project_url=project_url)
        found = Session.scalar(select(cls).filter_by(issue_id=issue_id, project_id=project.id))
        if found is None:
            found = cls(issue_id=issue_id, project=project)
            Session.add(found)
            Session.commit()
        return found


DbTrigger = PullRequest | GitBranch | ProjectRelease | ProjectIssue

TRIGGERS: dict[str, type[DbTrigger]] = {
    TriggerType.pull_request.value: PullRequest,
    TriggerType.branch_push.value: GitBranch,
    TriggerType.release.value: ProjectRelease,
    TriggerType.issue.value: ProjectIssue,
}


class BuildTrigger(Base):
    """What started a build or a test run: a row of another table, by type and id."""

    __tablename__ = "build_triggers"
    __table_args__ = (UniqueConstraint("type", "trigger_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(32))
    trigger_id: Mapped[int]

    @classmethod
    def get_or_create(cls, trigger: DbTrigger) -> BuildTrigger:
        kind = trigger.job_trigger.value
        found = Session.scalar(select(cls).filter_by(type=kind, trigger_id=trigger.id))
        if found is None:
            found = cls(type=kind, trigger_id=trigger.id)
            Session.add(found)
            Session.commit()
        return found

    def get_trigger_object(self) -> DbTrigger | None:
        model = TRIGGERS.get(self.type)
        return Session.get(model, self.trigger_id) if model is not None else None
