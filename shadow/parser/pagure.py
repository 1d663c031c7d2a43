"""Which event of the forge of CentOS is this payload?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shadow.events import (
    Event,
    Fork,
    PullRequestCommentPagureEvent,
    PullRequestLabelPagureEvent,
    PullRequestPagureEvent,
    PushPagureEvent,
)
from shadow.parser.base import Payload, at, full_name, incomplete, members, name, number, text

Parser = Callable[[Payload, str], Event | None]


def parse(payload: Payload) -> Event | None:
    """By the topic, which is `<host>/<topic of git>`."""
    topic = full_name(payload, "topic")
    if topic is None:
        return None
    host, git_topic = topic.split("/")
    parser = PARSERS.get(git_topic)
    return parser(payload, host) if parser is not None else None


def _project(host: str, of: Any) -> dict[str, Any]:
    path = name(of, "url_path")
    return {
        "namespace": name(of, "namespace"),
        "repo_name": name(of, "name"),
        "project_url": None if path is None else f"https://{host}/{path}",
    }


def pull_request(payload: Payload, host: str) -> PullRequestPagureEvent | None:
    pull = payload.get("pullrequest")
    fork = Fork(
        owner=name(pull, "repo_from", "user", "name"),
        namespace=name(pull, "repo_from", "namespace"),
        repo_name=name(pull, "repo_from", "name"),
    )
    read = {
        **_project(host, at(pull, "project")),
        "pr_id": number(pull, "id"),
        "commit_sha": name(pull, "commit_stop"),
        "user_login": name(pull, "user", "name"),
    }
    if incomplete(fork.owner, fork.namespace, fork.repo_name, name(pull, "branch"), *read.values()):
        return None
    return PullRequestPagureEvent(fork=fork, **read)


def comment_added(payload: Payload, host: str) -> PullRequestCommentPagureEvent | None:
    comments = members(payload, "pullrequest", "comments")
    return _comment(payload, host, text(comments[-1], "comment") if comments else None)


def comment_edited(payload: Payload, host: str) -> PullRequestCommentPagureEvent | None:
    return _comment(payload, host, text(payload, "comment", "comment"))


def _comment(payload: Payload, host: str, comment: str | None) -> PullRequestCommentPagureEvent | None:
    pull = payload.get("pullrequest")
    owner = name(pull, "repo_from", "user", "name")
    read = {
        **_project(host, at(pull, "project")),
        "pr_id": number(pull, "id"),
        "commit_sha": name(pull, "commit_stop"),
        "user_login": name(payload, "agent"),
        "comment": comment,
    }
    if incomplete(owner, name(pull, "repo_from", "name"), *read.values()):
        return None
    fork = Fork(owner=owner, namespace=read["namespace"], repo_name=read["repo_name"])
    return PullRequestCommentPagureEvent(fork=fork, **read)


def label(payload: Payload, host: str) -> PullRequestLabelPagureEvent | None:
    found = payload.get("pull_request")
    pull = found if isinstance(found, dict) else payload.get("pullrequest")
    read = {
        **_project(host, at(pull, "project")),
        "pr_id": number(pull, "id"),
        "commit_sha": name(pull, "commit_stop"),
        "owner": name(pull, "project", "user", "name"),
    }
    if incomplete(name(pull, "branch"), *read.values()):
        return None
    labels = (name(tag) for tag in members(payload, "tags"))
    return PullRequestLabelPagureEvent(labels=frozenset(tag for tag in labels if tag is not None), **read)


def push(payload: Payload, host: str) -> PushPagureEvent | None:
    branch = name(payload, "branch")
    read = {**_project(host, payload.get("repo")), "commit_sha": name(payload, "end_commit")}
    if incomplete(branch, *read.values()):
        return None
    return PushPagureEvent(branch=f"refs/head/{branch}", **read)


PARSERS: dict[str, Parser] = {
    "pull-request.new": pull_request,
    "pull-request.reopened": pull_request,
    "pull-request.updated": pull_request,
    "pull-request.comment.added": comment_added,
    "pull-request.comment.edited": comment_edited,
    "pull-request.tag.added": label,
    "git.receive": push,
}
