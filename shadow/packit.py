"""What is left to the packaging library? It works on checkouts, dist-git and Koji outside this process."""

from __future__ import annotations

from typing import Any

from legacy.standin import packit as library


def sync_release(config: dict[str, Any], project_url: str, *, branch: str, version: str) -> str:
    """Propose a version to a branch of dist-git: the URL of the pull request. It may raise."""
    return library.sync_release(config, project_url, branch=branch, version=version)


def sync_from_downstream(
    config: dict[str, Any], project_url: str, *, dist_git_branch: str, upstream_branch: str
) -> str:
    """Propose to upstream what a branch of dist-git has: the URL of the pull request. It may raise."""
    return library.sync_from_downstream(
        config, project_url, dist_git_branch=dist_git_branch, upstream_branch=upstream_branch
    )


def init_kerberos_ticket() -> None:
    """Get what Koji wants to see of us. It may raise."""
    library.init_kerberos_ticket()


def koji_build(project_url: str, git_ref: str | None, pr_id: int | None, *, target: str, scratch: bool) -> str:
    """Submit a build of a pull request or of a ref to Koji: what the command printed. It may raise."""
    return library.koji_build(project_url, git_ref, pr_id, target=target, scratch=scratch)
