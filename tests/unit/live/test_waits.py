"""Is every wait that was counted in the sums, whoever died or forked in between, and is no garbage counted as one?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.errors import StoreError
from tasksplit.live.waited import Waited, total
from tasksplit.live.waits import MARK, SUFFIX, Waits
from tasksplit.model.sketch import ACCURACY, Sketch, bucket
from tests.unit.live.test_counters import in_child

# these tests fork on purpose
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
NAMES = ("dispatch", "build", "test")

COUNTING = """
import sys
from pathlib import Path
from tasksplit.live.waits import Waits
waits = Waits(Path(sys.argv[1]), sys.argv[2:])
waits.open()
print("ready", flush=True)
for line in sys.stdin:
    name, seconds = line.split()
    waits.add(name, float(seconds))
    print("counted", flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "waits" / "toy"


@pytest.fixture
def process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that counts what it is told."""
    with subprocess.Popen(
        [sys.executable, "-c", COUNTING, str(folder), *NAMES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        yield started
        started.kill()


def tell(process: subprocess.Popen[str], handler: str, seconds: float) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{handler} {seconds}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "counted\n"


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def tasks(folder: Path) -> Mapping[str, int]:
    return {name: found.seconds.count for name, found in total(folder).items()}


def test_what_was_counted_outlives_a_kill_and_the_next_process_goes_on_in_its_file(
    folder: Path, process: subprocess.Popen[str]
) -> None:
    tell(process, "build", 2.0)
    tell(process, "build", 2.0)
    assert tasks(folder) == {"build": 2}  # while it lives
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert total(folder) == {"build": Waited(seconds=Sketch({bucket(2.0): 2}))}
    with closing(Waits(folder, NAMES)) as waits:
        waits.add("build", 2.0)
        assert (len(files(folder)), tasks(folder)) == (1, {"build": 3})


def test_the_file_of_a_process_that_lives_is_its_own(folder: Path, process: subprocess.Popen[str]) -> None:
    with closing(Waits(folder, NAMES)) as waits:
        waits.add("build", 1.0)
        tell(process, "test", 3.0)
        assert (len(files(folder)), tasks(folder)) == (2, {"build": 1, "test": 1})


def test_a_process_with_other_handlers_takes_another_file(folder: Path) -> None:
    for names in (NAMES, ("build",), ("test", "build", "dispatch"), NAMES):
        with closing(Waits(folder, names)) as waits:
            waits.add("build", 1.0)
    assert (len(files(folder)), tasks(folder)) == (3, {"build": 4})


def test_a_fork_counts_in_a_file_of_its_own(folder: Path) -> None:
    with closing(Waits(folder, NAMES)) as waits:
        waits.add("build", 1.0)

        def child() -> None:
            assert len(files(folder)) == 1  # none is made for a child that counts nothing
            waits.add("build", 1.0)
            os.kill(os.getpid(), signal.SIGKILL)

        assert in_child(child) == -signal.SIGKILL
        waits.add("test", 1.0)
        assert (len(files(folder)), tasks(folder)) == (2, {"build": 2, "test": 1})


def test_threads_lose_no_wait(folder: Path) -> None:
    with closing(Waits(folder, NAMES)) as waits, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: [waits.add("build", 1.0) for _ in range(1_000)], range(8)))
        assert tasks(folder) == {"build": 8_000}


WAITS = st.floats(0, 1e6)


@given(st.lists(st.tuples(st.sampled_from(NAMES), WAITS, st.booleans()), max_size=30))
def test_sums_over_processes_are_those_of_one(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float, bool]]
) -> None:
    one, many = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("many")
    both = [Waits(many, NAMES), Waits(many, NAMES)]  # whoever opens a file again has a lock of its own
    with closing(Waits(one, NAMES)) as alone, closing(both[0]), closing(both[1]):
        for name, seconds, which in steps:
            alone.add(name, seconds)
            both[which].add(name, seconds)
        assert total(one) == total(many)


@given(WAITS, st.integers(1, 3))
def test_a_quantile_is_off_by_no_more_than_the_sketch_says(seconds: float, number: int) -> None:
    with closing(Waits(Path(os.devnull) / "none", NAMES)) as waits:
        for _ in range(number):
            waits.add("build", seconds)
        assert waits._slots is not None
        (place,) = [place for place, found in enumerate(waits._slots) if found]
    least, most = 0.001, 700_000.0  # below and beyond, all are one
    told = Sketch({bucket(least) + place % 512: number}).quantile(0.5)
    off = 1.001 * ACCURACY if least < seconds < most else 0.1
    assert told == pytest.approx(min(max(seconds, least), most), rel=off)


def test_what_is_no_wait_is_counted_apart(folder: Path) -> None:
    with closing(Waits(folder, NAMES)) as waits:
        waits.add("build", -3600.0)
        waits.add("build", None)
        waits.add("nobody knows it", 1.0)
        assert total(folder) == {"build": Waited(seconds=Sketch({bucket(0.001): 1}), ahead=1, unknown=1)}


def test_where_no_file_can_be_made_counting_goes_on(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("not a folder")
    with closing(Waits(tmp_path / "taken", NAMES)) as waits:
        waits.add("build", 1.0)
        waits.add("build", 1.0)
        assert "in memory only" in waits.problem


def test_of_a_folder_that_is_not_there_nothing_is_known(folder: Path) -> None:
    assert total(folder) == {}
    assert not folder.exists()


@pytest.mark.parametrize(
    "written",
    [b"", b"x" * 1000, MARK, MARK + b"{}", MARK + b"3\n", MARK + b'["build"]\n', MARK.replace(b"1", b"2") + b"[]\n"],
)
def test_what_nobody_of_us_wrote_is_said_left_and_never_taken(folder: Path, written: bytes) -> None:
    folder.mkdir(parents=True)
    foreign = folder / f"host-1-aa{SUFFIX}"
    foreign.write_bytes(written)
    with pytest.raises(StoreError, match="cannot be read as waits"):
        total(folder)
    with closing(Waits(folder, NAMES)) as waits:
        waits.add("build", 1.0)
        assert (len(files(folder)), foreign.read_bytes()) == (2, written)
