"""What does each way to cut cost on these messages? Both sides run, are compared, and every delivery is watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasksplit.model.delivered import Trip
from tasksplit.model.evidence import Tally
from tasksplit.model.message import Message, Side
from tasksplit.replay.figures import Measured
from tasksplit.replay.process import SideProcess
from tasksplit.replay.run import Plan, Run
from tasksplit.replay.side import Replayed

LEGACY = "legacy"


class DesignRun(Run):
    """How does one migration do on these messages? Without A/A and other orders, which ``tasksplit run`` is for."""

    rehearses = False

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._trips: dict[Side, list[Trip]] = {side: [] for side in Side}

    def measured(self, path: str) -> Measured:
        """Return what was seen of the split; once it ran."""
        tallies = [tallying.verdicts for tallying in self.flow.tallies.values()]
        total = sum(tallies, Tally())
        return Measured(
            name=self.plan.migration.name, path=path, trips=self._trips[Side.SPLIT],
            passes={handler.name: handler.passes for handler in self.plan.migration.handlers if handler.passes},
            hazards=sum(tie.hazard for tie in self.learning.dependencies()), pairs=total.pairs,
            mismatched=total.mismatch, untold=total.undecided + total.unpaired + len(self.book.gone),
        )  # fmt: skip

    def legacy(self) -> Measured:
        """Return what was seen of legacy; once it ran."""
        return Measured(name=LEGACY, path="", trips=self._trips[Side.LEGACY])

    def _process(self, name: str, messages: Sequence[Message], **circumstances: Any) -> SideProcess:  # type: ignore[override]  # only what _both_sides gives
        return super()._process(name, messages, **{**circumstances, "payloads": False, "deliveries": True})

    def _again(self) -> list[SideProcess]:
        return []

    def _keep(self, message: Message, legacy: Replayed, split: Replayed) -> None:  # noqa: ARG002
        for side, replayed in ((Side.LEGACY, legacy), (Side.SPLIT, split)):
            self._trips[side].append(replayed.deliveries)
