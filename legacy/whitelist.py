"""Who may use the service?"""

from __future__ import annotations

from legacy.build import CoprBuildHelper
from legacy.clients import Accounts
from legacy.config import ServiceConfig
from legacy.events import (
    CoprBuildEvent,
    DistGitEvent,
    ForgeEvent,
    InstallationEvent,
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
from legacy.models import Whitelist, WhitelistStatus
from legacy.reporting import FAQ_URL, NOT_WHITELISTED

APPROVED = (WhitelistStatus.approved_automatically.value, WhitelistStatus.approved_manually.value)
REQUIRED_GROUP = "cla_fpca"

# other forges say themselves who may; other services tell of what was let in before
ALWAYS = (
    CoprBuildEvent,
    DistGitEvent,
    IssueCommentGitlabEvent,
    KojiBuildEvent,
    MergeRequestCommentGitlabEvent,
    MergeRequestGitlabEvent,
    PullRequestCommentPagureEvent,
    PullRequestPagureEvent,
    PushGitlabEvent,
    PushPagureEvent,
    TestingFarmResultsEvent,
)


def is_approved(account_name: str) -> bool:
    row = Whitelist.get_account(account_name)
    return row is not None and row.status in APPROVED


def check_and_report(event: ForgeEvent, config: ServiceConfig) -> bool:
    """May this event be acted on? Who asked for something is told where they may not have it.

    Raises:
        TypeError: nobody knows who has to be approved for such an event.
    """
    if event.user_login and event.user_login in config.admins:
        return True
    if isinstance(event, ALWAYS):
        return True
    if isinstance(event, ReleaseEvent | PushGitHubEvent):
        return is_approved(event.repo_namespace)
    if isinstance(event, PullRequestGithubEvent):
        return _is_either_approved(event, event.target_repo_namespace) or _refuse_pull_request(event, config)
    if isinstance(event, PullRequestCommentGithubEvent):
        return _is_either_approved(event, event.target_repo_namespace) or _refuse_comment(event)
    if isinstance(event, IssueCommentEvent):
        return _is_either_approved(event, event.repo_namespace) or _refuse_issue_comment(event)
    raise TypeError(f"No rule of the whitelist for {type(event).__name__}.")


def _is_either_approved(event: ForgeEvent, namespace: str) -> bool:
    return is_approved(event.user_login or "") or is_approved(namespace)


def _refuse_pull_request(event: PullRequestGithubEvent, config: ServiceConfig) -> bool:
    if event.package_config is not None and event.project is not None:
        helper = CoprBuildHelper(config, event.package_config, event.project, event)
        helper.report_to_all("error", NOT_WHITELISTED, FAQ_URL)
    return False


def _refusal(login: str | None, namespace: str) -> str:
    return f"Neither account {login} nor owner {namespace} are on our whitelist!"


def _refuse_comment(event: PullRequestCommentGithubEvent) -> bool:
    if event.project is not None and event.pr_id is not None:
        event.project.pr_comment(event.pr_id, _refusal(event.user_login, event.target_repo_namespace))
    return False


def _refuse_issue_comment(event: IssueCommentEvent) -> bool:
    if event.project is not None:
        event.project.issue_comment(event.issue_id, _refusal(event.user_login, event.repo_namespace))
    return False


def add_account(event: InstallationEvent, config: ServiceConfig) -> bool:
    """Remember the account of an installation; False where a person has to approve it."""
    if Whitelist.get_account(event.account_login) is not None:
        return True
    Whitelist.add_account(event.account_login, event.status.value)
    accounts = Accounts(config.fas_user, config.fas_password)
    if event.sender_login and REQUIRED_GROUP in accounts.groups(event.sender_login):
        event.status = WhitelistStatus.approved_automatically
        Whitelist.add_account(event.account_login, event.status.value)
        return True
    return False
