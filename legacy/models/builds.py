"""What was built: source packages, and the builds of Copr and Koji."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from legacy.database import Base, Session
from legacy.models.projects import BuildTrigger, DbTrigger


def utcnow() -> datetime:
    """Now in UTC, without a zone: as the columns keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


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
    commit_sha: Mapped[str] = mapped_column(String(255))
    target: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(32))
    owner: Mapped[str] = mapped_column(String(255))
    project_name: Mapped[str] = mapped_column(String(1024))
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
    def exists_for(cls, trigger: DbTrigger) -> bool:
        """Was anything ever built for it?"""
        query = select(cls.id).join(BuildTrigger).where(BuildTrigger.type == trigger.job_trigger.value)
        return Session.scalars(query.where(BuildTrigger.trigger_id == trigger.id)).first() is not None

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


class KojiBuild(Base):
    """One target of one build in Koji; `build_id` is Koji's number of the task, `id` is ours."""

    __tablename__ = "koji_builds"
    __table_args__ = (UniqueConstraint("build_id", "target"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[str] = mapped_column(String(32))
    trigger_id: Mapped[int] = mapped_column(ForeignKey("build_triggers.id"))
    srpm_id: Mapped[int | None] = mapped_column(ForeignKey("srpm_builds.id"))
    commit_sha: Mapped[str] = mapped_column(String(255))
    target: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(32))
    web_url: Mapped[str | None] = mapped_column(String(1024))
    build_logs_url: Mapped[str | None] = mapped_column(String(1024))
    submitted_time: Mapped[datetime | None] = mapped_column(default=utcnow)
    start_time: Mapped[datetime | None]
    finished_time: Mapped[datetime | None]
    trigger: Mapped[BuildTrigger] = relationship()
    srpm: Mapped[SrpmBuild | None] = relationship()

    @classmethod
    def get_by_build_id(cls, build_id: int | str) -> KojiBuild | None:
        return Session.scalars(select(cls).filter_by(build_id=str(build_id)).order_by(cls.id)).first()

    @classmethod
    def get_or_create(
        cls,
        *,
        build_id: int | str,
        target: str,
        commit_sha: str,
        web_url: str,
        srpm: SrpmBuild,
        trigger: DbTrigger,
    ) -> KojiBuild:
        query = select(cls).filter_by(build_id=str(build_id), target=target)
        found = Session.scalar(query)
        if found is None:
            found = cls(
                build_id=str(build_id),
                target=target,
                commit_sha=commit_sha,
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

    def set_web_url(self, url: str) -> None:
        self.web_url = url
        Session.commit()
