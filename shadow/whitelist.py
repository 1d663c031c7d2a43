"""Who may use the service?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from legacy.clients import Accounts
from legacy.models import Whitelist, WhitelistStatus
from shadow import rows
from shadow.config import ServiceConfig

APPROVED = (WhitelistStatus.approved_automatically.value, WhitelistStatus.approved_manually.value)
REQUIRED_GROUP = "cla_fpca"


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
