"""What are the steps of the pipelines?"""

from __future__ import annotations

import re
import uuid
from typing import Any

from examples.pipeline import clients
from examples.pipeline.database import Reservation, Session, Stock
from examples.pipeline.events import OrderError
from examples.pipeline.legacy.core import Node, Router, TaskContext
from examples.pipeline.legacy.repository import Repository

URGENT = ("urgent", "outage", "down")
SPAM = ("lottery", "casino")
TOPICS = {"invoice": "billing", "refund": "billing", "password": "account", "login": "account"}
SHORTEST = 3  #: characters of a text that is worth finding


class AnalyzeTicket(Node):
    name = "analyze_ticket"

    def process(self, context: TaskContext, session: Session) -> Any:
        data = context.event.data
        words = re.findall(r"[a-z]+", f"{data['subject']} {data['body']}".lower())
        topics = sorted({TOPICS[word] for word in words if word in TOPICS})
        return {
            "topics": topics or ["general"],
            "urgent": any(word in URGENT for word in words),
            "spam": any(word in SPAM for word in words),
        }


class TicketRouter(Router):
    name = "ticket_router"

    def process(self, context: TaskContext, session: Session) -> Any:
        found = context.nodes["analyze_ticket"]
        if found["spam"]:
            return None
        return "escalate_ticket" if found["urgent"] else "send_reply"


class EscalateTicket(Node):
    name = "escalate_ticket"

    def process(self, context: TaskContext, session: Session) -> Any:
        event = context.event
        topics = context.nodes["analyze_ticket"]["topics"]
        page = {"event": event.id, "customer": event.customer, "title": event.data["subject"], "topics": topics}
        return {"page": clients.post(f"{clients.DESK}/pages", page)["page"]}


class SendReply(Node):
    name = "send_reply"

    def process(self, context: TaskContext, session: Session) -> Any:
        event = context.event
        topics = ", ".join(context.nodes["analyze_ticket"]["topics"])
        mail = {
            "to": event.data["sender"],
            "subject": f"Re: {event.data['subject']}",
            "text": f"We have your question about {topics} and will answer soon.",
            "message_id": f"<{uuid.uuid4()}@example>",
        }
        return {"sent_to": clients.post(f"{clients.MAIL}/messages", mail)["accepted"]}


class CheckOrder(Node):
    name = "check_order"

    def process(self, context: TaskContext, session: Session) -> Any:
        lines = context.event.data["lines"]
        for line in lines:
            if line["quantity"] < 1:
                raise OrderError(f"{line['quantity']} of {line['sku']} cannot be ordered")
        return {"cents": sum(line["quantity"] * line["cents"] for line in lines), "lines": len(lines)}


class OrderRouter(Router):
    name = "order_router"

    def process(self, context: TaskContext, session: Session) -> Any:
        for line in context.event.data["lines"]:
            stock = session.get(Stock, line["sku"])
            if stock is None or stock.amount < line["quantity"]:
                return "index_event"  # somebody will look for it there
        return "reserve_stock"


class ReserveStock(Node):
    name = "reserve_stock"

    def process(self, context: TaskContext, session: Session) -> Any:
        event = context.event
        reservations = []
        for line in event.data["lines"]:
            stock = session.get_one(Stock, line["sku"])
            stock.amount -= line["quantity"]
            reservations.append(Reservation(event_id=event.id, sku=line["sku"], quantity=line["quantity"]))
        Repository(session).create(*reservations)
        return {"reserved": len(reservations)}


class ExtractText(Node):
    name = "extract_text"

    def process(self, context: TaskContext, session: Session) -> Any:
        text = re.sub(r"<[^>]*>", " ", context.event.data["html"])
        return {"text": " ".join(text.split())}


class DocumentRouter(Router):
    name = "document_router"

    def process(self, context: TaskContext, session: Session) -> Any:
        return "index_event" if len(context.nodes["extract_text"]["text"]) >= SHORTEST else None


class IndexEvent(Node):
    name = "index_event"

    def process(self, context: TaskContext, session: Session) -> Any:
        event = context.event
        if event.is_private:
            return {"skipped": "private"}
        document = {"kind": event.kind, "customer": event.customer, "nodes": context.nodes}
        return clients.indexed(clients.services.put(clients.document_url(event.id), json=document))
