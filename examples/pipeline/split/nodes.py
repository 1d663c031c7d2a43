"""What does each node do, once its task has loaded what it needs? Nothing here commits or sends a task."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from examples.pipeline import clients
from examples.pipeline.database import Reservation, Session, Stock
from examples.pipeline.events import Event, OrderError

URGENT = frozenset({"urgent", "outage", "down"})
SPAM = frozenset({"lottery", "casino"})
TOPICS = {"invoice": "billing", "refund": "billing", "password": "account", "login": "account"}
SHORTEST = 3

Nodes = Mapping[str, Any]  # name of a node -> what it said


def analyze_ticket(*, event: Event, nodes: Nodes) -> dict[str, Any]:
    """What is asked, and how urgent is it?"""
    words = set(re.findall(r"[a-z]+", f"{event.data['subject']} {event.data['body']}".lower()))
    topics = sorted({topic for word, topic in TOPICS.items() if word in words})
    return {"topics": topics or ["general"], "urgent": bool(words & URGENT), "spam": bool(words & SPAM)}


def ticket_router(*, event: Event, nodes: Nodes) -> str | None:
    """Who deals with a ticket?"""
    found = nodes["analyze_ticket"]
    if found["spam"]:
        return None
    return "escalate_ticket" if found["urgent"] else "send_reply"


def escalate_ticket(*, event: Event, nodes: Nodes) -> dict[str, Any]:
    """Page whoever is on call."""
    topics = nodes["analyze_ticket"]["topics"]
    page = {"event": event.id, "customer": event.customer, "title": event.data["subject"], "topics": topics}
    return {"page": clients.post(f"{clients.DESK}/pages", page)["page"]}


def send_reply(*, event: Event, nodes: Nodes) -> dict[str, Any]:
    """Tell the sender that somebody cares."""
    topics = ", ".join(nodes["analyze_ticket"]["topics"])
    mail = {
        "to": event.data["sender"],
        "subject": f"Re: {event.data['subject']}",
        "text": f"We have your question about {topics} and will answer soon.",
        "message_id": f"<{uuid.uuid4()}@example>",
    }
    return {"sent_to": clients.post(f"{clients.MAIL}/messages", mail)["accepted"]}


def check_order(*, event: Event, nodes: Nodes) -> dict[str, Any]:
    """Can the order be fulfilled at all, and what does it cost?"""
    lines = event.data["lines"]
    for line in lines:
        if line["quantity"] < 1:
            raise OrderError(f"{line['quantity']} of {line['sku']} cannot be ordered")
    return {"cents": sum(line["quantity"] * line["cents"] for line in lines), "lines": len(lines)}


def order_router(*, session: Session, event: Event, nodes: Nodes) -> str:
    """Is enough left of every article?"""
    for line in event.data["lines"]:
        stock = session.get(Stock, line["sku"])
        if stock is None or stock.amount < line["quantity"]:
            return "index_event"
    return "reserve_stock"


def reserve_stock(*, session: Session, event: Event, nodes: Nodes) -> dict[str, Any]:
    """Keep aside what was ordered."""
    for line in event.data["lines"]:
        session.get_one(Stock, line["sku"]).amount -= line["quantity"]
        session.add(Reservation(event_id=event.id, sku=line["sku"], quantity=line["quantity"]))
    return {"reserved": len(event.data["lines"])}


def extract_text(*, event: Event, nodes: Nodes) -> dict[str, Any]:
    """What can be read in a document?"""
    return {"text": " ".join(re.sub(r"<[^>]*>", " ", event.data["html"]).split())}


def document_router(*, event: Event, nodes: Nodes) -> str | None:
    """Is a document worth finding?"""
    return "index_event" if len(nodes["extract_text"]["text"]) >= SHORTEST else None
