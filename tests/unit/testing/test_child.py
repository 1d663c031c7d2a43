"""Does a child run as it was told, and is nothing left of it?"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tasksplit.testing.child import PORTS, Child, by_a_lasting_thread, free_port
from tests.unit.testing.processes import gone, killed_after, until

SLEEP = "import time; time.sleep(300)"
UP = "print('up', flush=True);" + SLEEP
PARENT = f"""
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", {SLEEP!r}]).pid, flush=True)
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True);" + SLEEP
OWNER = """
from pathlib import Path
from threading import Thread
from tasksplit.testing.child import Child
import sys, os, time
made = []
def start():
    made.append(Child([sys.executable, "-c", sys.argv[1]], folder=Path.cwd(), log=Path("log"), environment={}))
    if len(sys.argv) > 2:
        return
    assert made[-1].wait_until(lambda: "up" in made[-1].said(), seconds=30)
start()
thread = Thread(target=start)
thread.start()
thread.join()
print(*[child.pid for child in made], flush=True)
time.sleep(300)
"""


class Start:
    """Start Python programs in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[Child] = []

    def __call__(self, program: str, **environment: str) -> Child:
        log = self.folder / "log"
        child = Child([sys.executable, "-c", program], folder=self.folder, log=log, environment=environment)
        self.made.append(child)
        return child


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    start = Start(tmp_path)
    yield start
    for child in start.made:
        child.kill()


def pid_said(child: Child) -> int:
    return int(until(lambda: child.said().strip()))


def test_it_runs_where_it_is_told_with_nothing_but_its_environment(start: Start) -> None:
    child = start("import os; print(os.getcwd(), sorted(os.environ)); raise SystemExit(3)", ONE="1", LC_ALL="C")
    assert child.wait(30) == 3
    assert child.said() == f"{start.folder} ['LC_ALL', 'ONE']\n"


def test_each_says_its_own_in_one_log(start: Start) -> None:
    for word in ("one", "two"):
        child = start(f"print({word!r})")
        child.wait(30)
        assert child.said() == f"{word}\n"
    assert (start.folder / "log").read_text() == "one\ntwo\n"


def test_a_program_that_is_not_there_ends_in_words(tmp_path: Path) -> None:
    child = Child(["no-such-program"], folder=tmp_path, log=tmp_path / "log", environment={"PATH": "/usr/bin"})
    assert child.wait(30) == 127
    assert "no-such-program: " in child.said()


def test_killed_with_all_that_it_started(start: Start) -> None:
    child = start(PARENT + SLEEP)
    grandchild = pid_said(child)
    assert not gone(grandchild)
    assert child.kill() == -signal.SIGKILL
    until(lambda: gone(grandchild))
    assert child.kill() == -signal.SIGKILL  # again: nothing happens


def test_what_it_started_ends_with_it(start: Start) -> None:
    child = start(PARENT)
    assert child.wait(30) == 0
    until(lambda: gone(pid_said(child)))


def test_one_that_does_not_listen_is_killed(start: Start) -> None:
    child = start(DEAF)
    assert child.wait_until(lambda: "deaf" in child.said(), seconds=30)
    assert child.stop(0.2) == -signal.SIGKILL


def test_one_that_listens_is_asked(start: Start) -> None:
    child = start(SLEEP)
    assert child.stop() == -signal.SIGTERM
    child.signal(signal.SIGTERM)  # it has ended: nothing happens


def test_waiting_ends(start: Start) -> None:
    child = start(SLEEP)
    with pytest.raises(TimeoutError, match="still runs"):
        child.wait(0.05)
    assert not child.wait_until(lambda: False, seconds=0.05)
    child.kill()
    assert not child.wait_until(lambda: False, seconds=300)


@pytest.mark.parametrize("when", [["early"], []], ids=["before it asked", "while it runs"])
def test_nothing_outlives_a_killed_owner(tmp_path: Path, when: list[str]) -> None:
    pids = killed_after(OWNER, tmp_path, UP, *when)
    assert len(pids) == 2
    until(lambda: all(gone(pid) for pid in pids))


def test_a_child_outlives_the_thread_that_started_it(start: Start) -> None:
    def ask() -> None:
        child = start(UP)
        assert child.wait_until(lambda: "up" in child.said(), seconds=30)  # only then would the end of a thread matter

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    (child,) = start.made
    with pytest.raises(TimeoutError):  # a child of that thread would be dead at once
        child.wait(0.3)


def test_what_a_lasting_thread_raises_is_raised_where_it_was_asked() -> None:
    caught = []

    def ask() -> None:
        try:
            by_a_lasting_thread(lambda: 1 / 0)
        except ZeroDivisionError as error:
            caught.append(error)
        caught.append(by_a_lasting_thread(os.getpid))

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    assert [str(found) for found in caught] == ["division by zero", str(os.getpid())]


def test_a_free_port_is_free_and_no_clients() -> None:
    port = free_port()
    assert port in PORTS
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
