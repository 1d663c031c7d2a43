"""What does the smallest payload of each kind look like?"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

Body = dict[str, Any]
Path = tuple[str, ...]

SHA = "c" * 40
GITHUB = {
    "full_name": "space/repo",
    "html_url": "https://github.com/space/repo",
    "name": "repo",
    "owner": {"login": "space"},
}
GITLAB = {"path_with_namespace": "space/repo", "web_url": "https://gitlab.com/space/repo"}
PAGURE = {"name": "repo", "namespace": "rpms", "url_path": "rpms/repo", "user": {"name": "owner"}}
FORK = {"name": "repo", "namespace": "rpms", "user": {"name": "author"}}


def pull_request(**changes: Any) -> Body:
    repo = {"name": "repo", "owner": {"login": "author"}}
    pull = {
        "base": {"repo": {"name": "repo", "owner": {"login": "space"}}},
        "head": {"repo": repo, "sha": SHA},
        "user": {"login": "author"},
    }
    return {"action": "opened", "number": 7, "pull_request": pull, "repository": GITHUB, **changes}


def pull_request_comment(comment: str = "/packit build", **changes: Any) -> Body:
    return {
        "action": "created",
        "comment": {"body": comment, "user": {"login": "somebody"}},
        "issue": {"number": 7, "pull_request": {}, "user": {"login": "author"}},
        "repository": GITHUB,
        **changes,
    }


def issue_comment(comment: str = "/packit propose-update", **changes: Any) -> Body:
    body = pull_request_comment(comment)
    return {**body, "issue": {"number": 8, "user": {"login": "author"}}, **changes}


def release(**changes: Any) -> Body:
    return {"action": "published", "release": {"tag_name": "1.2"}, "repository": GITHUB, **changes}


def push(**changes: Any) -> Body:
    body = {"after": SHA, "before": "0" * 40, "pusher": {"name": "somebody"}, "ref": "refs/heads/a/b"}
    return {**body, "repository": GITHUB, **changes}


def installation(**changes: Any) -> Body:
    account = {"id": 5, "login": "space", "type": "User", "url": "https://github.com/space"}
    return {
        "action": "created",
        "installation": {"account": account, "created_at": "2020-06-01T10:00:00Z", "id": 6},
        "repositories": [{"full_name": "space/repo"}],
        "sender": {"id": 9, "login": "somebody"},
        **changes,
    }


def dist_git(**changes: Any) -> Body:
    commit = {"branch": "master", "namespace": "rpms", "repo": "repo", "rev": SHA}
    return {"msg": {"commit": commit}, "msg_id": "1-a", "topic": "org.fedoraproject.prod.git.receive", **changes}


def koji(**changes: Any) -> Body:
    children = [{"id": 1, "method": "rebuildSRPM"}, {"id": 2, "method": "buildArch"}, {"id": 3, "method": "buildArch"}]
    return {
        "id": 45,
        "info": {"children": children, "completion_time": None, "start_time": 1590993047.0, "state": 0},
        "new": "OPEN",
        "old": "FREE",
        "topic": "org.fedoraproject.prod.buildsys.task.state.change",
        **changes,
    }


def testing_farm(**changes: Any) -> Body:
    artifact = {"commit-sha": SHA, "copr-chroot": "fedora-32-x86_64", "git-url": GITHUB["html_url"]}
    tests = [{"name": "test1", "result": "failed"}]
    return {"artifact": artifact, "pipeline": {"id": "1-a"}, "result": "failed", "tests": tests, **changes}


def merge_request(**changes: Any) -> Body:
    merge = {
        "action": "update",
        "id": 59,
        "iid": 2,
        "last_commit": {"id": SHA},
        "source": {"path_with_namespace": "author/repo"},
        "state": "opened",
        "target": GITLAB,
    }
    return {"object_attributes": merge, "object_kind": "merge_request", "user": {"username": "author"}, **changes}


def merge_request_comment(comment: str = "/packit build", **changes: Any) -> Body:
    return {
        "merge_request": merge_request()["object_attributes"],
        "object_attributes": {"note": comment},
        "object_kind": "note",
        "project": GITLAB,
        "user": {"username": "somebody"},
        **changes,
    }


def gitlab_issue_comment(comment: str = "/packit propose-update", **changes: Any) -> Body:
    body = merge_request_comment(comment)
    del body["merge_request"]
    return {**body, "issue": {"id": 35, "iid": 1, "state": "opened"}, **changes}


def gitlab_push(**changes: Any) -> Body:
    body = {"before": "0" * 40, "commits": [{"id": "a" * 40}, {"id": SHA}], "object_kind": "push"}
    return {**body, "project": GITLAB, "ref": "refs/heads/a/b", "user_username": "somebody", **changes}


def _pagure_pull(**changes: Any) -> Body:
    pull = {"branch": "c8", "commit_stop": SHA, "id": 12, "project": PAGURE, "repo_from": FORK}
    return {**pull, "user": {"name": "author"}, **changes}


def pagure_pull_request(event: str = "new") -> Body:
    return {"pullrequest": _pagure_pull(), "topic": f"git.centos.org/pull-request.{event}"}


def pagure_comment(comment: str = "/packit build") -> Body:
    pull = _pagure_pull(comments=[{"comment": "older"}, {"comment": comment}])
    return {"agent": "somebody", "pullrequest": pull, "topic": "git.centos.org/pull-request.comment.added"}


def pagure_label() -> Body:
    topic = "git.centos.org/pull-request.tag.added"
    return {"pull_request": _pagure_pull(), "tags": ["accepted", "b", "b", 3], "topic": topic}


def pagure_push() -> Body:
    return {"branch": "c8", "end_commit": SHA, "repo": PAGURE, "topic": "git.centos.org/git.receive"}


def paths(body: Any) -> list[Path]:
    """The paths of all members, the deeper ones last."""
    if not isinstance(body, dict):
        return []
    return [(key, *rest) for key, value in body.items() for rest in ((), *paths(value))]


def changed(body: Body, path: str | Path, value: Any) -> Body:
    """A copy with another value at a path."""
    *outer, last = path.split(".") if isinstance(path, str) else path
    copy = inner = deepcopy(body)
    for key in outer:
        inner = inner[key]
    inner[last] = value
    return copy
