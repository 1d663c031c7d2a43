"""Does what was handed over leave the process or get counted, and does nobody wait for it?"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tasksplit.live.counted import folded, lost, total
from tasksplit.live.counters import Count, Counters
from tasksplit.live.outbox import Outbox

# these tests fork on purpose, also while threads run
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


class Broker:
    """What was sent, as batches of records; it can be away, and it can hang."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.away = False
        self.asked = 0
        self.open = threading.Event()
        self.open.set()
        self.reached = threading.Event()

    def seal(self, records: Sequence[bytes]) -> bytes:
        return b"|".join(records)

    def send(self, sealed: bytes) -> None:
        self.asked += 1
        self.reached.set()
        self.open.wait(30)
        if self.away:
            raise ConnectionError("nobody there")
        self.batches.append(sealed.split(b"|"))

    @property
    def records(self) -> list[bytes]:
        return [record for batch in self.batches for record in batch]


@pytest.fixture
def counters(tmp_path: Path) -> Iterator[Counters]:
    with closing(Counters(tmp_path / "counts")) as counters:
        yield counters


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.open.set()


def made(record: bytes) -> Callable[[], bytes]:
    return lambda: record


def until(true: Callable[[], object], what: str = "it") -> None:
    """Wait for a condition; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.002)


def outbox(broker: Broker, counters: Counters, **bounds: Any) -> Outbox:
    settings = {"batch_seconds": 0.01, "waits": (0.01, 0.01), **bounds}
    return Outbox(broker.send, broker.seal, counters, **settings)


def counts(counters: Counters) -> dict[str, int]:
    return {count: counters.of(count) for count in Count if counters.of(count)}


def test_what_was_put_is_sent_in_order_and_in_batches(broker: Broker, counters: Counters) -> None:
    box = outbox(broker, counters, batch_bytes=1_000)
    records = [b"%03d" % n * 50 for n in range(100)]
    assert all(box.put(len(record), made(record)) for record in records)
    box.start()
    until(lambda: counters.of(Count.WRITTEN) == 100)
    assert broker.records == records
    assert {len(batch) for batch in broker.batches} == {7, 2}  # 7 are the first to reach 1,000 bytes
    assert counts(counters) == {"handed_over": 100, "written": 100}
    box.stop(1)


def test_few_wait_no_longer_than_a_batch_may_take(broker: Broker, counters: Counters) -> None:
    box = outbox(broker, counters)
    box.start()
    box.start()  # is nothing
    assert sum(thread.name == "tasksplit outbox" for thread in threading.enumerate()) == 1
    box.put(1, made(b"alone"))
    until(lambda: broker.records == [b"alone"])
    box.stop(1)


def test_a_whole_batch_does_not_wait_for_its_time(broker: Broker, counters: Counters) -> None:
    box = outbox(broker, counters, batch_bytes=100, batch_seconds=3600)
    box.start()
    box.put(100, made(b"x" * 100))
    until(lambda: broker.records)
    box.stop(1)


def test_nothing_is_made_where_it_is_put(broker: Broker, counters: Counters) -> None:
    threads: list[threading.Thread] = []

    def make() -> bytes:
        threads.append(threading.current_thread())
        return b"x"

    box = outbox(broker, counters)
    box.put(1, make)
    assert threads == []
    box.start()
    until(lambda: threads)
    assert threads[0].name == "tasksplit outbox"
    box.stop(1)


def test_what_is_too_much_is_shed_and_nobody_waits(broker: Broker, counters: Counters) -> None:
    broker.open.clear()
    box = outbox(broker, counters, max_bytes=1_000, batch_bytes=100)
    box.start()
    box.put(200, made(b"x" * 200))
    until(broker.reached.is_set)
    before = time.monotonic()
    kept = [box.put(200, made(b"y" * 200)) for _ in range(500)]
    assert time.monotonic() - before < 5
    assert kept == [True] * 5 + [False] * 495
    assert not box.put(251, made(b"")), "larger than a quarter of all"
    broker.open.set()
    until(lambda: counters.of(Count.WRITTEN) == 6)
    assert counts(counters) == {"handed_over": 502, "written": 6, "shed_full": 495, "shed_large": 1}
    assert box.put(200, made(b"z"))  # there is room again
    box.stop(1)


def test_what_turns_out_too_large_is_shed(broker: Broker, counters: Counters) -> None:
    box = outbox(broker, counters, max_bytes=1_000)
    box.put(1, made(b"x" * 251))
    box.put(1, made(b"small"))
    box.start()
    until(lambda: broker.records == [b"small"])
    box.stop(1)
    assert counts(counters) == {"handed_over": 2, "shed_large": 1, "written": 1}


class NoException(BaseException):
    """What refuses to leave a replay is none either."""


@pytest.mark.parametrize("error", [ValueError, NoException, SystemExit])
def test_what_cannot_be_made_is_counted_and_not_repeated_in_the_log(
    broker: Broker, counters: Counters, caplog: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    def fails() -> bytes:
        raise error("password=hunter2")

    box = outbox(broker, counters)
    box.put(1, fails)
    box.put(1, made(b"next"))
    box.start()
    until(lambda: broker.records == [b"next"])
    box.stop(1)
    assert counts(counters) == {"handed_over": 2, "not_made": 1, "written": 1}
    assert error.__name__ in caplog.text
    assert "hunter2" not in caplog.text


def test_what_cannot_be_sealed_is_counted(broker: Broker, counters: Counters) -> None:
    def seal(records: Sequence[bytes]) -> bytes:
        if b"bad" in records:
            raise ValueError
        return broker.seal(records)

    box = Outbox(broker.send, seal, counters, batch_bytes=1, batch_seconds=0.01)
    for record in (b"bad", b"good"):
        box.put(1, made(record))
    box.start()
    until(lambda: broker.records == [b"good"])
    box.stop(1)
    assert counts(counters) == {"handed_over": 2, "not_made": 1, "written": 1}


def test_a_broker_that_is_away_is_asked_a_few_times_and_then_it_is_counted(
    broker: Broker, counters: Counters, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    broker.away = True
    box = outbox(broker, counters, batch_bytes=1)
    box.put(1, made(b"a"))
    box.put(1, made(b"b"))
    box.start()
    until(lambda: counters.of(Count.WRITE_FAILED) == 2)
    assert broker.asked == 6  # three times each
    broker.away = False
    box.put(1, made(b"c"))
    until(lambda: broker.records == [b"c"])
    box.stop(1)
    assert counts(counters) == {"handed_over": 3, "write_failed": 2, "written": 1}
    assert caplog.text.count("cannot be sent") == 1
    assert caplog.text.count("sent again") == 1


def test_a_short_absence_costs_nothing(broker: Broker, counters: Counters) -> None:
    broker.away = True
    box = outbox(broker, counters, waits=(0.05,) * 100)
    box.put(1, made(b"a"))
    box.start()
    until(lambda: broker.asked > 1)
    broker.away = False
    until(lambda: broker.records == [b"a"])
    box.stop(1)
    assert counts(counters) == {"handed_over": 1, "written": 1}


def test_stop_sends_what_waits(broker: Broker, counters: Counters) -> None:
    box = outbox(broker, counters, batch_bytes=10, batch_seconds=3600)
    box.start()
    for n in range(20):
        box.put(1, made(b"%02d" % n))
    box.stop(10)
    assert len(broker.records) == 20
    assert not box.put(1, made(b"late"))
    box.start()  # stays stopped
    assert counts(counters) == {"handed_over": 21, "written": 20, "write_failed": 1}
    assert not [thread for thread in threading.enumerate() if thread.name == "tasksplit outbox"]


def test_stop_ends_in_time_while_the_broker_is_away(broker: Broker, counters: Counters) -> None:
    broker.away = True
    box = outbox(broker, counters, batch_bytes=1, waits=(3600,))
    for _ in range(5):
        box.put(1, made(b"x"))
    box.start()
    until(lambda: broker.asked)
    before = time.monotonic()
    box.stop(0.5)
    assert time.monotonic() - before < 5
    assert counts(counters) == {"handed_over": 5, "write_failed": 5}


def test_stop_leaves_a_sending_that_hangs(broker: Broker, counters: Counters) -> None:
    broker.open.clear()
    box = outbox(broker, counters, batch_bytes=1)
    box.start()
    box.put(1, made(b"hangs"))
    until(broker.reached.is_set)
    box.put(1, made(b"waits"))
    box.stop(0.05)
    assert counts(counters) == {"handed_over": 2, "write_failed": 1}
    broker.open.set()
    until(lambda: counters.of(Count.WRITTEN) == 1)  # it ended after all


def test_stop_without_a_start_counts_what_nobody_sent(broker: Broker, counters: Counters) -> None:
    box = outbox(broker, counters)
    box.put(1, made(b"x"))
    box.stop(1)
    assert counts(counters) == {"handed_over": 1, "write_failed": 1}


def test_a_fork_has_an_empty_one_of_its_own_that_works(broker: Broker, counters: Counters, tmp_path: Path) -> None:
    broker.open.clear()
    box = outbox(broker, counters, batch_bytes=1)
    box.start()
    box.put(1, made(b"hangs in the parent"))
    until(broker.reached.is_set)
    box.put(1, made(b"waits in the parent"))
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            box._send = lambda sealed: os.write(writing, sealed)  # type: ignore[assignment]
            assert box.put(1, made(b"of the child"))
            box.start()
            box.stop(10)
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert pipe.read() == b"of the child"
    os.waitpid(pid, 0)
    broker.open.set()
    until(lambda: counters.of(Count.WRITTEN) == 2)
    assert broker.records == [b"hangs in the parent", b"waits in the parent"]
    summed = total(tmp_path / "counts")
    assert (summed["handed_over"], summed["written"], lost(summed)) == (3, 3, 0)
    box.stop(1)


def test_of_many_threads_everything_is_accounted_for(broker: Broker, counters: Counters) -> None:
    box = outbox(broker, counters, max_bytes=20_000, batch_bytes=500)
    box.start()

    def work(thread: int) -> list[bytes]:
        records = [b"%d-%03d" % (thread, n) for n in range(500)]
        return [record for record in records if box.put(50, made(record))]

    with ThreadPoolExecutor(8) as pool:
        kept = [record for records in pool.map(work, range(8)) for record in records]
    box.stop(10)
    assert sorted(broker.records) == sorted(kept)
    assert counters.of(Count.HANDED_OVER) == 4_000
    assert counters.of(Count.WRITTEN) + counters.of(Count.SHED_FULL) == 4_000


def test_a_time_limit_in_the_middle_of_put_leaves_it_working(broker: Broker, counters: Counters) -> None:
    """Celery raises a soft time limit wherever the thread is. Here it is raised at every line of ours in turn."""

    class TimeLimit(Exception):
        pass

    box = outbox(broker, counters, batch_bytes=1, batch_seconds=0.01)
    box.start()

    def interrupted(at: int) -> bool:
        left = [at]

        def trace(frame: Any, event: str, _arg: object) -> Any:
            if "tasksplit" not in frame.f_code.co_filename and "threading" not in frame.f_code.co_filename:
                return None
            frame.f_trace_opcodes = True
            if event == "opcode":
                left[0] -= 1
                if left[0] == 0:
                    raise TimeLimit
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            box.put(1, made(b"x"))
        except TimeLimit:
            return True
        finally:
            sys.settrace(before)
        return False

    at = 1
    while interrupted(at):
        at += 1
    assert at > 50
    assert box.put(1, made(b"the last"))
    until(lambda: b"the last" in broker.records)
    box.stop(5)
    assert box._waiting.held == 0


KILLED = """
import sys, time
from pathlib import Path
from tasksplit.live.counters import Counters
from tasksplit.live.outbox import Outbox
sent = []
def send(sealed):
    if len(sent) == 4:
        print("hangs", flush=True)
        time.sleep(60)
    sent.append(sealed)
box = Outbox(send, b"".join, Counters(Path(sys.argv[1])), max_bytes=1000, batch_bytes=10, batch_seconds=0.01)
for _ in range(150):
    box.put(10, lambda: b"0123456789")
box.start()
time.sleep(60)
"""


def test_what_a_killed_process_had_not_sent_is_known_to_be_lost(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "hangs\n"
        process.kill()
    summed = total(tmp_path)
    assert {name: number for name, number in summed.items() if number} == {
        "handed_over": 150, "shed_full": 50, "written": 4,
    }  # fmt: skip
    assert lost(summed) == 96
    assert folded(tmp_path) == 1
    assert total(tmp_path) == summed
