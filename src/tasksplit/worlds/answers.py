"""Which recorded answer fits what is asked now?"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any, NamedTuple


class Exchange(NamedTuple):  # made on a message's path: a dataclass takes four times as long
    """What was asked of the world outside the rows, and what was the answer?"""

    group: str
    """``http POST host/path`` without query, or the declared name: what answers a write with other arguments."""
    asked: bytes
    """Canonical form of the whole request."""
    effect: bool
    answer: tuple[Any, ...]
    """Plain data from which the adapter makes the answer again; ``("raised", exception)`` when it was none."""


class Answers:
    """Which recorded answer fits? The same request in the order of the recording; the last one stays."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._exact: dict[bytes, deque[Exchange]] = defaultdict(deque)
        self._group: dict[str, deque[Exchange]] = defaultdict(deque)
        for exchange in exchanges:
            self._exact[exchange.asked].append(exchange)
            if exchange.effect:
                self._group[exchange.group].append(exchange)

    def to(self, group: str, asked: bytes, *, effect: bool) -> Exchange | None:
        """Return the answer; for an effect with other arguments the recorded one of that group; None is a miss."""
        queue = self._exact.get(asked) or (self._group.get(group) if effect else None)
        if not queue:
            return None
        return queue.popleft() if len(queue) > 1 else queue[0]
