"""What happens in each delivery of a message? Asked only where designs are measured; a plain replay does not listen."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasksplit.capture.journal import Frame, Journal
from tasksplit.model.delivered import Asked, Delivered, Ran
from tasksplit.model.observation import DISPATCH
from tasksplit.replay.broker import Delivery
from tasksplit.worlds.asked import ASKED


@dataclass(slots=True)
class _Open:
    """What is known of a delivery so far?"""

    delivery: Delivery
    began: float
    own: Frame
    sender: int | None = None
    sent: float = 0.0
    countdown: float = 0.0
    seconds: float = 0.0
    ended: str = ""
    calls: int = 0
    asked: list[Asked] = field(default_factory=list)
    frames: list[tuple[Frame, float]] = field(default_factory=list)
    """The boundaries at work in it, and when each began, seconds after the delivery."""
    before: int = 0
    """How many effects its own boundary had by then: dispatch may go on in several tasks."""


class Deliveries:
    """Which deliveries had one message, in the order in which they ran? Used once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._all: list[_Open] = []
        self._now: _Open | None = None
        self._sent: dict[str, tuple[int, float, float]] = {}

    def begin(self, delivery: Delivery, frame: Frame) -> None:
        """A delivery begins, and its boundary with it."""
        sender, sent, countdown = self._sent.pop(delivery.id, (None, 0.0, 0.0))  # a retry has the same id
        self._now = _Open(
            delivery=delivery, began=time.perf_counter(), own=frame, before=_effects(frame), sender=sender, sent=sent,
            countdown=countdown,
        )  # fmt: skip
        self._now.frames.append((frame, 0.0))
        self._all.append(self._now)
        ASKED.listener = self

    def sent(self, task_id: str, countdown: float | None) -> None:
        """A task is sent, or a retry asked for, by the delivery that runs; ``countdown``: seconds."""
        if self._now is not None:
            at = time.perf_counter() - self._now.began
            self._sent[task_id] = (len(self._all) - 1, at, max(0.0, countdown or 0.0))

    def end(self, state: str) -> None:
        """It has ended, in Celery's word; empty: it did not come to an end."""
        ASKED.listener = None
        if self._now is None:
            return
        here, self._now = self._now, None
        here.seconds, here.ended = time.perf_counter() - here.began, state
        known = {frame.number for frame, _ in here.frames}
        last = here.began + here.seconds
        here.frames += [
            (frame, max(0.0, frame.began - here.began))
            for frame in self._journal.frames
            if frame.number not in known and here.began <= frame.began <= last
        ]

    def read(self, what: object, tables: frozenset[str]) -> None:
        """Rows or a service were asked."""
        here = self._now
        if here is None or self._journal.viewing:
            return
        stack = self._journal.stack
        handler = stack[-1].handler if stack else here.own.handler
        at = time.perf_counter() - here.began
        here.asked.append(Asked(what=hash(what), handler=handler, at=at, tables=tables))

    def called(self) -> None:
        """Something outside was called."""
        if self._now is not None and not self._journal.viewing:
            self._now.calls += 1

    def told(self, rows: Mapping[int, Sequence[Mapping[str, Any]]]) -> tuple[Delivered, ...]:
        """Return what happened; ``rows``: number of a boundary -> the rows that it changed."""
        counted: set[int] = set()
        return tuple(self._delivered(one, rows, counted) for one in self._all)

    def _delivered(self, one: _Open, rows: Mapping[int, Sequence[Mapping[str, Any]]], counted: set[int]) -> Delivered:
        delivery = one.delivery
        return Delivered(
            task=delivery.task, queue=delivery.queue, size=delivery.size, sender=one.sender, sent=one.sent,
            countdown=one.countdown, seconds=one.seconds, calls=one.calls, ended=one.ended,
            ran=tuple(_ran(one, frame, began, rows, counted) for frame, began in one.frames), asked=tuple(one.asked),
        )  # fmt: skip


def _ran(
    one: _Open, frame: Frame, began: float, rows: Mapping[int, Sequence[Mapping[str, Any]]], counted: set[int]
) -> Ran:
    own = frame is one.own
    # the rows of a boundary that goes on in several tasks are told together: the first of them has them
    changed = [] if frame.number in counted else list(rows.get(frame.number, ()))
    counted.add(frame.number)
    parent = frame.parent
    inside = {other.number for other, _ in one.frames}
    return Ran(
        handler=frame.handler, began=began, seconds=one.seconds if own else frame.duration,
        effects=len(changed) + _effects(frame) - (one.before if own else 0),
        changed=frozenset(str(row["table"]) for row in changed),
        nested=parent is not None and parent.handler != DISPATCH and parent.number in inside and not own,
    )  # fmt: skip


def _effects(frame: Frame) -> int:
    return len(frame.calls) + len(frame.started)
