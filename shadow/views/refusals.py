"""Why does nobody want a message, as far as it shows?"""

from __future__ import annotations

from typing import Any

from shadow.views.kinds import OTHER, event_kind

WANTED = {
    "github pull request": ("opened", "reopened", "synchronize"),
    "github pull request comment": ("created", "edited"),
    "github issue comment": ("created",),
    "github release": ("published",),
    "github installation": ("created", "added"),
}
"""Kind of event -> the actions of which something is made; the other kinds have none."""
UNSEEN = "private, not ours, or incomplete"


def refusal(payload: Any) -> str:
    """A few words about any payload of which nothing was made: they are counted by."""
    if not isinstance(payload, dict):
        return "no JSON object"
    if not payload:
        return "empty"
    kind = event_kind(payload)
    if kind == OTHER:
        return "no kind of event that is known"
    unwanted = _unwanted_action(kind, payload) or _closed(payload)
    return f"{kind}: {unwanted or UNSEEN}"


def _unwanted_action(kind: str, payload: dict[str, Any]) -> str | None:
    action = payload.get("action")
    return f"action {action}" if kind in WANTED and action not in WANTED[kind] and isinstance(action, str) else None


def _closed(payload: dict[str, Any]) -> str | None:
    """What is said about a merge request or an issue on GitLab that is not open any more."""
    for name in ("merge_request", "issue", "object_attributes"):
        found = payload.get(name)
        state = found.get("state") if isinstance(found, dict) and "object_kind" in payload else None
        if isinstance(state, str):
            return None if state == "opened" else f"state {state}"
    return None
