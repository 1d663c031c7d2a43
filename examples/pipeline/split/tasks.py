"""What can be sent to the workers? A task that begins, one for each node, and one that stores what came of it.

What the nodes said travels in the messages; the event itself stays in its row, and each task loads it by its id.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from celery.exceptions import Ignore, Reject

from examples.pipeline.base import SessionTask, send_later
from examples.pipeline.clients import IndexClient, IndexUnavailableError, document_url, indexed
from examples.pipeline.database import DONE, EventRow, Session
from examples.pipeline.events import Event, InvalidEventError, event_of
from examples.pipeline.split import graph, nodes

app = Celery("pipeline_split", broker=os.environ.get("BROKER_URL", "redis://localhost:6379/0"))
app.conf.update(
    task_ignore_result=True,
    task_reject_on_worker_lost=True,
    broker_connection_retry_on_startup=True,
    task_routes={
        "pipeline.start": {"queue": "events"},
        "pipeline.index_event": {"queue": "index"},  # waits for a service: others do not wait behind it
        "pipeline.*": {"queue": "nodes"},
    },
)


class StartPipeline(SessionTask):
    """Load the event and choose its pipeline; the first node's task goes on."""

    name = "pipeline.start"

    def run_impl(self, session: Session, *, event_id: int, **_unknown: Any) -> Any:
        row = session.get(EventRow, event_id)
        if row is None:
            raise Ignore(f"event {event_id} has no row")
        if row.status == DONE:  # delivered again
            return None
        try:
            event = event_of(row)
        except InvalidEventError as error:
            raise Reject(str(error), requeue=False) from error
        name, node = graph.first(event)
        send_later(session, graph.task_of(node), event_id=event_id, nodes={})
        return {"pipeline": name}


class NodeTask(SessionTask):
    """Run one node, and hand what all nodes said on to the next one."""

    abstract = True

    def run_impl(self, session: Session, *, event_id: int, nodes: dict[str, Any], **_unknown: Any) -> Any:
        said = self.node(session, event_of(session.get_one(EventRow, event_id)), nodes)
        hand_on(session, self.name, event_id, {**nodes, _node_of(self.name): said})
        return said

    def node(self, session: Session, event: Event, said: dict[str, Any]) -> Any:
        """What the node says, given what those before it said."""
        raise NotImplementedError


def hand_on(session: Session, task: str, event_id: int, nodes: dict[str, Any]) -> None:
    """Have the task of the next node sent, when this one is committed."""
    send_later(session, graph.task_of(graph.after(_node_of(task), nodes)), event_id=event_id, nodes=nodes)


def _node_of(task: str) -> str:
    return task.partition(".")[2]


class AnalyzeTicket(NodeTask):
    name = graph.task_of("analyze_ticket")

    def node(self, session: Session, event: Event, said: dict[str, Any]) -> Any:
        return nodes.analyze_ticket(event=event, nodes=said)


class TicketRouter(NodeTask):
    name = graph.task_of("ticket_router")

    def node(self, session: Session, event: Event, said: dict[str, Any]) -> Any:
        return nodes.ticket_router(event=event, nodes=said)


class EscalateTicket(NodeTask):
    name = graph.task_of("escalate_ticket")

    def node(self, session: Session, event: Event, said: dict[str, Any]) -> Any:
        return nodes.escalate_ticket(event=event, nodes=said)


class SendReply(NodeTask):
    name = graph.task_of("send_reply")

    def node(self, session: Session, event: Event, said: dict[str, Any]) -> Any:
        return nodes.send_reply(event=event, nodes=said)


class CheckOrder(NodeTask):
    name = graph.task_of("check_order")

    def node(self, session: Session, event: Event, said: dict[str, Any]) -> Any:
        return nodes.check_order(event=event, nodes=said)


class OrderRouter(NodeTask):
    name = graph.task_of("order_router")

    def node(self, session: Session, event: Event, said: dict[str, Any]) -> Any:
        return nodes.order_router(session=session, event=event, nodes=said)


class ReserveStock(NodeTask):
    name = graph.task_of("reserve_stock")

    def node(self, session: Session, event: Event, said: dict[str, Any]) -> Any:
        return nodes.reserve_stock(session=session, event=event, nodes=said)


class ExtractText(NodeTask):
    name = graph.task_of("extract_text")

    def node(self, session: Session, event: Event, said: dict[str, Any]) -> Any:
        return nodes.extract_text(event=event, nodes=said)


class DocumentRouter(NodeTask):
    name = graph.task_of("document_router")

    def node(self, session: Session, event: Event, said: dict[str, Any]) -> Any:
        return nodes.document_router(event=event, nodes=said)


class IndexEvent(SessionTask):
    """Put the event into the index, in an async style: it waits for the network."""

    name = graph.task_of("index_event")
    retried_on = (IndexUnavailableError,)

    async def run_async(self, session: Session, *, event_id: int, nodes: dict[str, Any], **_unknown: Any) -> Any:
        said = await self._indexed(event_of(session.get_one(EventRow, event_id)), nodes)
        hand_on(session, self.name, event_id, {**nodes, "index_event": said})
        return said

    async def _indexed(self, event: Event, said: dict[str, Any]) -> dict[str, Any]:
        if event.is_private:
            return {"skipped": "private"}
        document = {"kind": event.kind, "customer": event.customer, "nodes": said}
        async with IndexClient() as client:
            return indexed(await client.put(document_url(event.id), json=document))


class StoreResults(SessionTask):
    """Write down what the nodes said: the event is done."""

    name = graph.task_of("store_results")

    def run_impl(self, session: Session, *, event_id: int, nodes: dict[str, Any], **_unknown: Any) -> None:
        row = session.get_one(EventRow, event_id)
        row.task_context = nodes
        row.status = DONE
        row.processed_at = datetime.now(UTC)


start_pipeline = app.register_task(StartPipeline())
for task in (
    AnalyzeTicket, TicketRouter, EscalateTicket, SendReply, CheckOrder, OrderRouter, ReserveStock, ExtractText,
    DocumentRouter, IndexEvent, StoreResults,
):  # fmt: skip
    app.register_task(task())
