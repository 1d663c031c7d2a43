"""What is done when an account installs the app?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from legacy.clients import Project
from legacy.models import GithubInstallation
from shadow import rows
from shadow.config import service_config
from shadow.payloads import Installation
from shadow.services.results import Results, results
from shadow.whitelist import add_account


def installation(payload: Installation, *, session: Session) -> Results:
    """Remember the account and its repositories; ask a person to approve it where that cannot be told."""
    if rows.installation(session, payload.account_login) is None:
        _remember(payload, session)
    account = f"{payload.account_type} {payload.account_login}"
    config = service_config()
    if add_account(session, config, account_login=payload.account_login, sender_login=payload.sender_login):
        return results(success=True, msg=f"{account} whitelisted!")
    Project(config.notifications_url).create_issue(
        title=f"{account} needs to be approved.",
        body=(
            f"Hi @{payload.sender_login}, we need to approve you in order to start using the service. "
            "Someone from our team will get back to you shortly."
        ),
    )
    return results(success=True, msg=f"{account} needs to be approved manually!")


def _remember(payload: Installation, session: Session) -> None:
    projects = []
    for full_name in payload.repositories:
        namespace, name = full_name.split("/", 1)
        url = f"https://github.com/{full_name}"
        projects.append(rows.git_project(session, namespace=namespace, repo_name=name, project_url=url).id)
    row = GithubInstallation(
        account_login=payload.account_login,
        account_id=payload.account_id,
        account_url=payload.account_url,
        account_type=payload.account_type,
        sender_id=payload.sender_id,
        sender_login=payload.sender_login,
        created_at=payload.created_at.replace(tzinfo=None),
        repositories=projects,
    )
    session.add(row)
    session.flush()
