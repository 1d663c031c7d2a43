"""Which pipelines are there, and which one takes an event?"""

from __future__ import annotations

from typing import ClassVar

from examples.pipeline.events import Event, UnknownEventError
from examples.pipeline.legacy import nodes
from examples.pipeline.legacy.core import Pipeline


class SupportPipeline(Pipeline):
    name = "support"
    start = nodes.AnalyzeTicket
    connections = {  # noqa: RUF012  # declared in the base
        nodes.AnalyzeTicket: (nodes.TicketRouter,),
        nodes.TicketRouter: (nodes.EscalateTicket, nodes.SendReply),
        nodes.EscalateTicket: (nodes.IndexEvent,),
        nodes.SendReply: (nodes.IndexEvent,),
    }


class OrderPipeline(Pipeline):
    name = "order"
    start = nodes.CheckOrder
    connections = {  # noqa: RUF012
        nodes.CheckOrder: (nodes.OrderRouter,),
        nodes.OrderRouter: (nodes.ReserveStock, nodes.IndexEvent),
        nodes.ReserveStock: (nodes.IndexEvent,),
    }


class DocumentPipeline(Pipeline):
    name = "document"
    start = nodes.ExtractText
    connections = {  # noqa: RUF012
        nodes.ExtractText: (nodes.DocumentRouter,),
        nodes.DocumentRouter: (nodes.IndexEvent,),
    }


class PipelineRegistry:
    """Kind of an event -> its pipeline; a new one for each event, so that none keeps anything."""

    pipelines: ClassVar[dict[str, type[Pipeline]]] = {
        "ticket": SupportPipeline, "order": OrderPipeline, "document": DocumentPipeline,
    }  # fmt: skip

    @classmethod
    def pipeline(cls, event: Event) -> Pipeline:
        """Return the pipeline of an event; raise UnknownEventError where there is none."""
        found = cls.pipelines.get(event.kind)
        if found is None:
            raise UnknownEventError(f"no pipeline takes events of kind {event.kind!r}")
        return found()
