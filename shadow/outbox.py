"""Which tasks does a service want sent, once what it did is committed?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shadow.wire import Payload

BABYSIT = "task.babysit_copr_build"
BABYSIT_AFTER = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A task to be sent by name."""

    task: str
    args: tuple[Any, ...]
    countdown: float
    """Seconds."""


class Outbox:
    """What is to be sent. A service fills it, the task around it sends."""

    def __init__(self) -> None:
        self.handle_in_turn: list[Payload] = []
        """Payloads for their tasks: each waits until the one before it has ended well.

        Jobs of one message work on the same rows and comments: the second build job of a config has to find
        that the first one handled the end of the build.
        """
        self.later: list[Later] = []

    def handle(self, payload: Payload) -> None:
        """Let the task that takes the payload run, after those that were asked for before."""
        self.handle_in_turn.append(payload)

    def babysit(self, build_id: int) -> None:
        """Let somebody look after a Copr build in two minutes."""
        self.later.append(Later(task=BABYSIT, args=(build_id,), countdown=BABYSIT_AFTER))
