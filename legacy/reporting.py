"""How do people learn how their commit fares?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from legacy.clients import Project

FAQ_URL = "https://packit.dev/packit-as-a-service/#faq"
# Pagure takes no status without a URL
PAGURE_URL = "https://packit.dev/packit-as-a-service/#pagure"
NOT_WHITELISTED = "Account is not whitelisted!"
PERMISSIONS_ERROR = "Only users with write or admin permissions to the repository can trigger Packit-as-a-Service"


class StatusReporter:
    """Sets the statuses of one commit, and on Pagure the flags of the pull request that it is the head of."""

    def __init__(self, project: Project, commit_sha: str, pr_id: int | None = None) -> None:
        self.project = project
        self.commit_sha = commit_sha
        self.pr_id = pr_id

    def report(self, state: str, description: str, url: str, check_names: Iterable[str]) -> None:
        on_pagure = self.project.on_pagure
        if on_pagure and not url:
            url = PAGURE_URL
        for name in check_names:
            self.project.set_commit_status(
                self.commit_sha, state=state, url=url, description=description, name=name, trim=True
            )
            if on_pagure and self.pr_id is not None:
                self._flag(self.pr_id, name, state=state, description=description, url=url)

    def _flag(self, pr_id: int, name: str, *, state: str, description: str, url: str) -> None:
        """An older commit than the head leaves the flags as they are."""
        if self.project.get_pr(pr_id).head_commit == self.commit_sha:
            uid = hashlib.md5(name.encode()).hexdigest()
            self.project.set_pr_flag(pr_id, uid=uid, username=name, comment=description, url=url, status=state)


def check_name(prefix: str, kind: str, target: str) -> str:
    """The name of a check: packit-stg/rpm-build-fedora-32-x86_64."""
    return f"{prefix}/{kind}-{target}"
