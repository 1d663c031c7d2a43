"""What did a worker hear of one message, and what does it mean?

A worker writes down only what it must, in the fastest way there is, and sends that. What it means is worked out here,
by whoever takes it: one process of ours instead of many of the user's.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tasksplit.capture.arrival import live_message
from tasksplit.capture.freeze import Frozen, thawed
from tasksplit.capture.journal import Frame, observed
from tasksplit.capture.naming import named, rows_of
from tasksplit.errors import MessageError, TasksplitError
from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
from tasksplit.wire.canonical import canonical
from tasksplit.worlds.answers import Exchange
from tasksplit.worlds.recording import Recorded, Recording
from tasksplit.worlds.rows_recorded import RecordedRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What did legacy do on one message, as it was written down? Values in it are frozen: see ``capture.freeze``."""

    entry: str
    message: str
    """Its id: that of the task."""
    payload: bytes
    """Pickled when it arrived: legacy may have changed it later."""
    frames: Sequence[Frame]
    exchanges: Sequence[Exchange]
    rows: tuple[RecordedRows, ...]
    began_at: float
    ended_at: float
    """Both in seconds since the epoch."""
    harness_errors: tuple[str, ...] = ()
    side: Side = Side.LEGACY

    def recorded(self, migration: Migration) -> Recorded:
        """Return what can be replayed; raise MessageError with the reason where it can be no message."""
        entry = next((one for one in migration.entries if one.name == self.entry), None)
        if entry is None:
            raise MessageError("an entry that this migration does not declare", self.entry)
        payload = pickle.loads(self.payload)  # noqa: S301  # from our own process, see Envelope
        message = live_message(migration, entry, task_id=self.message, payload=payload)
        message = replace(message, at=self.began_at)
        exchanges, unwritable = _thawed(self.exchanges)
        errors = [*self.harness_errors, *unwritable, *self._thaw()]
        rows, made = rows_of(self.rows, self.frames)
        return Recorded(
            message=message,
            recording=Recording(
                message=self.message,
                at=self.began_at,
                exchanges=exchanges,
                rows=self.rows,
            ),
            observations=observed(self, rows, lambda content: content),
            made=named(self.frames, made),
            ended_at=self.ended_at,
            harness_errors=tuple(errors),
        )

    def _thaw(self) -> Iterator[str]:
        """Bring what is frozen into canonical form; a boundary with a value that has none is undecided."""
        for frame in self.frames:
            try:
                frame.inputs = None if frame.inputs is None else thawed(Frozen(frame.inputs))
                frame.calls = [thawed(Frozen(call)) for call in frame.calls if isinstance(call, bytes)]
                frame.outcome = thawed(Frozen(frame.outcome)) if frame.outcome else b""
            except TasksplitError as error:
                text = f"writing down what {frame.handler} did: {type(error).__name__}: {error}"
                frame.inputs, frame.calls, frame.outcome = None, [], canonical(None)
                frame.undecided = frame.undecided or f"tasksplit failed: {text}"
                yield text


def _thawed(exchanges: Sequence[Exchange]) -> tuple[tuple[Exchange, ...], list[str]]:
    """Return exchanges in canonical form, and what is wrong with others: a replay that asks for those misses them."""
    found: list[Exchange] = []
    unwritable: list[str] = []
    for one in exchanges:
        try:
            found.append(one._replace(asked=thawed(Frozen(one.asked))))
        except TasksplitError as error:
            unwritable.append(f"writing down what {one.group} was asked: {type(error).__name__}: {error}")
    return tuple(found), unwritable
