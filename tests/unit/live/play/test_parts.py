"""Parts are started, waited for, named when they die, and ended with all that they started."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasksplit.live.play.parts import Parts, last_lines, shown
from tasksplit.live.play.script import Part, PlayError
from tasksplit.testing.child import Child

SOON = 60.0


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    root = tmp_path / "root"
    root.mkdir()
    with Parts(Child, folder=tmp_path, root=root, environment=dict(os.environ)) as made:
        yield made


def part(code: str, ready: str = "") -> Part:
    return Part(name="the worker", arguments=[sys.executable, "-uc", code], ready=ready)


def test_a_part_is_waited_for_until_it_says_so(parts: Parts) -> None:
    parts.begin(part("import time; print('at last', flush=True); time.sleep(600)", ready="at last"))
    parts.wait(time.monotonic() + SOON)
    parts.check()


def test_a_part_that_dies_is_named_with_its_last_lines(parts: Parts) -> None:
    parts.begin(part("for n in range(50): print('line', n)\nraise SystemExit(4)", ready="never"))
    with pytest.raises(PlayError, match=r"the worker ended early \(code 4\)") as found:
        parts.wait(time.monotonic() + SOON)
    assert "line 49" in str(found.value)
    assert "line 30" not in str(found.value)


def test_a_part_that_is_late_is_named(parts: Parts) -> None:
    parts.begin(part("import time; time.sleep(600)", ready="never"))
    with pytest.raises(PlayError, match="the worker not ready in time"):
        parts.wait(time.monotonic() + 0.3)


def test_whoever_does_not_listen_is_killed_with_its_children(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('child', child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with Parts(Child, folder=tmp_path, root=tmp_path, environment=dict(os.environ), patience=0.2) as parts:
        parts.begin(part(code, ready="child"))
        parts.wait(time.monotonic() + SOON)
        child = int((tmp_path / "0-the-worker.log").read_text().split()[-1])
    end = time.monotonic() + SOON
    while _runs(child):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_command_is_run_beside_the_parts(parts: Parts) -> None:
    said = parts.run(["gate", "--help"], deadline=time.monotonic() + SOON)
    assert said.code == 0
    assert said.command == "tasksplit gate --help"
    assert any("gate" in line for line in said.lines)


def test_a_command_that_takes_too_long_is_killed(parts: Parts) -> None:
    with pytest.raises(PlayError, match="tasksplit --help' still at work"):
        parts.run(["--help"], deadline=0.0)


def test_a_command_is_shown_as_it_is_typed() -> None:
    assert shown(["rollout", "x", "--because", "first look"]) == 'tasksplit rollout x --because "first look"'


def test_of_nothing_said_that_is_said() -> None:
    assert last_lines("\n \n") == "  (nothing)"


def _runs(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
