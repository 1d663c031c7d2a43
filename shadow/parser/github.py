"""Which event of GitHub is this payload?"""

from __future__ import annotations

from typing import Any

from shadow.events import (
    InstallationEvent,
    IssueCommentEvent,
    PullRequestAction,
    PullRequestCommentAction,
    PullRequestCommentGithubEvent,
    PullRequestGithubEvent,
    PushGitHubEvent,
    ReleaseEvent,
)
from shadow.parser.base import Payload, at, full_name, incomplete, members, moment, name, number, ref, text

PULL_REQUEST_ACTIONS = frozenset(action.value for action in PullRequestAction)
COMMENT_ACTIONS = frozenset(action.value for action in PullRequestCommentAction)
INSTALLATION_ACTIONS = frozenset({"created", "added"})
OWN_LOGINS = frozenset({"packit-as-a-service[bot]", "packit-as-a-service-stg[bot]"})


def _repository(payload: Payload) -> dict[str, Any]:
    return {
        "namespace": name(payload, "repository", "owner", "login"),
        "repo_name": name(payload, "repository", "name"),
        "project_url": name(payload, "repository", "html_url"),
    }


def pull_request(payload: Payload) -> PullRequestGithubEvent | None:
    pull, action, pr_id = payload.get("pull_request"), name(payload, "action"), number(payload, "number")
    if not isinstance(pull, dict) or action not in PULL_REQUEST_ACTIONS or pr_id is None:
        return None
    read = {
        "commit_sha": name(pull, "head", "sha"),
        "user_login": name(pull, "user", "login"),
        "namespace": name(pull, "base", "repo", "owner", "login"),
        "repo_name": name(pull, "base", "repo", "name"),
        "project_url": name(payload, "repository", "html_url"),
    }
    source = (name(pull, "head", "repo", "owner", "login"), name(pull, "head", "repo", "name"))
    if incomplete(*source, *read.values()):
        return None
    return PullRequestGithubEvent(action=PullRequestAction(action), pr_id=pr_id, **read)


def pull_request_comment(payload: Payload) -> PullRequestCommentGithubEvent | None:
    action, pr_id = name(payload, "action"), number(payload, "issue", "number")
    if at(payload, "issue", "pull_request") is None or action not in COMMENT_ACTIONS or pr_id is None:
        return None
    read = {
        **_repository(payload),
        "user_login": name(payload, "comment", "user", "login"),
        "comment": text(payload, "comment", "body"),
    }
    if incomplete(name(payload, "issue", "user", "login"), *read.values()) or read["user_login"] in OWN_LOGINS:
        return None
    return PullRequestCommentGithubEvent(action=PullRequestCommentAction(action), pr_id=pr_id, **read)


def issue_comment(payload: Payload) -> IssueCommentEvent | None:
    issue_id, comment = number(payload, "issue", "number"), text(payload, "comment", "body")
    if at(payload, "issue", "pull_request") is not None or name(payload, "action") != "created":
        return None
    if issue_id is None or not comment:
        return None
    read = {**_repository(payload), "user_login": name(payload, "comment", "user", "login")}
    if incomplete(name(payload, "repository", "full_name"), *read.values()):
        return None
    return IssueCommentEvent(issue_id=issue_id, comment=comment, **read)


def release(payload: Payload) -> ReleaseEvent | None:
    if name(payload, "action") != "published" or not isinstance(payload.get("release"), dict):
        return None
    read = {**_repository(payload), "tag_name": name(payload, "release", "tag_name")}
    return None if incomplete(*read.values()) else ReleaseEvent(**read)


def push(payload: Payload) -> PushGitHubEvent | None:
    commits = (name(payload, key) for key in ("head", "after", "head_commit"))
    commit = next((found for found in commits if found is not None), None)
    if None in (name(payload, "ref"), name(payload, "before"), name(payload, "pusher", "name"), commit):
        return None
    read = {**_repository(payload), "branch": ref(payload, "ref")}
    return None if incomplete(*read.values()) else PushGitHubEvent(commit_sha=commit, **read)


def installation(payload: Payload) -> InstallationEvent | None:
    account = at(payload, "installation", "account")
    if not isinstance(account, dict) or name(payload, "action") not in INSTALLATION_ACTIONS:
        return None
    login, account_id = name(account, "login"), number(account, "id")
    if incomplete(login, account_id):
        return None
    repositories = members(payload, "repositories") or members(payload, "repositories_added")
    names = (full_name(repository, "full_name") for repository in repositories)
    return InstallationEvent(
        account_login=login,
        account_id=account_id,
        account_url=name(account, "url"),
        account_type=name(account, "type"),
        created_at=moment(payload, "installation", "created_at"),
        repositories=[found for found in names if found is not None],
        sender_id=number(payload, "sender", "id"),
        sender_login=name(payload, "sender", "login"),
    )
