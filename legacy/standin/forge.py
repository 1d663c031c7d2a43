"""What does the forge answer?"""

from __future__ import annotations

from typing import Any

from legacy.standin import draw, facts, facts_config, state
from legacy.standin.replies import Reply, Request, error

BOT = "packit-as-a-service-stg[bot]"


def answer(request: Request) -> Reply:
    match request.method, request.parts:
        case "GET", ("repos", space, name):
            full = f"{space}/{name}"
            return Reply({"full_name": full, "private": facts.is_private(full)})
        case "GET", ("repos", space, name, "contents", *path):
            return _file(f"{space}/{name}", "/".join(path))
        case "GET", ("repos", space, name, "collaborators", login, "permission"):
            return Reply({"permission": facts.permission(f"{space}/{name}", login)})
        case "GET", ("repos", space, name, "pulls", number):
            return _pull(f"{space}/{name}", number)
        case "GET", ("repos", space, name, "git", "tags", tag):
            return Reply({"sha": draw.sha("tag", space, name, tag)})
        case _, ("repos", space, name, "issues", number, "comments"):
            return _comments(request, f"{space}/{name}", number)
        case _, ("repos", space, name, "issues"):
            return _issues(request, f"{space}/{name}")
        case "POST", ("repos", space, name, "statuses", sha):
            return _status(request.body, f"{space}/{name}", sha)
    return error(404, "Not Found")


def _file(full_name: str, path: str) -> Reply:
    found = facts_config.file(full_name)
    if found is None or found[0] != path:
        return error(404, "Not Found")
    return Reply({"path": path, "content": found[1]})


def _pull(full_name: str, number: str) -> Reply:
    return Reply(
        {
            "number": int(number),
            "head": {"sha": facts.head_commit(full_name, number)},
            "user": {"login": facts.person(draw.number("author", full_name, number) % 300)},
            "title": f"Change {number}",
            "html_url": f"{facts.project_url(full_name)}/pull/{number}",
        }
    )


def _comments(request: Request, full_name: str, number: str) -> Reply:
    posted = state.current.comments.setdefault(f"{full_name}#{number}", [])
    if request.method == "POST":
        posted.append({"author": BOT, "body": request.body["body"]})
        return Reply({"id": len(posted)})
    newest = "Congratulations! The build has finished." if facts.congratulated(full_name, number) else "Hi."
    earlier = [{"author": facts.person(3), "body": "LGTM"}, {"author": BOT, "body": newest}]
    return Reply([*reversed(posted), *earlier])


def _issues(request: Request, full_name: str) -> Reply:
    issues: list[dict[str, Any]] = state.current.issues.setdefault(full_name, [])
    if request.method == "POST":
        issues.append({"title": request.body["title"], "body": request.body["body"]})
        return Reply({"number": len(issues)})
    return Reply(issues)


def _status(body: dict[str, Any], full_name: str, sha: str) -> Reply:
    if facts.statuses_fail(full_name):
        return error(500, "Something went wrong.")
    state.current.statuses.append({**body, "repo": full_name, "sha": sha})
    return Reply({"id": len(state.current.statuses)})
