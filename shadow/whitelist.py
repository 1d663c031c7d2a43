"""Who may use the service?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from legacy.clients import Accounts
from legacy.models import Whitelist, WhitelistStatus
from shadow import rows
from shadow.config import ServiceConfig
from shadow.events import (
    CoprBuildEvent,
    DistGitEvent,
    Event,
    ForgeEvent,
    IssueCommentEvent,
    IssueCommentGitlabEvent,
    KojiBuildEvent,
    MergeRequestCommentGitlabEvent,
    MergeRequestGitlabEvent,
    PullRequestCommentGithubEvent,
    PullRequestCommentPagureEvent,
    PullRequestGithubEvent,
    PullRequestPagureEvent,
    PushGitHubEvent,
    PushGitlabEvent,
    PushPagureEvent,
    ReleaseEvent,
    TestingFarmResultsEvent,
)

APPROVED = (WhitelistStatus.approved_automatically.value, WhitelistStatus.approved_manually.value)
REQUIRED_GROUP = "cla_fpca"

BY_PERSON = PullRequestGithubEvent | PullRequestCommentGithubEvent | IssueCommentEvent
"""Whoever did it, or the owner of the repository, has to be approved."""
BY_OWNER = ReleaseEvent | PushGitHubEvent
NOBODY_IS_ASKED = (
    *(CoprBuildEvent, KojiBuildEvent, TestingFarmResultsEvent, DistGitEvent),
    *(PullRequestPagureEvent, PullRequestCommentPagureEvent, PushPagureEvent),
    *(MergeRequestGitlabEvent, MergeRequestCommentGitlabEvent, IssueCommentGitlabEvent, PushGitlabEvent),
)


def may_use(session: Session, config: ServiceConfig, event: Event) -> bool:
    """Whether this event may be acted on.

    Raises:
        TypeError: nobody said who has to be approved for events of its kind.
    """
    if isinstance(event, ForgeEvent) and event.user_login in config.admins:
        return True
    if isinstance(event, NOBODY_IS_ASKED):
        return True
    if isinstance(event, BY_PERSON):
        return is_approved(session, event.user_login, event.namespace)
    if isinstance(event, BY_OWNER):
        return is_approved(session, event.namespace)
    raise TypeError(f"No rule of the whitelist for {type(event).__name__}.")


def is_approved(session: Session, *accounts: str) -> bool:
    """Whether one of the accounts is approved."""
    found = (rows.whitelisted(session, account) for account in accounts)
    return any(row is not None and row.status in APPROVED for row in found)


def add_account(session: Session, config: ServiceConfig, *, account_login: str, sender_login: str | None) -> bool:
    """Remember the account of an installation; False where a person has to approve it."""
    if rows.whitelisted(session, account_login) is not None:
        return True
    row = Whitelist(account_name=account_login, status=WhitelistStatus.waiting.value)
    session.add(row)
    accounts = Accounts(config.fas_user, config.fas_password)
    if sender_login and REQUIRED_GROUP in accounts.groups(sender_login):
        row.status = WhitelistStatus.approved_automatically.value
        return True
    return False
