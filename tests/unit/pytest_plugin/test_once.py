"""Does everybody get what came of one run, also where nothing came of it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tasksplit.pytest_plugin.once import Once, Wanted
from tests.unit.replay.replayed import PATH
from tests.unit.replay.toy.migration import migration


def broken(_seed: int, _per_kind: int) -> Iterator[tuple[str, object]]:
    raise LookupError("no generator today")
    yield "", None


def _wanted(messages: Path) -> Wanted:
    return Wanted(migration=migration, path=PATH, form="fixtures", messages=messages)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    return tmp_path / "not yet" / "there"


def test_the_second_to_ask_takes_what_the_first_left(tmp_path: Path, shared: Path) -> None:
    first, second = (Once(_wanted(tmp_path / name), shared) for name in ("one", "other"))
    assert f"Found no folder '{tmp_path / 'one'}'" in first.ran().problem
    assert second.ran() == first.ran()
    alone = Once(_wanted(tmp_path / "other"), None)
    assert f"Found no folder '{tmp_path / 'other'}'" in alone.ran().problem


def test_after_one_that_died_the_next_runs_it(tmp_path: Path, shared: Path) -> None:
    shared.mkdir(parents=True)
    for left in ("lock", "draft"):
        (shared / left).write_bytes(b"half of it")
    assert "Found no folder" in Once(_wanted(tmp_path / "one"), shared).ran().problem


def test_what_nobody_foresaw_is_said_to_everybody(tmp_path: Path, shared: Path) -> None:
    raising = replace(migration, messages=f"{__name__}:broken")
    wanted = replace(_wanted(tmp_path), migration=raising)
    assert Once(wanted, shared).ran().problem.startswith("tasksplit failed:\nTraceback")
    assert "LookupError: no generator today" in Once(_wanted(tmp_path), shared).ran().problem
