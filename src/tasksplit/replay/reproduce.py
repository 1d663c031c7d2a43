"""Does this payload show that difference? Both sides are asked, each in a process that stays for the next payload."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from tasksplit.capture.arrival import message
from tasksplit.errors import MessageError
from tasksplit.flow import Flow
from tasksplit.model.message import Message, Side
from tasksplit.model.migration import Migration
from tasksplit.model.verdict import Difference, Judged, Verdict
from tasksplit.pair import Paired, pairs
from tasksplit.replay.process import SECONDS_PER_MESSAGE, Job, Lost, SideProcess, together
from tasksplit.replay.redacted import alike, shown
from tasksplit.replay.side import Replayed
from tasksplit.wire.redaction import Redactor

NAME = "message"  #: of every payload: clock and ids of a scratch world follow from it, in the written test too


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of one payload?"""

    judged: tuple[Judged, ...] = ()
    """Every pair, of every handler."""
    untold: str = ""
    """Why nothing can be told of it: it is no message, a process was lost, or we failed."""

    def of(self, handler: str) -> tuple[Judged, ...]:
        """Return the pairs of one handler; of all where none is named."""
        return tuple(one for one in self.judged if handler in ("", one.handler))

    def difference(self, handler: str, fingerprint: str) -> Difference | None:
        """Return that difference, where a pair shows it of which both sides are decided."""
        for one in self.of(handler):
            if one.verdict is Verdict.MISMATCH:
                for difference in one.differences:
                    if difference.fingerprint == fingerprint:
                        return difference
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Which migration is asked, and how?"""

    migration: Migration
    path: str
    """Dotted path: every process loads it for itself."""
    at_once: int = 2
    """Processes at the same time, as many of either side: at least one."""
    seconds_per_message: float = SECONDS_PER_MESSAGE
    import_paths: tuple[str, ...] = ()
    """Where else those processes look for modules."""


class BothSides:
    """What do both sides do on one payload after the other? A context manager: its processes end with it."""

    def __init__(self, reached: Reached) -> None:
        self._migration = reached.migration
        self._flow = Flow(reached.migration)
        key = os.urandom(32)  # one for both sides: equal secrets get equal tokens
        self._redactor = Redactor(reached.migration.redact, key)
        self._shards = [
            [self._process(reached, f"{side.value}-{shard}", side, key) for side in Side]
            for shard in range(max(1, reached.at_once // 2))
        ]
        every = [side for shard in self._shards for side in shard]
        self._results = together(every, at_once=len(every))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes; nothing is left behind."""
        self._results.close()

    def run(self, payloads: Sequence[Any]) -> list[Came]:
        """Run both sides over these payloads, as many at once as there are processes; return what came of each.

        Raises:
            TasksplitError: a process could not load the migration, or ended before its first message.
        """
        messages = [self._message(payload) for payload in payloads]
        usable = [(place, one) for place, one in enumerate(messages) if isinstance(one, Message)]
        queued: dict[SideProcess, deque[int]] = {side: deque() for shard in self._shards for side in shard}
        for turn, (place, one) in enumerate(usable):
            for side in self._shards[turn % len(self._shards)]:
                side.add(one, None)
                queued[side].append(place)  # what a process was asked first comes back first
        found: dict[int, dict[Side, Replayed | Lost]] = {place: {} for place in range(len(messages))}
        for _ in range(len(usable) * len(Side)):
            side, result = next(self._results)
            found[queued[side].popleft()][side.job.side] = result
        return [self._came(asked, found[place]) for place, asked in enumerate(messages)]

    def _process(self, reached: Reached, name: str, side: Side, key: bytes) -> SideProcess:
        job = Job(name=name, migration=reached.path, side=side, token_key=key, import_paths=reached.import_paths)
        process = SideProcess(job, (), seconds=reached.seconds_per_message)
        process.keep_open()
        return process

    def _message(self, payload: Any) -> Message | str:
        try:
            return message(self._migration, NAME, payload)
        except MessageError as error:
            return str(error)

    def _came(self, asked: Message | str, found: dict[Side, Replayed | Lost]) -> Came:
        if isinstance(asked, str):
            return Came(untold=asked)
        lost = [one.reason for one in found.values() if isinstance(one, Lost)]
        replayed = {side: one for side, one in found.items() if isinstance(one, Replayed)}
        errors = [error for one in replayed.values() for error in one.harness_errors]
        if lost or errors:
            return Came(untold=(lost or errors)[0])
        legacy, split = alike(self._redactor, replayed[Side.LEGACY], replayed[Side.SPLIT])
        found_pairs = pairs(legacy.observations, split.observations, independent=self._migration.independent)
        known = shown(asked, self._redactor)
        return Came(judged=tuple(self._judged(known, pair) for pair in found_pairs))

    def _judged(self, asked: Message, pair: Paired) -> Judged:
        one = self._flow.judge(asked, pair)
        for side in (pair.legacy, pair.split):
            if side is not None and side.undecided:  # a test needs a pair that is known to its end
                return replace(one, verdict=Verdict.UNDECIDED, reason=side.undecided, differences=())
        return one


def showing(sides: BothSides, handler: str, fingerprint: str) -> Callable[[Sequence[Any]], list[bool]]:
    """Return what tells of payloads whether each of them shows that difference of that handler."""

    def ask(payloads: Sequence[Any]) -> list[bool]:
        return [came.difference(handler, fingerprint) is not None for came in sides.run(payloads)]

    return ask
