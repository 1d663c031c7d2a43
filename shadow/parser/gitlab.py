"""Which event of GitLab is this payload?"""

from __future__ import annotations

from shadow.events import (
    IssueCommentGitlabEvent,
    MergeRequestCommentGitlabEvent,
    MergeRequestGitlabEvent,
    PushGitlabEvent,
)
from shadow.parser.base import Payload, incomplete, members, name, number, ref, text


def _parts(path: str | None) -> tuple[str | None, str | None]:
    """The namespace and the name of a repository; groups within groups are not known here.

    Raises:
        ValueError: the path has more or fewer parts.
    """
    namespace, repo = str(path).split("/")
    return namespace or None, repo or None


def merge_request(payload: Payload) -> MergeRequestGitlabEvent | None:
    request = payload.get("object_attributes")
    if name(payload, "object_kind") != "merge_request" or name(request, "state") != "opened":
        return None
    source, target = name(request, "source", "path_with_namespace"), name(request, "target", "path_with_namespace")
    read = {
        "pr_id": number(request, "iid"),
        "project_url": name(request, "target", "web_url"),
        "commit_sha": name(request, "last_commit", "id"),
        "user_login": name(payload, "user", "username"),
    }
    if incomplete(number(request, "id"), source, target, *read.values()):
        return None
    from_parts, (namespace, repo) = _parts(source), _parts(target)
    if incomplete(*from_parts, namespace, repo):
        return None
    return MergeRequestGitlabEvent(namespace=namespace, repo_name=repo, **read)


def merge_request_comment(payload: Payload) -> MergeRequestCommentGitlabEvent | None:
    request = payload.get("merge_request")
    is_comment = name(payload, "object_kind") == "note" and isinstance(request, dict)
    if not is_comment or name(request, "state") != "opened":
        return None
    source, target = name(request, "source", "path_with_namespace"), name(request, "target", "path_with_namespace")
    read = {
        "pr_id": number(request, "iid"),
        "project_url": name(payload, "project", "web_url"),
        "commit_sha": name(request, "last_commit", "id"),
        "user_login": name(payload, "user", "username"),
        "comment": text(payload, "object_attributes", "note"),
    }
    if incomplete(number(request, "id"), source, target, *read.values()):
        return None
    from_parts, (namespace, repo) = _parts(source), _parts(target)
    if incomplete(*from_parts, namespace, repo):
        return None
    return MergeRequestCommentGitlabEvent(namespace=namespace, repo_name=repo, **read)


def issue_comment(payload: Payload) -> IssueCommentGitlabEvent | None:
    issue = payload.get("issue")
    is_comment = name(payload, "object_kind") == "note" and isinstance(issue, dict)
    if not is_comment or name(issue, "state") != "opened":
        return None
    path = name(payload, "project", "path_with_namespace")
    read = {
        "issue_id": number(issue, "iid"),
        "project_url": name(payload, "project", "web_url"),
        "user_login": name(payload, "user", "username"),
        "comment": text(payload, "object_attributes", "note"),
    }
    if incomplete(number(issue, "id"), path, *read.values()):
        return None
    namespace, repo = _parts(path)
    if incomplete(namespace, repo):
        return None
    return IssueCommentGitlabEvent(namespace=namespace, repo_name=repo, **read)


def push(payload: Payload) -> PushGitlabEvent | None:
    commits, needed = members(payload, "commits"), ("ref", "before", "user_username")
    if name(payload, "object_kind") != "push" or not commits or None in [name(payload, key) for key in needed]:
        return None
    path = name(payload, "project", "path_with_namespace")
    read = {
        "branch": ref(payload, "ref"),
        "commit_sha": name(commits[-1], "id"),
        "project_url": name(payload, "project", "web_url"),
    }
    if incomplete(path, *read.values()):
        return None
    namespace, repo = _parts(path)
    if incomplete(namespace, repo):
        return None
    return PushGitlabEvent(namespace=namespace, repo_name=repo, **read)
