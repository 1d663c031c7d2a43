"""Which project is a message about? Messages about one project fail together."""

from __future__ import annotations

import re
from typing import Any

from shadow.views.entries import is_babysit

CHANGE = re.compile(r"-[^-]+?(-stg)?$")  # a Copr project's name ends in the number or the branch that is built
IDS_OF_A_PROJECT = 100  # Koji's numbers of builds say nothing of the project: near ones are of one


def tested_project(payload: Any) -> str | None:
    """The full name of the repository that a test run was for."""
    artifact = _at(payload, "artifact")
    return f"{artifact['repo-namespace']}/{artifact.get('repo-name')}" if _at(artifact, "repo-namespace") else None


def copr_project(payload: Any) -> str | None:
    """The owner and name of the project in Copr without the change: changes of one repository fail together."""
    name = _at(payload, "copr")
    return f"copr {payload.get('owner')}/{CHANGE.sub('', name)}" if isinstance(name, str) else None


def pagure_project(payload: Any) -> str | None:
    """The full name of the repository that a pull request is for, or that was pushed to."""
    for found in (
        _at(payload, "pullrequest", "project"),
        _at(payload, "pull_request", "project"),
        _at(payload, "repo"),
    ):
        if _at(found, "namespace"):
            return f"{found['namespace']}/{found.get('name')}"
    return None


def dist_git_package(payload: Any) -> str | None:
    """The full name of the repository in the distribution."""
    commit = _at(payload, "msg", "commit")
    return f"{commit['namespace']}/{commit.get('repo')}" if _at(commit, "namespace") else None


def koji_builds(payload: Any) -> str | None:
    """The block of numbers that a build in Koji is of."""
    number = _at(payload, "id")
    if type(number) is not int or not _at(payload, "info"):
        return None
    return f"koji {number // IDS_OF_A_PROJECT}"


def looked_after(payload: Any) -> str | None:
    return f"build {payload.get('build_id')}" if is_babysit(payload) else None


def _at(value: Any, *names: str) -> Any:
    """What lies at a path; None where there is nothing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
