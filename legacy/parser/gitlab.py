"""Which event of GitLab is a payload?"""

from __future__ import annotations

import logging
from typing import Any

from legacy.events import (
    GitlabAction,
    IssueCommentGitlabEvent,
    MergeRequestCommentGitlabEvent,
    MergeRequestGitlabEvent,
    PushGitlabEvent,
)
from legacy.parser.base import is_complete, members, name, nested, number, ref_name, text

logger = logging.getLogger(__name__)

OPENED = "opened"
KEPT_ACTIONS = frozenset({GitlabAction.reopen.value, GitlabAction.update.value})


def _action(payload: Any, *path: str) -> GitlabAction:
    found = name(payload, *path)
    return GitlabAction(found) if found in KEPT_ACTIONS else GitlabAction.opened


def _repositories(*paths: str) -> list[tuple[str, str]] | None:
    """The namespace and the name of each path; None where one of them is empty.

    Raises:
        ValueError: a path has not two parts, as those of groups in groups.
    """
    found = []
    for path in paths:
        namespace, repo_name = path.split("/")
        found.append((namespace, repo_name))
    if not all(part for pair in found for part in pair):
        logger.warning("The path of a project lacks a part: %s.", " ".join(paths))
        return None
    return found


def _merge_request(merge: dict[str, Any], project_url: str | None, user_login: str | None) -> dict[str, Any] | None:
    """What the events about a merge request have in common; None where something is missing."""
    read: dict[str, Any] = {
        "object_id": number(merge, "id"),
        "object_iid": number(merge, "iid"),
        "commit_sha": name(merge, "last_commit", "id"),
        "project_url": project_url,
        "user_login": user_login,
    }
    source = name(merge, "source", "path_with_namespace")
    target = name(merge, "target", "path_with_namespace")
    if not is_complete("A merge request", {**read, "source": source, "target": target}):
        return None
    repositories = _repositories(str(source), str(target))
    if repositories is None:
        return None
    (source_namespace, source_name), (target_namespace, target_name) = repositories
    return {
        **read,
        "action": _action(merge, "action"),
        "source_repo_namespace": source_namespace,
        "source_repo_name": source_name,
        "target_repo_namespace": target_namespace,
        "target_repo_name": target_name,
    }


def parse_merge_request(payload: dict[str, Any]) -> MergeRequestGitlabEvent | None:
    merge = nested(payload, "object_attributes")
    if name(payload, "object_kind") != "merge_request" or name(merge, "state") != OPENED:
        return None
    read = _merge_request(merge, name(merge, "target", "web_url"), name(payload, "user", "username"))
    return MergeRequestGitlabEvent(**read) if read is not None else None


def parse_merge_request_comment(payload: dict[str, Any]) -> MergeRequestCommentGitlabEvent | None:
    merge = nested(payload, "merge_request")
    if name(payload, "object_kind") != "note" or name(merge, "state") != OPENED:
        return None
    comment = text(payload, "object_attributes", "note")
    if not is_complete("A comment on a merge request", {"comment": comment}):
        return None
    read = _merge_request(merge, name(payload, "project", "web_url"), name(payload, "user", "username"))
    return MergeRequestCommentGitlabEvent(comment=str(comment), **read) if read is not None else None


def parse_issue_comment(payload: dict[str, Any]) -> IssueCommentGitlabEvent | None:
    issue = nested(payload, "issue")
    if name(payload, "object_kind") != "note" or name(issue, "state") != OPENED:
        return None
    read: dict[str, Any] = {
        "object_id": number(issue, "id"),
        "issue_id": number(issue, "iid"),
        "project_url": name(payload, "project", "web_url"),
        "user_login": name(payload, "user", "username"),
        "comment": text(payload, "object_attributes", "note"),
    }
    path = name(payload, "project", "path_with_namespace")
    if not is_complete("A comment on an issue", {**read, "path": path}):
        return None
    repositories = _repositories(str(path))
    if repositories is None:
        return None
    ((namespace, repo_name),) = repositories
    action = _action(payload, "object_attributes", "action")
    return IssueCommentGitlabEvent(action=action, repo_namespace=namespace, repo_name=repo_name, **read)


def parse_push(payload: dict[str, Any]) -> PushGitlabEvent | None:
    ref, before, user = name(payload, "ref"), name(payload, "before"), name(payload, "user_username")
    commits = members(payload, "commits")
    if name(payload, "object_kind") != "push" or not (ref and before and user and commits):
        return None
    read: dict[str, Any] = {
        "git_ref": ref_name(ref),
        "project_url": name(payload, "project", "web_url"),
        "commit_sha": name(commits[-1], "id"),
    }
    path = name(payload, "project", "path_with_namespace")
    if not is_complete("A push", {**read, "path": path}):
        return None
    repositories = _repositories(str(path))
    if repositories is None:
        return None
    ((namespace, repo_name),) = repositories
    return PushGitlabEvent(repo_namespace=namespace, repo_name=repo_name, **read)
