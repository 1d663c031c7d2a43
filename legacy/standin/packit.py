"""What does the packaging library make of a checkout, of dist-git and of Koji?"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from legacy.standin import draw, facts, state

PULL_REQUESTS_FROM = 100


class PackitError(Exception):
    """The library gave up; the message says why."""


def _full_name(project_url: str) -> str:
    return "/".join(urlsplit(project_url).path.strip("/").split("/")[-2:]).removesuffix(".git")


def _propose(at: str, *about: object, **proposal: Any) -> str:
    """Open a pull request; its number depends on what it is about alone."""
    url = f"{at}/pull-request/{PULL_REQUESTS_FROM + draw.number('proposal', at, *about) % 900}"
    state.current.proposals.append({"url": url, **proposal})
    return url


def sync_release(config: dict[str, Any], project_url: str, *, branch: str, version: str) -> str:
    """Propose a version to a branch of dist-git: the URL of the pull request.

    Raises:
        PackitError: the sources cannot be had, or the branch is not there.
    """
    full_name = _full_name(project_url)
    if facts.sync_fails(full_name, branch):
        raise PackitError(f"The sources of {full_name} {version} do not fit the branch {branch}.")
    at = f"{config['dist_git_base_url']}{config['dist_git_namespace']}/{config['downstream_package_name']}"
    return _propose(at, project_url, branch, version, project=project_url, branch=branch, version=version)


def sync_from_downstream(
    config: dict[str, Any], project_url: str, *, dist_git_branch: str, upstream_branch: str
) -> str:
    """Propose to a branch of upstream what a branch of dist-git has: the URL of the pull request.

    Raises:
        PackitError: upstream takes no pull request.
    """
    full_name = _full_name(project_url)
    if facts.sync_back_fails(full_name):
        raise PackitError(f"{full_name} takes no pull requests from {config['downstream_package_name']}.")
    return _propose(project_url, dist_git_branch, branch=upstream_branch, version=None, project=project_url)


def init_kerberos_ticket() -> None:
    """Get a ticket for Koji.

    Raises:
        PackitError: nobody gives one.
    """
    if state.current.kerberos_away:
        raise PackitError("Cannot contact any KDC for the realm.")


def koji_build(project_url: str, git_ref: str | None, pr_id: int | None, *, target: str, scratch: bool) -> str:
    """Submit a build to Koji: what the command printed.

    Raises:
        PackitError: Koji refused it.
    """
    outcome = facts.koji_submit(_full_name(project_url), target)
    if outcome == "fails":
        raise PackitError(f"Koji knows no package {_full_name(project_url)} for the target {target}.")
    if outcome == "odd":
        return "Uploading srpm: done\nThe task waits.\n"
    build = {"project": project_url, "ref": git_ref, "pr_id": pr_id, "target": target, "scratch": scratch}
    task = state.current.submit_to_koji(build)
    return (
        f"Uploading srpm: done\nCreated task: {task}\n"
        f"Task info: https://koji.example/koji/taskinfo?taskID={task}\nWatching tasks\n"
    )
