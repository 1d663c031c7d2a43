"""What does the split do on recordings of legacy? The same run, with another origin of its worlds."""

from __future__ import annotations

from contextlib import closing

from tasksplit.model.message import Side
from tasksplit.replay.process import Lost, SideProcess, together
from tasksplit.replay.recording import Recording
from tasksplit.replay.run import Plan, Run
from tasksplit.replay.side import Replayed


class RecordedRun(Run):
    """Legacy is recorded; the split, and on a sample legacy itself, are replayed from what was recorded."""

    form = "recordings"

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._recordings: dict[str, Recording] = {}

    def _both_sides(self) -> None:
        shards = min(max(1, self.plan.at_once // 2), len(self.plan.messages))  # one without messages would not end
        sides: list[SideProcess] = []
        replays: dict[str, SideProcess] = {}
        for shard in range(shards):
            mine = self.plan.messages[shard::shards]
            recorder = self._process(f"legacy recorded-{shard}", mine, side=Side.LEGACY, record=True)
            replay = self._process(f"split-{shard}", (), side=Side.SPLIT, from_recordings=True)
            replay.keep_open()
            replays[recorder.job.name] = replay
            sides += [recorder, replay]
        with closing(together(sides, at_once=len(sides))) as results:
            for side, result in results:
                self._came(side, result, replays.get(side.job.name))

    def _came(self, side: SideProcess, result: Replayed | Lost, replay: SideProcess | None) -> None:
        """Take a result; what was recorded is handed on to the process that replays it."""
        if isinstance(result, Lost):
            self._lost(result)
        else:
            self._take(side, result)
            if replay is not None and result.recording is not None:
                self._recordings[result.message] = result.recording
                replay.add(self._by_id[result.message], result.recording)
        if replay is not None and side.finished:
            replay.close()
        self._forget()

    def _forget(self) -> None:
        """Keep the recordings of the sample only: the others are in the replaying process, or done."""
        for name in [n for n in self._recordings if n not in self._kept and n not in self._waiting]:
            del self._recordings[name]

    def _again(self) -> None:
        """Legacy replayed from its own recording: what does not match there was not recorded completely."""
        replay = self._process("legacy from its recording", (), side=Side.LEGACY, from_recordings=True, hash_seed=1)
        for name in self._kept:
            replay.add(self._by_id[name], self._recordings[name])
        noise = self._noise()
        with closing(together([replay], at_once=1)) as results:
            for _side, result in results:
                if isinstance(result, Lost):
                    self._errors[result.reason] += 1
                    self._unlike(result)
                    continue
                self._errors.update(result.harness_errors)
                first = self._kept[result.message]
                self._same(noise.message(self._by_id[result.message], first.observations, result.observations))
