"""What do both sides do on these messages, and through which branches? The same run, measured by coverage.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tasksplit.flow import Flow
from tasksplit.model.evidence import Evidence
from tasksplit.model.message import Message, Side
from tasksplit.model.observation import Observation
from tasksplit.model.verdict import Judged
from tasksplit.replay.coverage import Coverage
from tasksplit.replay.process import SideProcess
from tasksplit.replay.run import Plan, Run
from tasksplit.replay.side import Replayed


class MeasuredRun(Run):
    """Both sides are measured where they run in fixture worlds; what runs again for another question is not."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.coverage = Coverage(plan.migration)
        self.flow = self._telling = _Telling(plan.migration, plan.accepted)
        self._measures = False

    def _both_sides(self) -> list[SideProcess]:
        self._measures = True
        try:
            return super()._both_sides()
        finally:
            self._measures = False

    def _process(self, name: str, messages: Iterable[Message], **circumstances: Any) -> SideProcess:
        return super()._process(name, messages, coverage=self._measures, **circumstances)

    def _arrived(self, side: Side, replayed: Replayed) -> None:
        both = {**self._waiting.get(replayed.message, {}), side: replayed}
        self._telling.last = ()
        super()._arrived(side, replayed)
        if self._telling.last:  # it came to be paired
            self.coverage.add(self._telling.last, both[Side.LEGACY].touched, both[Side.SPLIT].touched)

    def _evidence(self, name: str) -> Evidence:
        return replace(super()._evidence(name), covered=self.coverage.covered(name))


class _Telling(Flow):
    """What was said of the message that was paired last?"""

    last: Sequence[Judged] = ()

    def message(self, message: Message, legacy: Sequence[Observation], split: Sequence[Observation]) -> list[Judged]:
        found = super().message(message, legacy, split)
        self.last = found
        return found
