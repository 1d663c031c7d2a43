"""What was there before a message of GitLab came?"""

from __future__ import annotations

from typing import Any

from legacy.standin.before.builds import built
from legacy.standin.before.reading import branch, full_name, nested, number
from legacy.standin.before.rows import BRANCH, ISSUE, PULL_REQUEST, Rows, known_before

Payload = dict[str, Any]


def before(rows: Rows, payload: Payload) -> None:
    rows.account(nested(payload, "user", "username"))
    match payload.get("object_kind"):
        case "merge_request":
            _merge_request(rows, payload.get("object_attributes"))
        case "note":
            _comment(rows, payload)
        case "push":
            _push(rows, payload)


def _comment(rows: Rows, payload: Payload) -> None:
    """On a merge request, which may have been built before, or on an issue."""
    request = payload.get("merge_request")
    if isinstance(request, dict):
        name = _merge_request(rows, request)
        about = number(request, "iid")
        if name is not None and about is not None:
            built(rows, name, about, url=_url(name))
        return
    name = full_name(payload, "project", "path_with_namespace")
    if name is not None:
        known_before(rows, name, kind=ISSUE, name=number(payload, "issue", "iid"), url=_url(name))


def _push(rows: Rows, payload: Payload) -> None:
    name = full_name(payload, "project", "path_with_namespace")
    if name is not None:
        known_before(rows, name, kind=BRANCH, name=branch(payload), url=_url(name))


def _merge_request(rows: Rows, request: Any) -> str | None:
    """The target project; its numbers are the small ones, and one elsewhere is called by the long id of this."""
    name = full_name(request, "target", "path_with_namespace")
    if name is None:
        return None
    known_before(rows, name, kind=PULL_REQUEST, name=number(request, "iid"), url=_url(name))
    long = number(request, "id")
    if long is not None:
        rows.trigger("elsewhere/decoy", PULL_REQUEST, long)
    return name


def _url(name: str) -> str:
    return f"https://gitlab.com/{name}"
