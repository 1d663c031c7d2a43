"""What did a task get?"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, TypeVar

from shadow import wire
from shadow.wire import Payload

logger = logging.getLogger(__name__)

Wire = dict[str, Any]  # JSON

P = TypeVar("P", bound=Payload)


def received(kind: type[P], unknown: Mapping[str, Any], **fields: Any) -> P:
    """Rebuild the payload of a task from its keyword arguments; those that it does not know are counted."""
    count(kind.task, unknown)
    return kind.from_wire(fields)


def count(task: str, unknown: Mapping[str, Any]) -> None:
    """Note what a newer sender adds: the work goes on without it."""
    wire.unknown.update(f"{task}.{name}" for name in unknown)
    if unknown:
        logger.warning("%s does not know %s.", task, ", ".join(sorted(unknown)))
