"""What does the split do on recordings of legacy? The same run, with another origin of its worlds."""

from __future__ import annotations

from tasksplit.model.message import Side
from tasksplit.replay.process import Lost, SideProcess
from tasksplit.replay.run import Plan, Run
from tasksplit.replay.side import Replayed


class RecordedRun(Run):
    """Legacy is recorded; the split, and on a sample legacy itself, are replayed from what was recorded."""

    form = "recordings"
    rehearses = False

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._replays: dict[str, SideProcess] = {}

    def _both_sides(self) -> list[SideProcess]:
        shards = min(max(1, self.plan.at_once // 2), len(self.plan.messages))  # one without messages would not end
        sides: list[SideProcess] = []
        for shard in range(shards):
            mine = self.plan.messages[shard::shards]
            recorder = self._process(f"legacy recorded-{shard}", mine, side=Side.LEGACY, record=True, payloads=True)
            replay = self._process(f"split-{shard}", (), side=Side.SPLIT, from_recordings=True, payloads=True)
            replay.keep_open()
            self._replays[recorder.job.name] = replay
            sides += [recorder, replay]
        return sides

    def _came(self, side: SideProcess, result: Replayed | Lost) -> None:
        """Take a result; what was recorded is handed on to the process that replays it."""
        replay = self._replays.get(side.job.name)
        if replay is not None and isinstance(result, Replayed) and result.recording is not None:
            self._recordings[result.message] = result.recording
            replay.add(self._by_id[result.message], result.recording)
        super()._came(side, result)
        if replay is not None and side.finished:
            replay.close()
        self._forget()

    def _forget(self) -> None:
        """Keep the recordings of messages that one side still has to come back from; others are handed on, or done."""
        for name in [n for n in self._recordings if n not in self._waiting]:
            del self._recordings[name]

    def _again(self) -> list[SideProcess]:
        """Legacy replayed from its own recording: what does not match there was not recorded completely."""
        self._legacy_again = self._process(
            "legacy from its recording", (), side=Side.LEGACY, from_recordings=True, hash_seed=1
        )
        return [self._legacy_again]
