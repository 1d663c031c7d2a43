"""Who uses the service, and what was reported elsewhere about their changes."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from legacy.database import Base, Session
from legacy.models.projects import PullRequest


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
    account_type: Mapped[str | None] = mapped_column(String(255))
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


class Bugzilla(Base):
    """The bug that was made for a pull request."""

    __tablename__ = "bugzillas"

    id: Mapped[int] = mapped_column(primary_key=True)
    bug_id: Mapped[int]
    bug_url: Mapped[str] = mapped_column(String(1024))
    pull_request_id: Mapped[int] = mapped_column(ForeignKey("pull_requests.id"), unique=True)
    pull_request: Mapped[PullRequest] = relationship()

    @classmethod
    def get_by_pr(cls, pull_request: PullRequest) -> Bugzilla | None:
        return Session.scalar(select(cls).filter_by(pull_request_id=pull_request.id))

    @classmethod
    def create(cls, *, bug_id: int, bug_url: str, pull_request: PullRequest) -> Bugzilla:
        row = cls(bug_id=bug_id, bug_url=bug_url, pull_request=pull_request)
        Session.add(row)
        Session.commit()
        return row
