"""How do people learn how their commit fares?"""

from __future__ import annotations

from collections.abc import Iterable

from legacy.clients import Project

FAQ_URL = "https://packit.dev/packit-as-a-service/#faq"
NOT_WHITELISTED = "Account is not whitelisted!"
PERMISSIONS_ERROR = "Only users with write or admin permissions to the repository can trigger Packit-as-a-Service"


class StatusReporter:
    """Sets the statuses of one commit."""

    def __init__(self, project: Project, commit_sha: str, pr_id: int | None = None) -> None:
        self.project = project
        self.commit_sha = commit_sha
        self.pr_id = pr_id

    def report(self, state: str, description: str, url: str, check_names: Iterable[str]) -> None:
        for name in check_names:
            self.project.set_commit_status(
                self.commit_sha, state=state, url=url, description=description, name=name, trim=True
            )


def check_name(prefix: str, kind: str, target: str) -> str:
    """The name of a check: packit-stg/rpm-build-fedora-32-x86_64."""
    return f"{prefix}/{kind}-{target}"
