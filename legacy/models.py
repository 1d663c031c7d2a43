"""What does the service remember, and how does each row change?"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from legacy.database import Base, Session


class TriggerType(Enum):
    pull_request = "pull_request"
    branch_push = "branch_push"


def utcnow() -> datetime:
    """Now in UTC, without a zone: as the columns keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


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

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    project_id: Mapped[int] = mapped_column(ForeignKey("git_projects.id"))
    project: Mapped[GitProject] = relationship()

    job_trigger = TriggerType.branch_push


DbTrigger = PullRequest | GitBranch


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
        if self.type == TriggerType.pull_request.value:
            return Session.get(PullRequest, self.trigger_id)
        return Session.get(GitBranch, self.trigger_id)


class SrpmBuild(Base):
    __tablename__ = "srpm_builds"

    id: Mapped[int] = mapped_column(primary_key=True)
    logs: Mapped[str] = mapped_column(Text)
    success: Mapped[bool]

    @classmethod
    def create(cls, *, logs: str, success: bool) -> SrpmBuild:
        row = cls(logs=logs, success=success)
        Session.add(row)
        Session.commit()
        return row


class CoprBuild(Base):
    """One chroot of one Copr build; `build_id` is Copr's number, `id` is ours."""

    __tablename__ = "copr_builds"
    __table_args__ = (UniqueConstraint("build_id", "target"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[str] = mapped_column(String(32))
    trigger_id: Mapped[int] = mapped_column(ForeignKey("build_triggers.id"))
    srpm_id: Mapped[int | None] = mapped_column(ForeignKey("srpm_builds.id"))
    commit_sha: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(32))
    owner: Mapped[str] = mapped_column(String(255))
    project_name: Mapped[str] = mapped_column(String(255))
    web_url: Mapped[str | None] = mapped_column(String(1024))
    build_logs_url: Mapped[str | None] = mapped_column(String(1024))
    submitted_time: Mapped[datetime | None] = mapped_column(default=utcnow)
    start_time: Mapped[datetime | None]
    finished_time: Mapped[datetime | None]
    trigger: Mapped[BuildTrigger] = relationship()
    srpm: Mapped[SrpmBuild | None] = relationship()

    @classmethod
    def get_by_build_id(cls, build_id: int | str, target: str | None = None) -> CoprBuild | None:
        query = select(cls).filter_by(build_id=str(build_id)).order_by(cls.id)
        return Session.scalars(query.filter_by(target=target) if target else query).first()

    @classmethod
    def get_all_by_build_id(cls, build_id: int | str) -> list[CoprBuild]:
        return list(Session.scalars(select(cls).filter_by(build_id=str(build_id)).order_by(cls.id)))

    @classmethod
    def get_or_create(
        cls,
        *,
        build_id: int | str,
        target: str,
        commit_sha: str,
        owner: str,
        project_name: str,
        web_url: str,
        srpm: SrpmBuild,
        trigger: DbTrigger,
    ) -> CoprBuild:
        found = cls.get_by_build_id(build_id, target)
        if found is None:
            found = cls(
                build_id=str(build_id),
                target=target,
                commit_sha=commit_sha,
                owner=owner,
                project_name=project_name,
                web_url=web_url,
                status="pending",
                srpm=srpm,
                trigger=BuildTrigger.get_or_create(trigger),
            )
            Session.add(found)
            Session.commit()
        return found

    def set_status(self, status: str) -> None:
        self.status = status
        Session.commit()

    def set_start_time(self, when: datetime | None) -> None:
        self.start_time = when
        Session.commit()

    def set_end_time(self, when: datetime | None) -> None:
        self.finished_time = when
        Session.commit()

    def set_build_logs_url(self, url: str) -> None:
        self.build_logs_url = url
        Session.commit()


class TestRun(Base):
    """One request to Testing Farm, by the pipeline id that we chose."""

    __tablename__ = "tft_test_runs"
    __test__ = False  # not a test class

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline_id: Mapped[str] = mapped_column(String(64), unique=True)
    trigger_id: Mapped[int] = mapped_column(ForeignKey("build_triggers.id"))
    commit_sha: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(32))
    target: Mapped[str] = mapped_column(String(64))
    web_url: Mapped[str | None] = mapped_column(String(1024))
    trigger: Mapped[BuildTrigger] = relationship()

    @classmethod
    def create(cls, *, pipeline_id: str, commit_sha: str, target: str, trigger: DbTrigger) -> TestRun:
        row = cls(
            pipeline_id=pipeline_id,
            commit_sha=commit_sha,
            target=target,
            status="new",
            trigger=BuildTrigger.get_or_create(trigger),
        )
        Session.add(row)
        Session.commit()
        return row

    @classmethod
    def get_by_pipeline_id(cls, pipeline_id: str) -> TestRun | None:
        return Session.scalar(select(cls).filter_by(pipeline_id=pipeline_id))

    def set_status(self, status: str) -> None:
        self.status = status
        Session.commit()

    def set_web_url(self, url: str) -> None:
        self.web_url = url
        Session.commit()


class WhitelistStatus(Enum):
    approved_automatically = "approved_automatically"
    approved_manually = "approved_manually"
    waiting = "waiting"


class Whitelist(Base):
    __tablename__ = "whitelist"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_name: Mapped[str] = mapped_column(String(255), unique=True)
    status: Mapped[str] = mapped_column(String(32))

    @classmethod
    def get_account(cls, account_name: str) -> Whitelist | None:
        return Session.scalar(select(cls).filter_by(account_name=account_name))

    @classmethod
    def add_account(cls, account_name: str, status: str) -> Whitelist:
        row = cls.get_account(account_name)
        if row is None:
            row = cls(account_name=account_name)
            Session.add(row)
        row.status = status
        Session.commit()
        return row


class GithubInstallation(Base):
    __tablename__ = "github_installations"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_login: Mapped[str] = mapped_column(String(255), unique=True)
    account_id: Mapped[int]
    account_url: Mapped[str | None] = mapped_column(String(1024))
    account_type: Mapped[str | None] = mapped_column(String(32))
    sender_id: Mapped[int | None]
    sender_login: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime | None]
    repositories: Mapped[list[int]] = mapped_column(JSON)

    @classmethod
    def get_by_login(cls, account_login: str) -> GithubInstallation | None:
        return Session.scalar(select(cls).filter_by(account_login=account_login))

    @classmethod
    def create(cls, **columns: Any) -> GithubInstallation:
        row = cls(**columns)
        Session.add(row)
        Session.commit()
        return row


class TaskResult(Base):
    __tablename__ = "task_results"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(String(64), unique=True)
    jobs: Mapped[dict[str, Any]] = mapped_column(JSON)
    event: Mapped[dict[str, Any]] = mapped_column(JSON)

    @classmethod
    def add(cls, *, task_id: str, jobs: dict[str, Any], event: dict[str, Any]) -> TaskResult:
        row = Session.scalar(select(cls).filter_by(task_id=task_id))
        if row is None:
            row = cls(task_id=task_id)
            Session.add(row)
        row.jobs = jobs
        row.event = event
        Session.commit()
        return row
