"""What was tested, and what each message came to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from legacy.database import Base, Session
from legacy.models.projects import BuildTrigger, DbTrigger


class TestRun(Base):
    """One request to Testing Farm, by the pipeline id that we chose."""

    __tablename__ = "tft_test_runs"
    __test__ = False  # not a test class

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline_id: Mapped[str] = mapped_column(String(64), unique=True)
    trigger_id: Mapped[int] = mapped_column(ForeignKey("build_triggers.id"))
    commit_sha: Mapped[str] = mapped_column(String(255))
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
