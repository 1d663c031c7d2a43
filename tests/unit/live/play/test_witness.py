"""What ran is written down by those who ran it, one line each, whatever tasksplit decided around them."""

from __future__ import annotations

from pathlib import Path

from tasksplit.live.play import witness
from tasksplit.model.message import Side


def test_nothing_was_run_before_anybody_writes(tmp_path: Path) -> None:
    assert witness.read(tmp_path / "none", "build") == witness.Runs()


def test_who_ran_is_told_by_message_and_handler(tmp_path: Path) -> None:
    file = tmp_path / "runs"
    for side, name, message in (
        (witness.ENTRY, "task", "m1"), (Side.LEGACY, "build", "m1"), (Side.LEGACY, "build", "m1"),
        (Side.SPLIT, "build", "m2"), (Side.LEGACY, "test", "m3"), (Side.LEGACY, "build", "m4"),
        (Side.SPLIT, "build", "m4"),
    ):  # fmt: skip
        witness._write(file, side, name, message)
    found = witness.read(file, "build")
    assert found.entered == {"m1"}
    assert found.sides == {"m1": {Side.LEGACY}, "m2": {Side.SPLIT}, "m4": set(Side)}
    assert (found.by(Side.LEGACY), found.by(Side.SPLIT)) == (2, 2)
    assert found.both == ("m4",)


def test_a_line_that_is_being_written_is_read_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "runs"
    witness._write(file, Side.LEGACY, "build", "m1")
    with file.open("a") as out:
        out.write('["legacy", "bu')
    assert witness.read(file, "build").by(Side.LEGACY) == 1
