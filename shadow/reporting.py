"""How do people learn how their commit fares?"""

from __future__ import annotations

from legacy.clients import Project
from shadow.config import ServiceConfig

FAQ_URL = "https://packit.dev/packit-as-a-service/#faq"
NOT_WHITELISTED = "Account is not whitelisted!"
PERMISSIONS_ERROR = "Only users with write or admin permissions to the repository can trigger Packit-as-a-Service"

RPM_BUILD = "rpm-build"
TESTING_FARM = "testing-farm"


def report(
    config: ServiceConfig,
    project: Project,
    commit_sha: str,
    *,
    check: str,
    chroot: str,
    state: str,
    description: str,
    url: str = "",
) -> None:
    """Set one check of a commit: packit-stg/rpm-build-fedora-32-x86_64."""
    name = f"{config.check_prefix}/{check}-{chroot}"
    project.set_commit_status(commit_sha, state=state, url=url, description=description, name=name, trim=True)
