"""Which node comes after which? The whole flow, as each task must know it of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from examples.pipeline.events import Event, UnknownEventError

PIPELINES = {"ticket": ("support", "analyze_ticket"), "order": ("order", "check_order"),
             "document": ("document", "extract_text")}  # fmt: skip
"""Kind of an event -> the name of its pipeline and the first node."""
THEN = {
    "analyze_ticket": "ticket_router", "escalate_ticket": "index_event", "send_reply": "index_event",
    "check_order": "order_router", "reserve_stock": "index_event", "extract_text": "document_router",
}  # fmt: skip
ROUTERS = frozenset({"ticket_router", "order_router", "document_router"})  #: what such a node said is who comes next
LAST = "store_results"


def task_of(node: str) -> str:
    """Return the name of the task of a node."""
    return f"pipeline.{node}"


def first(event: Event) -> tuple[str, str]:
    """Return the name of the pipeline and its first node; raise UnknownEventError where there is none."""
    try:
        return PIPELINES[event.kind]
    except KeyError:
        raise UnknownEventError(f"no pipeline takes events of kind {event.kind!r}") from None


def after(node: str, nodes: Mapping[str, Any]) -> str:
    """Return the node that comes after one, given what the nodes said."""
    chosen = nodes[node] if node in ROUTERS else THEN.get(node)
    return chosen or LAST
