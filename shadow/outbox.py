"""Which tasks does a service want sent, once what it did is committed?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shadow.wire import Payload

BABYSIT = "task.babysit_copr_build"
BABYSIT_AFTER = 120  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    task: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    countdown: float | None = None
    """Seconds."""


class Outbox:
    """What is to be sent, in order. A service fills it, the task around it sends."""

    def __init__(self) -> None:
        self.sends: list[Send] = []

    def handle(self, payload: Payload) -> None:
        """Let the task that takes the payload run."""
        self.sends.append(Send(task=payload.task, kwargs=payload.to_wire()))

    def babysit(self, build_id: int) -> None:
        """Let somebody look after a Copr build later."""
        self.sends.append(Send(task=BABYSIT, args=(build_id,), countdown=BABYSIT_AFTER))
