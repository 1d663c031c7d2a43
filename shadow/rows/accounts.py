"""Who uses the service: which rows of accounts, installations and bugs are there?"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from legacy.models import Bugzilla, GithubInstallation, PullRequest, Whitelist


def whitelisted(session: Session, account_name: str) -> Whitelist | None:
    return session.scalar(select(Whitelist).filter_by(account_name=account_name))


def installation(session: Session, account_login: str) -> GithubInstallation | None:
    return session.scalar(select(GithubInstallation).filter_by(account_login=account_login))


def bugzilla(session: Session, pull_request: PullRequest) -> Bugzilla | None:
    """The bug that was made for a pull request."""
    return session.scalar(select(Bugzilla).filter_by(pull_request_id=pull_request.id))


def new_bugzilla(session: Session, pull_request: PullRequest, *, bug_id: int, bug_url: str) -> Bugzilla:
    """Remember the bug that was made for a pull request."""
    row = Bugzilla(bug_id=bug_id, bug_url=bug_url, pull_request=pull_request)
    session.add(row)
    session.flush()
    return row
