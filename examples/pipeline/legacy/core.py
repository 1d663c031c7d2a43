"""What is a pipeline? Nodes one after the other, and routers that choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from examples.pipeline.database import Session
from examples.pipeline.events import Event


@dataclass(kw_only=True)
class TaskContext:
    """What is known of an event so far?"""

    event: Event
    nodes: dict[str, Any] = field(default_factory=dict)
    """Name of a node -> what it said."""


class Node:
    """One step of a pipeline."""

    name: ClassVar[str]

    def process(self, context: TaskContext, session: Session) -> Any:
        """Return what is kept under the node's name: JSON."""
        raise NotImplementedError


class Router(Node):
    """A step that chooses the next one: what it returns is its name, or None at the end."""


class Pipeline:
    """Which nodes does an event of one kind go through?"""

    name: ClassVar[str]
    start: ClassVar[type[Node]]
    connections: ClassVar[Mapping[type[Node], Sequence[type[Node]]]]
    """Node -> which may come next: one, or several after a router; none at the end."""

    def run(self, context: TaskContext, session: Session) -> None:
        """Run every node that did not run yet; those that did said so in the context."""
        node: type[Node] | None = self.start
        while node is not None:
            if node.name not in context.nodes:
                context.nodes[node.name] = node().process(context, session)
            node = self._next(node, context)

    def _next(self, node: type[Node], context: TaskContext) -> type[Node] | None:
        following = self.connections.get(node, ())
        if issubclass(node, Router):
            chosen = context.nodes[node.name]
            return next((n for n in following if n.name == chosen), None)
        return following[0] if following else None
