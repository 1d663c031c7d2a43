"""What is done when an account installs the app?"""

from __future__ import annotations

from legacy.events import InstallationEvent
from legacy.handlers.abstract import HandlerResults, JobHandler
from legacy.models import GithubInstallation, GitProject
from legacy.triggers import Trigger
from legacy.whitelist import add_account


class GithubAppInstallationHandler(JobHandler):
    """Runs without a job and without a package config."""

    triggers = (Trigger.installation,)

    def run(self) -> HandlerResults:
        event: InstallationEvent = self.event
        if GithubInstallation.get_by_login(event.account_login) is None:
            self._remember(event)
        account = f"{event.account_type} {event.account_login}"
        if add_account(event, self.config):
            return HandlerResults(True, {"msg": f"{account} whitelisted!"})
        self.config.get_project(self.config.notifications_url).create_issue(
            title=f"{account} needs to be approved.",
            body=(
                f"Hi @{event.sender_login}, we need to approve you in order to start using the service. "
                "Someone from our team will get back to you shortly."
            ),
        )
        return HandlerResults(True, {"msg": f"{account} needs to be approved manually!"})

    def _remember(self, event: InstallationEvent) -> None:
        projects = []
        for full_name in event.repositories:
            namespace, name = full_name.split("/", 1)
            url = f"https://github.com/{full_name}"
            projects.append(GitProject.get_or_create(namespace=namespace, repo_name=name, project_url=url).id)
        GithubInstallation.create(
            account_login=event.account_login,
            account_id=event.account_id,
            account_url=event.account_url,
            account_type=event.account_type,
            sender_id=event.sender_id,
            sender_login=event.sender_login,
            created_at=event.created_at.replace(tzinfo=None),
            repositories=projects,
        )
