"""What is left to the packaging library? It works on checkouts, dist-git and Koji outside this process."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import Any

from shadow.config import service_config


def sync_release(config: dict[str, Any], project_url: str, *, branch: str, version: str) -> str:
    """Propose a version to a branch of dist-git: the URL of the pull request. It may raise."""
    found: str = _library().sync_release(config, project_url, branch=branch, version=version)
    return found


def sync_from_downstream(
    config: dict[str, Any], project_url: str, *, dist_git_branch: str, upstream_branch: str
) -> str:
    """Propose to upstream what a branch of dist-git has: the URL of the pull request. It may raise."""
    found: str = _library().sync_from_downstream(
        config, project_url, dist_git_branch=dist_git_branch, upstream_branch=upstream_branch
    )
    return found


def init_kerberos_ticket() -> None:
    """Get what Koji wants to see of us. It may raise."""
    _library().init_kerberos_ticket()


def koji_build(project_url: str, git_ref: str | None, pr_id: int | None, *, target: str, scratch: bool) -> str:
    """Submit a build of a pull request or of a ref to Koji: what the command printed. It may raise."""
    printed: str = _library().koji_build(project_url, git_ref, pr_id, target=target, scratch=scratch)
    return printed


def _library() -> Any:
    """It ships no types."""
    return resolve_name(service_config().packaging)
