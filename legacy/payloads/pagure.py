"""What does Pagure send, over the bus of CentOS?"""

from __future__ import annotations

from typing import Any

from legacy.standin import draw

Payload = dict[str, Any]

HOST = "git.centos.org"


def _project(full_name: str, *, fork_of: str | None = None) -> Payload:
    namespace, name = full_name.split("/")
    path = f"fork/{fork_of}/{full_name}" if fork_of else full_name
    return {
        "name": name,
        "namespace": namespace,
        "fullname": path.replace("fork/", "forks/", 1),
        "url_path": path,
        "id": 1 + draw.number("pagure project", path) % 10**5,
        "parent": None,
        "user": {"fullname": (fork_of or "Packit Team").title(), "name": fork_of or "packit"},
        "access_users": {"owner": [fork_of or "packit"], "admin": [], "ticket": [], "commit": []},
        "tags": [],
        "description": "packaged with care",
    }


def _pull_request(full_name: str, number: int, author: str, comments: list[Payload]) -> Payload:
    return {
        "id": number,
        "uid": draw.sha("pagure pull", full_name, number)[:32],
        "title": f"Mend it ({number})",
        "initial_comment": None,
        "branch": "c8",
        "branch_from": "topic",
        "commit_start": draw.sha("pagure start", full_name, number),
        "commit_stop": draw.sha("pagure head", full_name, number),
        "status": "Open",
        "comments": comments,
        "tags": [],
        "user": {"fullname": author.title(), "name": author},
        "date_created": "1590419522",
        "project": _project(full_name),
        "repo_from": _project(full_name, fork_of=author),
    }


def pull_request(full_name: str, *, number: int, author: str, what: str) -> Payload:
    """A pull request is new, reopened or updated."""
    return {
        "pullrequest": _pull_request(full_name, number, author, []),
        "agent": author,
        "topic": f"{HOST}/pull-request.{what}",
    }


def comment(full_name: str, *, number: int, author: str, agent: str, body: str, edited: bool = False) -> Payload:
    """A comment was added as the last one, or an earlier one was edited."""
    first = {"id": 336, "comment": "/packit build would be nice", "user": {"name": author}}
    written = {"id": 337, "comment": body, "user": {"name": agent}}
    last = {"id": 338, "comment": "Thank you.", "user": {"name": author}}
    found: Payload = {
        "pullrequest": _pull_request(full_name, number, author, [first, last] if edited else [first, written]),
        "agent": agent,
        "topic": f"{HOST}/pull-request.comment.{'edited' if edited else 'added'}",
    }
    if edited:
        found["comment"] = written
    return found


def label(full_name: str, *, number: int, author: str, tags: list[str]) -> Payload:
    """A pull request got tags."""
    return {
        "project": _project(full_name),
        "tags": tags,
        "agent": "packit",
        "pull_request": _pull_request(full_name, number, author, []),
        "topic": f"{HOST}/pull-request.tag.added",
    }


def push(full_name: str, *, branch: str, agent: str) -> Payload:
    """Commits came to a branch."""
    return {
        "repo": _project(full_name),
        "branch": branch,
        "start_commit": draw.sha("pagure before", full_name, branch),
        "end_commit": draw.sha("pagure after", full_name, branch),
        "total_commits": 2,
        "authors": [{"name": agent, "fullname": agent.title()}],
        "agent": agent,
        "topic": f"{HOST}/git.receive",
    }
