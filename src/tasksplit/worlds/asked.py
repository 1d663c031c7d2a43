"""Who wants to know what is asked of the world? Nobody in a plain replay; whoever counts reads hears each of them."""

from __future__ import annotations

from typing import Protocol


class Listener(Protocol):
    """Who counts what is asked? It only looks, and never raises."""

    def read(self, what: object, tables: frozenset[str]) -> None:
        """Rows or a service were asked; ``what``: hashable, equal where the same was asked again."""

    def called(self) -> None:
        """Something outside the process was called, be it to ask or to change."""


class Hearing:
    """Who listens now? One message at a time is at work in a process."""

    listener: Listener | None = None


ASKED = Hearing()  #: of this process
