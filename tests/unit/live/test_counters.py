"""Is everything that was counted there, whoever died, forked or folded in between?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.errors import StoreError
from tasksplit.live.counted import PAST, folded, lost, total
from tasksplit.live.counters import HEAD, SUFFIX, Count, Counters

# these tests fork on purpose, also while threads run
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

COUNTING = """
import sys
from pathlib import Path
from tasksplit.live.counters import Count, Counters
counters = Counters(Path(sys.argv[1]))
for line in sys.stdin:
    name, number = line.split()
    counters.add(Count(name), int(number))
    print("counted", flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "counts"


@pytest.fixture
def process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that counts what it is told."""
    with subprocess.Popen(
        [sys.executable, "-c", COUNTING, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        yield started
        started.kill()


def tell(process: subprocess.Popen[str], count: Count, number: int) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{count} {number}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "counted\n"


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}"))


def in_child(work: object) -> int:
    """Run a function in a fork of this process; return how it ended."""
    pid = os.fork()
    if not pid:
        try:
            work()  # type: ignore[operator]
        except BaseException:  # noqa: BLE001
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_what_was_counted_outlives_a_kill(folder: Path, process: subprocess.Popen[str]) -> None:
    tell(process, Count.RECEIVED, 7)
    tell(process, Count.WRITTEN, 2**40)
    assert total(folder)["received"] == 7  # while it lives
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert total(folder) == {**dict.fromkeys(map(str, Count), 0), "received": 7, "written": 2**40}


def test_a_process_that_lives_is_not_folded(folder: Path, process: subprocess.Popen[str]) -> None:
    tell(process, Count.RECEIVED, 1)
    assert folded(folder) == 0
    tell(process, Count.RECEIVED, 1)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert (folded(folder), files(folder), total(folder)["received"]) == (1, [], 2)
    assert folded(folder) == 0


def test_a_fork_counts_on_its_own_and_from_nothing(folder: Path) -> None:
    with closing(Counters(folder)) as counters:
        counters.add(Count.RECEIVED, 5)

        def child() -> None:
            assert counters.of(Count.RECEIVED) == 0
            assert len(files(folder)) == 1  # none is made for a child that counts nothing
            counters.add(Count.RECEIVED, 30)
            os.kill(os.getpid(), signal.SIGKILL)

        assert in_child(child) == -signal.SIGKILL
        counters.add(Count.RECEIVED)
        assert counters.of(Count.RECEIVED) == 6
        assert folded(folder) == 1  # the child's; ours is still held by us
        assert total(folder)["received"] == 36


def test_a_fork_while_another_thread_counts_does_not_hang(folder: Path) -> None:
    with closing(Counters(folder)) as counters:
        done = Event()

        def count() -> None:
            while not done.is_set():
                counters.add(Count.RECEIVED)

        thread = Thread(target=count)
        thread.start()
        try:
            ended = [in_child(lambda: counters.add(Count.WRITTEN)) for _ in range(30)]
        finally:
            done.set()
            thread.join()
        assert ended == [0] * 30
        assert total(folder)["written"] == 30
        assert total(folder)["received"] == counters.of(Count.RECEIVED)


def test_threads_lose_no_count(folder: Path) -> None:
    with closing(Counters(folder)) as counters, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: [counters.add(Count.RECEIVED) for _ in range(2_000)], range(8)))
        assert total(folder)["received"] == 16_000


@given(st.lists(st.tuples(st.sampled_from(list(Count)), st.integers(0, 9), st.sampled_from(["go on", "end", "fold"]))))
def test_folding_changes_no_sum(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Count, int, str]]) -> None:
    folder, counted = tmp_path_factory.mktemp("folding"), Counter[str]()
    counters = Counters(folder)
    for count, number, then in steps:
        counters.add(count, number)
        counted[count] += number
        if then != "go on":
            counters.close()  # the next count is in another file
        if then == "fold":
            folded(folder)
        assert Counter(total(folder)) == counted
    counters.close()


def test_who_dies_after_writing_the_sums_leaves_nothing_that_is_counted_twice(folder: Path) -> None:
    with closing(Counters(folder)) as counters:
        counters.add(Count.WRITTEN, 3)
        counters.close()
        (left,) = files(folder)
        as_it_was = left.read_bytes()
        assert folded(folder) == 1
        left.write_bytes(as_it_was)  # as if it had not been removed any more
        assert total(folder)["written"] == 3
        counters.add(Count.WRITTEN, 4)
        counters.close()
        assert folded(folder) == 1
        assert (files(folder), total(folder)["written"]) == ([], 7)


def test_who_dies_before_the_sums_are_in_place_has_changed_nothing(folder: Path) -> None:
    with closing(Counters(folder)) as counters:
        counters.add(Count.WRITTEN, 3)
    (folder / f"{PAST}.draft").write_bytes(b'{"ver')
    assert total(folder)["written"] == 3
    assert folded(folder) == 1
    assert total(folder)["written"] == 3


def test_many_who_fold_and_count_at_once_agree(folder: Path) -> None:
    def work() -> None:
        for _ in range(20):
            counters = Counters(folder)
            counters.add(Count.RECEIVED)
            counters.close()
            folded(folder)

    children = []
    for _ in range(4):
        pid = os.fork()
        if not pid:
            try:
                work()
            except BaseException:  # noqa: BLE001
                os._exit(1)
            os._exit(0)
        children.append(pid)
    seen = [total(folder)["received"] for _ in range(50)]
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * 4
    assert seen == sorted(seen)  # never twice, and never for a moment less
    assert total(folder)["received"] == 80


def test_a_process_that_died_before_its_first_count_is_nothing(folder: Path) -> None:
    folder.mkdir()
    (folder / f"host-1-1-aa{SUFFIX}").touch()
    assert total(folder)["received"] == 0
    assert folded(folder) == 1


def test_counts_that_only_a_newer_tasksplit_knows_are_kept(folder: Path) -> None:
    folder.mkdir()
    head = b"tasksplit counts 1\nreceived invented_later\n".ljust(HEAD, b"\0")
    path = folder / f"host-1-1-aa{SUFFIX}"
    path.write_bytes(head + (5).to_bytes(8, sys.byteorder) + (6).to_bytes(8, sys.byteorder))
    before = total(folder)
    assert (before["received"], before["invented_later"]) == (5, 6)
    assert (folded(folder), total(folder)) == (1, before)


@pytest.mark.parametrize("name", [f"host-1-1-aa{SUFFIX}", PAST])
def test_what_nobody_of_us_wrote_is_said_and_left(folder: Path, name: str) -> None:
    folder.mkdir()
    (folder / name).write_bytes(b"x" * 1000)
    for call in (total, folded):
        with pytest.raises(StoreError, match="cannot be read as counts"):
            call(folder)
    assert (folder / name).read_bytes() == b"x" * 1000


def test_where_no_file_can_be_made_counting_goes_on(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("not a folder")
    with closing(Counters(tmp_path / "taken")) as counters:
        counters.add(Count.RECEIVED, 2)
        assert counters.of(Count.RECEIVED) == 2
        assert "in memory only" in counters.problem


def test_lost_is_what_was_handed_over_and_never_ended() -> None:
    assert lost(dict(zip(Count, [100, 1, 2, 3, 50, 4, 5, 6, 20, 7], strict=True))) == 50 - 4 - 5 - 6 - 20 - 7
