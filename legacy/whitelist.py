"""Who may use the service?"""

from __future__ import annotations

from legacy.build import CoprBuildHelper
from legacy.clients import Accounts
from legacy.config import ServiceConfig
from legacy.events import (
    CoprBuildEvent,
    ForgeEvent,
    InstallationEvent,
    PullRequestGithubEvent,
    TestingFarmResultsEvent,
)
from legacy.models import Whitelist, WhitelistStatus
from legacy.reporting import FAQ_URL, NOT_WHITELISTED

APPROVED = (WhitelistStatus.approved_automatically.value, WhitelistStatus.approved_manually.value)
REQUIRED_GROUP = "cla_fpca"


def is_approved(account_name: str) -> bool:
    row = Whitelist.get_account(account_name)
    return row is not None and row.status in APPROVED


def check_and_report(event: ForgeEvent, config: ServiceConfig) -> bool:
    """May this event be acted on? A refusal is posted once for the event."""
    if event.user_login and event.user_login in config.admins:
        return True
    if isinstance(event, CoprBuildEvent | TestingFarmResultsEvent):
        return True
    if not isinstance(event, PullRequestGithubEvent):
        raise TypeError(f"No rule of the whitelist for {type(event).__name__}.")
    if is_approved(event.user_login or "") or is_approved(event.target_repo_namespace):
        return True
    if event.package_config is not None and event.project is not None:
        helper = CoprBuildHelper(config, event.package_config, event.project, event)
        helper.report_to_all("error", NOT_WHITELISTED, FAQ_URL)
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
