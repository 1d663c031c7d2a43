"""What does GitLab send?"""

from __future__ import annotations

from typing import Any

from legacy.standin import draw

Payload = dict[str, Any]

HOST = "https://gitlab.com"


def project(full_name: str) -> Payload:
    return {
        "id": 1 + draw.number("gitlab project", full_name) % 10**8,
        "name": full_name.rsplit("/", 1)[-1],
        "description": "Packaged with care",
        "web_url": f"{HOST}/{full_name}",
        "namespace": full_name.rsplit("/", 1)[0],
        "visibility_level": 20,
        "path_with_namespace": full_name,
        "default_branch": "master",
        "homepage": f"{HOST}/{full_name}",
        "url": f"git@gitlab.com:{full_name}.git",
    }


def user(login: str) -> Payload:
    return {"name": login.title(), "username": login, "email": f"{login}@example.org"}


def _merge_request(full_name: str, number: int, source: str, *, state: str) -> Payload:
    head = draw.sha("gitlab head", full_name, number)
    return {
        "id": 1 + draw.number("merge request", full_name, number) % 10**8,
        "iid": number,
        "title": f"Mend it ({number})",
        "description": "",
        "source_branch": "topic",
        "target_branch": "master",
        "merge_status": "can_be_merged",
        "created_at": "2020-06-02T10:50:24.319Z",
        "updated_at": "2020-06-02T20:21:48.582Z",
        "source": project(source),
        "target": project(full_name),
        "last_commit": {
            "id": head,
            "message": "Mend it",
            "timestamp": "2020-06-02T10:49:53+00:00",
            "url": f"{HOST}/{source}/-/commit/{head}",
        },
        "state": state,
    }


def merge_request(
    full_name: str, *, number: int, login: str, source: str, action: str | None, state: str = "opened"
) -> Payload:
    """A merge request was opened, reopened or updated (no action is said of some)."""
    attributes = _merge_request(full_name, number, source, state=state)
    if action is not None:
        attributes["action"] = action
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": user(login),
        "project": project(full_name),
        "object_attributes": attributes,
        "labels": [],
        "changes": {"total_time_spent": {"previous": None, "current": 0}},
        "repository": {"name": full_name, "homepage": f"{HOST}/{full_name}"},
    }


def _note(full_name: str, login: str, body: str) -> Payload:
    return {
        "object_kind": "note",
        "event_type": "note",
        "user": user(login),
        "project": project(full_name),
        "object_attributes": {
            "id": 1 + draw.number("note", full_name, body) % 10**8,
            "note": body,
            "noteable_type": "Issue",
            "created_at": "2020-06-04 22:01:29 UTC",
            "action": "create",
            "description": body,
        },
    }


def merge_request_comment(full_name: str, *, number: int, login: str, source: str, body: str) -> Payload:
    request = _merge_request(full_name, number, source, state="opened")
    return {**_note(full_name, login, body), "merge_request": request}


def issue_comment(full_name: str, *, number: int, login: str, body: str) -> Payload:
    issue = {
        "id": 1 + draw.number("gitlab issue", full_name, number) % 10**8,
        "iid": number,
        "title": "A new release",
        "description": "",
        "created_at": "2020-06-04 22:00:03 UTC",
        "state": "opened",
    }
    return {**_note(full_name, login, body), "issue": issue}


def push(full_name: str, *, branch: str, login: str, commits: int) -> Payload:
    """A push of some commits; of none where a branch was deleted."""
    ids = [draw.sha("gitlab commit", full_name, branch, n) for n in range(commits)]
    return {
        "object_kind": "push",
        "event_name": "push",
        "before": draw.sha("gitlab before", full_name),
        "after": ids[-1] if ids else "0" * 40,
        "ref": f"refs/heads/{branch}",
        "checkout_sha": ids[-1] if ids else None,
        "user_name": login.title(),
        "user_username": login,
        "project": project(full_name),
        "commits": [{"id": sha, "message": "Mend it", "modified": ["README.md"]} for sha in ids],
        "total_commits_count": commits,
    }
