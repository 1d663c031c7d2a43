"""`tasksplit live`, as a user starts it: real workers, a real Redis, and afterwards nothing is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from tasksplit.stores.redis_server import RedisServer
from tasksplit.testing.redis import find_or_start

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds that a busy machine may take to get somewhere
MARK = "TASKSPLIT_TEST_MARK"

BROKEN = """
from pathlib import Path
import sys
from tasksplit.live.play.script import Part, Play, Setting

def setting(place):
    dies = Part(name="doomed worker", arguments=[sys.executable, "-c", "print('no such table'); raise SystemExit(7)"],
                ready="never said")
    return Setting(parts=[dies], send=lambda file: "", witness=place.folder / "runs")

play = Play(migration="shadow.migration:migration", handler="installation", messages=Path("legacy/messages"),
            choose=lambda files, handler: files, setting=setting)
"""


@dataclass(frozen=True)
class Stage:
    """One play: its processes carry a mark, and its temporary files are in a folder of its own."""

    folder: Path
    mark: str

    @property
    def temporary(self) -> Path:
        return self.folder / "temporary"

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    def start(self, *options: str, path: str = "", root: Path = ROOT) -> subprocess.Popen[str]:
        output = (self.folder / "said").open("wb")
        with output:
            return subprocess.Popen(
                [sys.executable, "-m", "tasksplit", "live", "--reports", str(self.reports), *options],
                cwd=root,
                env={**os.environ, MARK: self.mark, "TMPDIR": str(self.temporary), "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def run(self, *options: str, path: str = "", root: Path = ROOT) -> int:
        return self.start(*options, path=path, root=root).wait(400)

    def said(self) -> str:
        return (self.folder / "said").read_text()

    def logs(self) -> str:
        """What the parts have said so far."""
        return "".join(log.read_text(errors="replace") for log in self.temporary.glob("*/*.log"))

    def alive(self) -> list[str]:
        """Processes of this play: by their environment, a Redis by the folder that it was given."""
        return [name for name in os.listdir("/proc") if name.isdigit() and self._ours(Path("/proc") / name)]

    def _ours(self, process: Path) -> bool:
        try:
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:  # it has ended, or is somebody else's
            return False
        return self.mark.encode() in told or str(self.temporary).encode() in told


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path, uuid4().hex)
    made.temporary.mkdir()
    yield made
    left = made.alive()
    for process in left:
        os.kill(int(process), signal.SIGKILL)
    assert not left
    assert os.listdir(made.temporary) == []


def until(so: Callable[[], bool], stage: Stage) -> None:
    end = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < end, stage.said()
        time.sleep(0.05)


def test_the_whole_story_goes_through_and_nothing_is_left(stage: Stage) -> None:
    code = stage.run("--seconds", "300", "--rate", "4")
    said = stage.said()
    assert code == 0, said
    for step in range(1, 6):
        assert f"{step}/5 " in said
    assert "the gate says wait of 'installation'" in said  # asked first, and its answer shown
    paper = (stage.reports / "story.md").read_text()
    assert "canary, 50 % FORCED, because a demonstration" in paper
    assert "acted on by both sides: 0; handed over and acted on by neither: 0" in paper
    review = orjson.loads((stage.reports / "report.json").read_bytes())
    (moved,) = [handler for handler in review["handlers"] if handler["name"] == "installation"]
    assert moved["evidence"]["match"] >= 8
    assert moved["evidence"]["mismatch"] == 0


def test_a_split_that_differs_is_not_forced_beyond_shadow(stage: Stage) -> None:
    root = stage.folder / "planted"
    for name in ("legacy", "shadow"):
        shutil.copytree(ROOT / name, root / name)
    service = root / "shadow" / "services" / "installation.py"
    before = service.read_text()
    service.write_text(before.replace("needs to be approved.", "must be approved."))
    assert service.read_text() != before
    assert stage.run("--seconds", "300", "--rate", "4", path=str(root), root=root) == 1, stage.said()
    assert "The two sides are not the same" in stage.said()
    assert "pairs that differ" in stage.said()
    assert "canary" not in (stage.reports / "story.md").read_text()


def test_an_interrupt_in_the_middle_leaves_nothing_and_empties_the_database_that_was_lent(stage: Stage) -> None:
    with find_or_start() as redis:
        playing = stage.start("--seconds", "300", "--redis", redis.url)
        until(lambda: "2/5 " in stage.said() or playing.poll() is not None, stage)
        assert len(stage.alive()) >= 6
        playing.send_signal(signal.SIGINT)
        assert playing.wait(PATIENCE) == 130, stage.said()
        with closing(RedisServer(redis.url, 5.0)) as server:
            assert server.client.dbsize() == 0


def test_a_request_to_end_while_parts_start_leaves_nothing(stage: Stage) -> None:
    playing = stage.start()
    until(lambda: len(stage.alive()) >= 4 or playing.poll() is not None, stage)
    playing.send_signal(signal.SIGTERM)
    assert playing.wait(PATIENCE) == 143, stage.said()


def test_no_process_outlives_a_play_that_is_killed(stage: Stage) -> None:
    playing = stage.start()
    until(lambda: ("legacy@" in stage.logs() and "ready." in stage.logs()) or playing.poll() is not None, stage)
    playing.kill()
    assert playing.wait(PATIENCE) == -signal.SIGKILL
    until(lambda: not stage.alive(), stage)
    for folder in stage.temporary.iterdir():  # nobody was left to remove them
        shutil.rmtree(folder)


def test_a_redis_that_is_away_is_said_in_a_sentence(stage: Stage) -> None:
    assert stage.run("--redis", "redis://127.0.0.1:1/0") == 2
    assert "tasksplit: Found " in stage.said()
    assert "To mend it" in stage.said()
    assert "Traceback" not in stage.said()


def test_a_database_in_use_is_left_alone(stage: Stage) -> None:
    with find_or_start() as redis, closing(RedisServer(redis.url, 5.0)) as server:
        server.client.set("of somebody else", "1")
        assert stage.run("--redis", redis.url) == 2
        assert "1 keys in the database" in stage.said()
        assert server.client.get("of somebody else") == b"1"


def test_a_part_that_dies_early_is_named_with_what_it_said_last(stage: Stage) -> None:
    (stage.folder / "broken_play.py").write_text(BROKEN)
    assert stage.run("--play", "broken_play:play", path=str(stage.folder)) == 3
    assert "doomed worker ended early (code 7)" in stage.said()
    assert "no such table" in stage.said()


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--play", "shadow.migration:migration"], "which is Migration"),
        (["--handler", "nobody"], "nobody"),
        (["--messages", "docs"], "no message to be sent"),
    ],
    ids=["no play", "no handler", "no messages"],
)
def test_what_cannot_be_played_is_said_before_anything_is_started(stage: Stage, options: list[str], found: str) -> None:
    assert stage.run(*options) == 2
    assert found in stage.said()
    assert "Traceback" not in stage.said()
