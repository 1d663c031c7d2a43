"""Which event of GitHub is a payload?"""

from __future__ import annotations

import logging
from typing import Any

from legacy.events import (
    InstallationEvent,
    IssueCommentAction,
    IssueCommentEvent,
    PullRequestAction,
    PullRequestCommentAction,
    PullRequestCommentGithubEvent,
    PullRequestGithubEvent,
    PushGitHubEvent,
    ReleaseEvent,
)
from legacy.parser.base import full_name, is_complete, members, name, nested, number, ref_name, text

logger = logging.getLogger(__name__)

ACTIONS = frozenset(action.value for action in PullRequestAction)
COMMENT_ACTIONS = frozenset(action.value for action in PullRequestCommentAction)
INSTALLATION_ACTIONS = frozenset({"created", "added"})
OUR_LOGINS = frozenset({"packit-as-a-service[bot]", "packit-as-a-service-stg[bot]"})


def parse_pull_request(payload: dict[str, Any]) -> PullRequestGithubEvent | None:
    pull, action, pr_id = nested(payload, "pull_request"), name(payload, "action"), number(payload, "number")
    if not isinstance(pull, dict) or action not in ACTIONS or pr_id is None:
        return None
    read: dict[str, Any] = {
        "base_repo_namespace": name(pull, "head", "repo", "owner", "login"),
        "base_repo_name": name(pull, "head", "repo", "name"),
        "base_ref": name(pull, "head", "sha"),
        "commit_sha": name(pull, "head", "sha"),
        "user_login": name(pull, "user", "login"),
        "target_repo_namespace": name(pull, "base", "repo", "owner", "login"),
        "target_repo_name": name(pull, "base", "repo", "name"),
        "project_url": name(payload, "repository", "html_url"),
    }
    if not is_complete("A pull request", read):
        return None
    return PullRequestGithubEvent(action=PullRequestAction(action), pr_id=pr_id, **read)


def parse_pull_request_comment(payload: dict[str, Any]) -> PullRequestCommentGithubEvent | None:
    action, pr_id = name(payload, "action"), number(payload, "issue", "number")
    if nested(payload, "issue", "pull_request") is None or action not in COMMENT_ACTIONS or pr_id is None:
        return None
    read: dict[str, Any] = {
        "base_repo_namespace": name(payload, "issue", "user", "login"),
        "target_repo_namespace": name(payload, "repository", "owner", "login"),
        "target_repo_name": name(payload, "repository", "name"),
        "project_url": name(payload, "repository", "html_url"),
        "user_login": name(payload, "comment", "user", "login"),
        "comment": text(payload, "comment", "body"),
    }
    if not is_complete("A comment on a pull request", read):
        return None
    if read["user_login"] in OUR_LOGINS:
        logger.debug("A comment of our own.")
        return None
    return PullRequestCommentGithubEvent(action=PullRequestCommentAction(action), pr_id=pr_id, **read)


def parse_issue_comment(payload: dict[str, Any]) -> IssueCommentEvent | None:
    issue_id, comment = number(payload, "issue", "number"), text(payload, "comment", "body")
    if nested(payload, "issue", "pull_request") is not None or name(payload, "action") != "created":
        return None
    if issue_id is None or not comment:
        return None
    read: dict[str, Any] = {
        "repo_namespace": name(payload, "repository", "owner", "login"),
        "repo_name": name(payload, "repository", "name"),
        "target_repo": name(payload, "repository", "full_name"),
        "project_url": name(payload, "repository", "html_url"),
        "user_login": name(payload, "comment", "user", "login"),
    }
    if not is_complete("A comment on an issue", read):
        return None
    return IssueCommentEvent(action=IssueCommentAction.created, issue_id=issue_id, comment=comment, **read)


def parse_release(payload: dict[str, Any]) -> ReleaseEvent | None:
    if name(payload, "action") != "published" or not isinstance(nested(payload, "release"), dict):
        return None
    read: dict[str, Any] = {
        "repo_namespace": name(payload, "repository", "owner", "login"),
        "repo_name": name(payload, "repository", "name"),
        "tag_name": name(payload, "release", "tag_name"),
        "project_url": name(payload, "repository", "html_url"),
    }
    return ReleaseEvent(**read) if is_complete("A release", read) else None


def parse_push(payload: dict[str, Any]) -> PushGitHubEvent | None:
    """A push to a branch or of a tag; one that deletes it has a commit of zeros."""
    ref, before, pusher = name(payload, "ref"), name(payload, "before"), name(payload, "pusher", "name")
    head = name(payload, "head") or name(payload, "after") or name(payload, "head_commit")
    if not (ref and before and pusher and head):
        return None
    read: dict[str, Any] = {
        "repo_namespace": name(payload, "repository", "owner", "login"),
        "repo_name": name(payload, "repository", "name"),
        "git_ref": ref_name(ref),
        "project_url": name(payload, "repository", "html_url"),
    }
    return PushGitHubEvent(commit_sha=head, **read) if is_complete("A push", read) else None


def parse_installation(payload: dict[str, Any]) -> InstallationEvent | None:
    account = nested(payload, "installation", "account")
    if not isinstance(account, dict) or name(payload, "action") not in INSTALLATION_ACTIONS:
        return None
    read: dict[str, Any] = {"account_login": name(account, "login"), "account_id": number(account, "id")}
    if not is_complete("An installation", read):
        return None
    repositories = members(payload, "repositories") or members(payload, "repositories_added")
    return InstallationEvent(
        **read,
        installation_id=number(payload, "installation", "id"),
        account_url=name(account, "url"),
        account_type=name(account, "type"),
        created_at=nested(payload, "installation", "created_at"),
        repositories=[found for found in (full_name(item, "full_name") for item in repositories) if found],
        sender_id=number(payload, "sender", "id"),
        sender_login=name(payload, "sender", "login"),
    )
