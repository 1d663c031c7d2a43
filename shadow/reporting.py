"""How do people learn how their commit fares?"""

from __future__ import annotations

from hashlib import md5

from legacy.clients import Project
from shadow.config import ServiceConfig

FAQ_URL = "https://packit.dev/packit-as-a-service/#faq"
PAGURE_URL = "https://packit.dev/packit-as-a-service/#pagure"
"""Pagure takes no status without an address; this one tells what the service is."""
NOT_WHITELISTED = "Account is not whitelisted!"
PERMISSIONS_ERROR = "Only users with write or admin permissions to the repository can trigger Packit-as-a-Service"

RPM_BUILD = "rpm-build"
PRODUCTION_BUILD = "production-build"
TESTING_FARM = "testing-farm"


def check_name(config: ServiceConfig, check: str, target: str) -> str:
    """The name of a check: packit-stg/rpm-build-fedora-32-x86_64."""
    return f"{config.check_prefix}/{check}-{target}"


def report(
    project: Project,
    commit_sha: str,
    pr_id: int | None,
    *,
    name: str,
    state: str,
    description: str,
    url: str = "",
) -> None:
    """Set one check of a commit; on Pagure the pull request gets a flag as well, if the commit is still its newest."""
    if project.on_pagure:
        url = url or PAGURE_URL
    project.set_commit_status(commit_sha, state=state, url=url, description=description, name=name, trim=True)
    if project.on_pagure and pr_id is not None and project.get_pr(pr_id).head_commit == commit_sha:
        uid = md5(name.encode()).hexdigest()  # the same flag again: it is changed, not added
        project.set_pr_flag(pr_id, uid=uid, username=name, comment=description, url=url, status=state)
