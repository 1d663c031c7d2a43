"""What do recordings show that arrive one after the other? Both sides are replayed on each, in processes of their own.

Legacy is replayed too. What it did in the real world is held against its replay (A/A): that says whether the recording
is complete. The split is held against legacy's replay, since there both live in the same moment and draw the same ids.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing.connection import wait

from tasksplit.capture.naming import with_ids
from tasksplit.capture.redacted import spread
from tasksplit.gate.accepted import NONE_ACCEPTED, Accepted
from tasksplit.model.evidence import Evidence, Ledger
from tasksplit.model.message import Message, Origin, Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import Observation
from tasksplit.model.review import Review
from tasksplit.model.verdict import Verdict
from tasksplit.replay.process import Lost, SideProcess
from tasksplit.replay.redacted import knowing, of_recording, shown
from tasksplit.replay.run import Plan, Run
from tasksplit.replay.side import Replayed
from tasksplit.replay.versions import versions
from tasksplit.stores.archive import Run as EvidenceRun
from tasksplit.stores.archive import added
from tasksplit.wire.redaction_values import scrubbed
from tasksplit.worlds.recording import Recorded

# moments and ids of the real world: a replay has others. Only A/A is blind to them, the two sides are compared whole
_MOMENT = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    rb"|(?<!\d)20\d{6}T?\d{6}(?:\d{6})?(?!\d)"
)
_ID = re.compile(rb"(?<![0-9a-f])[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}(?![0-9a-f])")
_TOKEN = re.compile(rb"token#[0-9a-f]{16} \((id|moment)\)")  # of an id or a moment: see wire.redaction_texts
_DRAWN = re.compile(rb"new id [^\"]*?#\d+")  # see Clock.made
_SECONDS = re.compile(rb"(?<![\d.])\d{10}(?:\.\d+)?(?![\d.])")
NEAR = 3600.0  #: seconds around the start of a message in which a number of ten digits is a moment


class Arriving(Run):
    """What do recordings of a worker show? Between ``start`` and ``stop``, one message at a time."""

    form = "live"
    origin = Origin.LIVE
    rehearses = False

    def __init__(  # noqa: PLR0913  # what is replayed, and how far
        self,
        migration: Migration,
        path: str,
        *,
        token_key: bytes,
        seconds: float = 60.0,
        megabytes: int = 0,
        accepted: Accepted = NONE_ACCEPTED,
    ) -> None:
        """``path``: where the processes find the migration. ``token_key``: of the workers that recorded, so that equal
        secrets get equal tokens here. ``seconds``: after which a message counts as hanging. ``megabytes``: that each
        process may take; 0: as many as it likes. ``accepted``: differences that may stand for a while.
        """
        plan = Plan(migration=migration, path=path, messages=(), seconds_per_message=seconds, accepted=accepted)
        super().__init__(plan)
        self._token_key = token_key
        self._megabytes = megabytes
        self.migration = migration
        self.versions = versions(migration, path)
        """Of the code that both sides are replayed with."""
        self._beside: EvidenceRun | None = None
        self._sides: dict[Side, SideProcess] = {}

    def start(self) -> None:
        """Start a process for each side."""
        for side in Side:
            process = self._process(
                f"{side.value} from recordings", (), side=side, from_recordings=True, megabytes=self._megabytes
            )
            process.keep_open()
            process.start()
            self._sides[side] = process

    def stop(self) -> None:
        """End the processes; nothing is left behind."""
        for process in self._sides.values():
            process.kill()
        for process in self._sides.values():
            process.stop()
        self._sides.clear()

    def beside(self, run: EvidenceRun | None) -> None:
        """Review what is shown here together with what others have shown of the same code: tallies add."""
        self._beside = run

    def unpaired(self, message: str, reason: str) -> None:
        """Note a message that came without what is needed to replay it: expired, too large, not to be read."""
        if self.book.expect(message):
            self.book.lost(message, reason)
            self._errors[reason] += 1

    def take(self, recorded: Recorded) -> Mapping[tuple[str, str], Verdict]:
        """Replay both sides on one recording; return handler and instance -> verdict.

        Nothing comes back where a side was lost: the ledger has it, with the reason. Nor for a message that came
        before: a batch that took too long is delivered again, and shows nothing that it has not shown.
        """
        # a clock ahead of ours would keep all that comes after it out of the newest hours
        message = replace(recorded.message, at=min(recorded.message.at, time.time()))
        if not self.book.expect(message.id):
            return {}
        self._by_id[message.id] = message
        self._errors.update(self.redactor.message(message.payload).text(e) for e in recorded.harness_errors)
        came: dict[Side, Replayed] = {}
        for process in self._sides.values():
            process.add(message, recorded.recording)
        while len(came) < len(Side) and message.id not in self.book.gone:
            for process, result in self._results():
                if isinstance(result, Lost):
                    self._lost(result)
                elif result.message == message.id:  # else the late answer of one that the other side lost
                    came[process.job.side] = result
        if len(came) == len(Side):
            self._same(self._noise.message(shown(message, self.redactor), *self._alike(recorded, came[Side.LEGACY])))
            for side, result in came.items():
                self._errors.update(result.harness_errors)
                self._described[side.value].update(result.seen)
                self._arrived(side, result)
        found = {(handler, instance): one for (_message, handler, instance), one in self.verdicts.items()}
        self.verdicts.clear()
        self._by_id.clear()
        return found

    def _alike(self, recorded: Recorded, again: Replayed) -> tuple[list[Observation], list[Observation]]:
        """Return what legacy did, and did again, both without the secrets that either shows."""
        was, secrets = of_recording(recorded.observations, self.redactor, recorded.message.payload)
        every = secrets | again.secrets
        veil = knowing(self.redactor, every)
        both = (spread(one, veil) for one in (was, again.observations))
        return _alike(recorded, next(both), replace(again, observations=next(both)))

    def _results(self) -> list[tuple[SideProcess, Replayed | Lost]]:
        ready = wait([p.pipe for p in self._sides.values() if p.pipe is not None], timeout=1.0)
        found: list[tuple[SideProcess, Replayed | Lost]] = []
        for process in self._sides.values():
            results = process.receive() if process.pipe in ready else process.overdue()
            found += [(process, result) for result in results]
        return found

    def _keep(self, message: Message, legacy: Replayed, split: Replayed) -> None:
        """Keep nothing: legacy was held against itself already, on every message."""

    def own(self) -> tuple[tuple[Evidence, ...], Ledger]:
        """Return what was shown here alone."""
        found = tuple(super(Arriving, self)._evidence(name) for name in self.plan.migration.names)
        return scrubbed(found, self.redactor), super()._ledger()

    def _ledger(self) -> Ledger:
        now = super()._ledger()
        return now if self._beside is None else self._beside.ledger + now

    def _evidence(self, name: str) -> Evidence:
        now = super()._evidence(name)
        if self._beside is None:
            return now
        return next(one for one in added(self._beside, [now]) if one.handler == name)

    def reviewed(self) -> Review:
        """Return what all of them have shown so far."""
        return self._review()


def _alike(
    recorded: Recorded, was: Sequence[Observation], again: Replayed
) -> tuple[list[Observation], list[Observation]]:
    """Return what legacy did, and did again, without what no replay can have: moments, and ids that were drawn."""
    blind = partial(_blind, began=recorded.recording.at)
    return (
        [replace(one, content=blind(one.content)) for one in was],
        [
            replace(o, content=blind(_DRAWN.sub(b"(id)", with_ids(o.content, recorded.made))))
            for o in again.observations
        ],
    )


def _blind(content: bytes, *, began: float) -> bytes:
    def seconds(found: re.Match[bytes]) -> bytes:
        return b'"(moment)"' if abs(float(found[0]) - began) < NEAR else found[0]

    content = _MOMENT.sub(b"(moment)", _DRAWN.sub(b"(id)", _TOKEN.sub(rb"(\1)", content)))
    return _SECONDS.sub(seconds, _ID.sub(b"(id)", content))
