"""Which event of the forge of CentOS is a message?"""

from __future__ import annotations

from typing import Any

from legacy.events import (
    Event,
    PullRequestAction,
    PullRequestCommentAction,
    PullRequestCommentPagureEvent,
    PullRequestLabelAction,
    PullRequestLabelPagureEvent,
    PullRequestPagureEvent,
    PushPagureEvent,
)
from legacy.parser.base import full_name, is_complete, members, name, nested, number, text

ACTIONS = {
    "pull-request.new": PullRequestAction.opened,
    "pull-request.reopened": PullRequestAction.reopened,
    "pull-request.updated": PullRequestAction.synchronize,
}
COMMENT_ADDED = "pull-request.comment.added"
COMMENT_EDITED = "pull-request.comment.edited"
LABEL_ADDED = "pull-request.tag.added"
PUSH = "git.receive"


def parse_message(payload: dict[str, Any]) -> Event | None:
    """The topic says what a message is; its parts are kept in the message."""
    topic = full_name(payload, "topic")
    if topic is None:
        return None
    payload["source"], payload["git_topic"] = source, git_topic = topic.split("/")
    if git_topic in ACTIONS:
        return parse_pull_request(payload, source, ACTIONS[git_topic])
    if git_topic in (COMMENT_ADDED, COMMENT_EDITED):
        return parse_comment(payload, source, git_topic)
    if git_topic == LABEL_ADDED:
        return parse_label(payload, source)
    return parse_push(payload, source) if git_topic == PUSH else None


def _url(source: str, payload: Any, *path: str) -> str | None:
    url_path = name(payload, *path)
    return f"https://{source}/{url_path}" if url_path is not None else None


def parse_pull_request(
    payload: dict[str, Any], source: str, action: PullRequestAction
) -> PullRequestPagureEvent | None:
    pull = nested(payload, "pullrequest")
    read: dict[str, Any] = {
        "pr_id": number(pull, "id"),
        "base_repo_namespace": name(pull, "repo_from", "namespace"),
        "base_repo_name": name(pull, "repo_from", "name"),
        "base_repo_owner": name(pull, "repo_from", "user", "name"),
        "base_ref": name(pull, "branch"),
        "target_repo_namespace": name(pull, "project", "namespace"),
        "target_repo": name(pull, "project", "name"),
        "project_url": _url(source, pull, "project", "url_path"),
        "commit_sha": name(pull, "commit_stop"),
        "user_login": name(pull, "user", "name"),
    }
    return PullRequestPagureEvent(action=action, **read) if is_complete("A pull request", read) else None


def parse_comment(payload: dict[str, Any], source: str, git_topic: str) -> PullRequestCommentPagureEvent | None:
    """A comment that was added stands last; one that was edited stands beside the pull request."""
    pull, comments = nested(payload, "pullrequest"), members(payload, "pullrequest", "comments")
    comment = nested(payload, "comment") if git_topic == COMMENT_EDITED else (comments[-1] if comments else None)
    read: dict[str, Any] = {
        "pr_id": number(pull, "id"),
        "base_repo_namespace": name(pull, "project", "namespace"),
        "base_repo_name": name(pull, "project", "name"),
        "base_repo_owner": name(pull, "repo_from", "user", "name"),
        "target_repo": name(pull, "repo_from", "name"),
        "project_url": _url(source, pull, "project", "url_path"),
        "commit_sha": name(pull, "commit_stop"),
        "user_login": name(payload, "agent"),
        "comment": text(comment, "comment"),
    }
    if not is_complete("A comment on a pull request", read):
        return None
    return PullRequestCommentPagureEvent(action=PullRequestCommentAction.created, **read)


def parse_label(payload: dict[str, Any], source: str) -> PullRequestLabelPagureEvent | None:
    pull = nested(payload, "pull_request")
    if not isinstance(pull, dict):
        pull = nested(payload, "pullrequest")
    read: dict[str, Any] = {
        "pr_id": number(pull, "id"),
        "base_repo_namespace": name(pull, "project", "namespace"),
        "base_repo_name": name(pull, "project", "name"),
        "base_repo_owner": name(pull, "project", "user", "name"),
        "base_ref": name(pull, "branch"),
        "project_url": _url(source, pull, "project", "url_path"),
        "commit_sha": name(pull, "commit_stop"),
    }
    if not is_complete("A label of a pull request", read):
        return None
    labels = {label for label in (name(member) for member in members(payload, "tags")) if label}
    return PullRequestLabelPagureEvent(action=PullRequestLabelAction.added, labels=labels, **read)


def parse_push(payload: dict[str, Any], source: str) -> PushPagureEvent | None:
    branch = name(payload, "branch")
    read: dict[str, Any] = {
        "repo_namespace": name(payload, "repo", "namespace"),
        "repo_name": name(payload, "repo", "name"),
        "git_ref": f"refs/head/{branch}" if branch is not None else None,
        "project_url": _url(source, payload, "repo", "url_path"),
        "commit_sha": name(payload, "end_commit"),
    }
    return PushPagureEvent(**read) if is_complete("A push", read) else None
