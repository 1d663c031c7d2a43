"""Is it shown how long a split task lay in its queue, also when the worker that took it was killed since?"""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic, sleep

import pytest

from tasksplit.model.rollout import Stage
from tests.integration.acting_toy import HERE
from tests.integration.test_acting import team
from tests.unit.cli.rolling import tasksplit


def test_the_wait_of_a_task_is_shown_when_its_worker_is_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TASKSPLIT_FOLDER", str(tmp_path))
    with team(tmp_path) as service:
        shown = ("--migration", f"{HERE}:migration", "--store", f"{service.redis}/1")
        service.environment |= {"TOY_FOLDER": str(tmp_path), "TOY_SPLIT_QUEUE": "toy.split"}
        service.moved(a=Stage.LIVE)
        sleep(0.7)  # a first flag settles
        began = monotonic()
        service.worker()
        message = service.publish(1)
        while not service.sides([message])[message, "c"]:  # then it was handed over, before
            assert monotonic() < began + 60
            sleep(0.05)
        assert "waited" not in tasksplit(*shown)[1]
        sleep(1.2)
        service.environment["TOY_QUEUE"] = "toy.split"
        splits = service.worker()
        service.settled([message], 60.0)
        service.killed(splits)
        longest = monotonic() - began
        code, told = tasksplit(*shown, "--json")
        assert code == 0, told
        waited = {row["handler"]: row["waited"] for row in json.loads(told)["handlers"]}
        assert "a: waited for a worker p50 " in tasksplit(*shown)[1]
    assert {name for name, found in waited.items() if found} == {"a"}
    assert {name: waited["a"][name] for name in ("tasks", "clock_ahead", "unknown")} == {
        "tasks": 1, "clock_ahead": 0, "unknown": 0,
    }  # fmt: skip
    assert 1.0 <= waited["a"]["p50_seconds"] == waited["a"]["p99_seconds"] <= longest * 1.05
