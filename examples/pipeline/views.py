"""What must each task of the split receive, seen from legacy, and what is a message about?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = frozenset({"ticket", "order", "document"})


def node(_node: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What a node works on: the event, and what the nodes before it said."""
    context = arguments["context"]
    return {"event": context.event, "nodes": context.nodes}


def indexed(_node: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The task in an async style loads the event itself: only its id is handed in."""
    context = arguments["context"]
    return {"event_id": context.event.id, "nodes": context.nodes}


def stored(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be written down, and where. The row itself expired with the last commit, and a view loads nothing."""
    context = arguments["context"]
    return {"event_id": context.event.id, "nodes": context.nodes}


def is_event(payload: Any) -> bool:
    """Is it an id, alone or with the world around it?"""
    return isinstance(_id(payload), int)


def arguments(payload: Any) -> dict[str, Any]:
    """What the broker delivers: the id alone."""
    return {"event_id": _id(payload)}


def payload(arguments: Mapping[str, Any]) -> Any:
    """What a worker received, as a message: a bare number."""
    return arguments["event_id"]


def kind(payload: Any) -> str | None:
    """What kind of event it is. A worker is only told its id."""
    if not isinstance(payload, dict):
        return "no row"
    found = payload["event"]["kind"]
    return found if found in KINDS else "other"


def customer(payload: Any) -> str | None:
    """Whose event it is. A worker is only told its id."""
    return payload["event"]["customer"] if isinstance(payload, dict) else None


def _id(payload: Any) -> Any:
    return payload.get("event_id") if isinstance(payload, dict) else payload
