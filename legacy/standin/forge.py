"""What does the forge answer?"""

from __future__ import annotations

from typing import Any

from legacy.standin import draw, facts, facts_config, state
from legacy.standin.replies import Reply, Request, error

BOT = "packit-as-a-service-stg[bot]"


def answer(request: Request) -> Reply:
    match request.parts:
        case ("repos", space, name, *rest):
            full_name = f"{space}/{name}"
            if request.method == "GET":
                return _read(full_name, rest, request.query)
            return _write(full_name, rest, request.body)
    return error(404, "Not Found")


def _read(full_name: str, parts: list[str], query: dict[str, str]) -> Reply:  # noqa: PLR0911  # a table of routes
    match parts:
        case []:
            return Reply({"full_name": full_name, "private": facts.is_private(full_name)})
        case ["contents", *path]:
            return _file(full_name, "/".join(path), query.get("ref"))
        case ["collaborators", login, "permission"]:
            return Reply({"permission": facts.permission(full_name, login)})
        case ["pulls", number]:
            return _pull(full_name, number)
        case ["git", "tags", tag]:
            return Reply({"sha": draw.sha("tag", full_name, tag)})
        case ["issues", number, "comments"]:
            return _comments(full_name, number)
        case ["issues"]:
            earlier = [{"title": "Invalid packit config", "body": ""}] if facts.told_before(full_name) else []
            return Reply([*state.current.issues.get(full_name, []), *earlier])
    return error(404, "Not Found")


def _write(full_name: str, parts: list[str], body: dict[str, Any]) -> Reply:
    match parts:
        case ["issues", number, "comments"]:
            posted = state.current.comments.setdefault(f"{full_name}#{number}", [])
            posted.append({"author": BOT, "body": body["body"]})
            return Reply({"id": len(posted)})
        case ["issues"]:
            issues = state.current.issues.setdefault(full_name, [])
            issues.append({"title": body["title"], "body": body["body"]})
            return Reply({"number": len(issues)})
        case ["statuses", sha]:
            return _status(body, full_name, sha)
    return error(404, "Not Found")


def _file(full_name: str, path: str, ref: str | None) -> Reply:
    """The config came with the changes that the messages are about: the default branch has none."""
    found = facts_config.file(full_name) if ref else None
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


def _comments(full_name: str, number: str) -> Reply:
    posted = state.current.comments.get(f"{full_name}#{number}", [])
    newest = "Congratulations! The build has finished." if facts.congratulated(full_name, number) else "Hi."
    oldest = draw.pick(("Congratulations! The build has finished.", "Hello."), "oldest", full_name, number)
    said = draw.pick(("LGTM", "Congratulations! Well done."), "said", full_name, number)
    earlier = [
        {"author": facts.person(3), "body": said},
        {"author": BOT, "body": newest},
        {"author": facts.person(4), "body": "Hm."},
        {"author": BOT, "body": oldest},
    ]
    return Reply([*reversed(posted), *earlier])


def _status(body: dict[str, Any], full_name: str, sha: str) -> Reply:
    failing = facts.failing_statuses(full_name)
    late = body["description"].startswith(("Starting", "Tests are running"))
    if failing == "all" or (failing == "tests" and "/testing-farm-" in body["context"]) or (failing == "late" and late):
        return error(500, "Something went wrong.")
    state.current.statuses.append({**body, "repo": full_name, "sha": sha})
    return Reply({"id": len(state.current.statuses)})
