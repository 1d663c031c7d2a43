"""What does Bugzilla answer?"""

from __future__ import annotations

import base64
import re
from typing import Any

from legacy.standin import draw, facts, state
from legacy.standin.replies import Reply, Request, error

PULL_REQUEST = re.compile(r"https://[^/\s]+/([^/\s]+/[^/\s]+)/pull")
NEW_BUGS_FROM = 1_900_000


def answer(request: Request) -> Reply:
    match request.method, request.parts:
        case "POST", ("rest", "bug"):
            return _create(request.body)
        case "POST", ("rest", "bug", number, "attachment"):
            return _attach(number, request.body)
    return error(404, "Not Found")


def _project(text: str) -> str:
    """Which project something is about: the pull request that it names says it."""
    found = PULL_REQUEST.search(text)
    return found[1] if found else ""


def _create(body: dict[str, Any]) -> Reply:
    if facts.bugzilla_fails(_project(body["description"])):
        return error(500, "The database is locked.")
    bug_id = NEW_BUGS_FROM + draw.number("new bug", body["summary"], body["description"]) % 90_000
    state.current.bugs[bug_id] = body
    return Reply({"id": bug_id})


def _attach(number: str, body: dict[str, Any]) -> Reply:
    text = base64.b64decode(body["data"]).decode()
    full_name = _project(text)
    if facts.bugzilla_fails(full_name) or facts.bugzilla_takes_no_patch(full_name):
        return error(500, "The attachment could not be stored.")
    state.current.patches.append({**body, "data": text, "bug": number})
    return Reply({"ids": [len(state.current.patches)]})
