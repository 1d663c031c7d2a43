"""Does somebody who looks at the stages see how long tasks waited, and nothing where nobody counted?"""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from tasksplit.live.folder import of_waits
from tasksplit.live.waits import Waits
from tests.unit.cli.rolling import NAMES, toy

pytestmark = pytest.mark.usefixtures("folder")


def counted(folder: Path, *found: tuple[str, float | None]) -> None:
    """Count as two workers do, one after another and each for itself."""
    with closing(Waits(of_waits(folder, "toy"), NAMES)) as one, closing(Waits(of_waits(folder, "toy"), NAMES)) as two:
        for number, (name, seconds) in enumerate(found):
            (one, two)[number % 2].add(name, seconds)


@pytest.mark.parametrize("wide", [80, 200])
def test_median_and_end_are_shown_of_all_workers_together(folder: Path, wide: int) -> None:
    counted(folder, *[("bill", 0.1)] * 50, *[("bill", 20.0)] * 50, ("pack", 0.0))
    code, told = toy(wide=wide)
    assert code == 0
    assert [line for line in told.splitlines() if "waited" in line] == [
        "pack: waited for a worker p50 1 ms, p99 1 ms (1 task)",
        "bill: waited for a worker p50 101 ms, p99 19.8 s (100 tasks)",
    ]
    (row,) = json.loads(toy("bill", "--json")[1])["handlers"]
    assert row["waited"] == {
        "p50_seconds": pytest.approx(0.1, rel=0.02), "p99_seconds": pytest.approx(20.0, rel=0.02),
        "tasks": 100, "clock_ahead": 0, "unknown": 0,
    }  # fmt: skip


def test_what_is_not_known_is_said(folder: Path) -> None:
    counted(folder, ("bill", -60.0), ("bill", 3.0), ("bill", None), ("ship", None))
    told = toy()[1]
    assert "ship: waited for a worker for unknown times (0 tasks; of 1 more it is unknown)" in told
    assert "bill: waited for a worker p50 1 ms, p99 3.0 s (2 tasks, 1 of them from a clock that is ahead, as 0" in told


def test_where_nobody_counted_nothing_is_said(folder: Path) -> None:
    assert "waited for" not in toy()[1]
    assert {row["waited"] for row in json.loads(toy("--json")[1])["handlers"]} == {None}
    assert not (folder / "waits").exists()


def test_what_cannot_be_read_is_a_problem_and_hides_no_stage(folder: Path) -> None:
    place = of_waits(folder, "toy")
    place.mkdir(parents=True)
    (place / "other.waits").write_text("no waits")
    code, told = toy()
    assert (code, "cannot be read as waits" in told, "bill" in told) == (0, True, True)
    document = json.loads(toy("--json")[1])
    assert "cannot be read as waits" in document["problems"][0]
    assert [row["handler"] for row in document["handlers"]] == list(NAMES)
