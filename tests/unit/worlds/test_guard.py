"""Whatever wants to leave a replay is refused, in every thread, with the line of the user that tried it."""

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from tasksplit.worlds import guard
from tasksplit.worlds.sink import Refused
from tests.unit.worlds.sinks import listening

OUTSIDE = Path(__file__).with_name("must-not-be-there.txt")  # beside this file: no temporary folder


@pytest.fixture
def armed() -> Iterator[None]:
    guard.arm()
    guard.ALARMS.clear()
    try:
        yield
    finally:
        guard.disarm()
        guard.ALARMS.clear()


def _connect() -> None:
    with socket.socket() as out:
        out.settimeout(0.2)
        out.connect(("127.0.0.1", 9))


def _sendto() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as out:
        out.sendto(b"x", ("127.0.0.1", 9))


def _sendmsg() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as out:
        out.sendmsg([b"x"], [], 0, ("127.0.0.1", 9))


def _connect_ex() -> None:
    with socket.socket() as out:
        out.settimeout(0.2)
        out.connect_ex(("127.0.0.1", 9))


def _unix() -> None:
    with socket.socket(socket.AF_UNIX) as out:
        out.connect("/nowhere")


def _write() -> None:
    OUTSIDE.write_text("x")


LEAVING = [
    _connect,
    _connect_ex,
    _sendto,
    _sendmsg,
    _unix,
    lambda: socket.getaddrinfo("localhost", 80),
    lambda: socket.create_connection(("127.0.0.1", 9), timeout=0.2),
    lambda: subprocess.run(["true"], check=False),
    lambda: os.system("true"),
    lambda: os.popen("true"),
    os.fork,
    lambda: os.posix_spawn("/bin/true", ["true"], {}),
    lambda: os.kill(os.getpid(), 0),
    lambda: os.execv("/bin/true", ["true"]),
    lambda: sqlite3.connect(":memory:"),
    lambda: create_engine("sqlite://").connect(),
    _write,
    lambda: open(OUTSIDE, "ab"),  # noqa: SIM115  # it never opens
    lambda: os.open(OUTSIDE, os.O_WRONLY | os.O_CREAT),
    lambda: os.mkdir(OUTSIDE),
    lambda: os.remove(__file__),
    lambda: os.rename(__file__, OUTSIDE),
    lambda: os.rename(os.path.join(tempfile.gettempdir(), "in"), OUTSIDE),
    lambda: os.symlink(__file__, OUTSIDE),
    lambda: os.chmod(__file__, 0o644),
    lambda: os.chown(__file__, -1, -1),
    lambda: os.utime(__file__),
    lambda: os.truncate(__file__, 10**9),
]


@pytest.mark.usefixtures("armed")
@pytest.mark.parametrize("leave", LEAVING)
def test_what_wants_to_leave_is_refused_and_named(leave: Callable[[], Any]) -> None:
    with listening() as sink, pytest.raises(Refused, match="declare it in the migration"):
        leave()
    assert len(sink.alarms) == 1
    assert __file__.rsplit("/", 1)[1] in sink.alarms[0].site
    assert not OUTSIDE.exists()


@pytest.mark.usefixtures("armed")
def test_the_site_is_the_line_of_the_user() -> None:
    with listening() as sink, pytest.raises(Refused):
        subprocess.run(["true"], check=False)  # this line
    with open(__file__) as text:
        here = next(n for n, line in enumerate(text, 1) if "# this line" in line)
    assert sink.alarms[0].site.endswith(f"test_guard.py:{here} in test_the_site_is_the_line_of_the_user")
    assert sink.alarms[0].event == "subprocess.Popen"


@pytest.mark.usefixtures("armed")
@pytest.mark.parametrize(
    "start",
    [
        lambda: subprocess.run(["curl", "-H", "Authorization: hidden"], check=False),
        lambda: os.system("curl -H hidden"),
        lambda: os.posix_spawn("curl", ["curl", "hidden"], {}),
    ],
)
def test_a_refused_program_is_named_without_its_arguments(start: Callable[[], Any]) -> None:
    with listening() as sink, pytest.raises(Refused):
        start()
    assert sink.alarms[0].target == "'curl'"


@pytest.mark.usefixtures("armed")
def test_no_except_of_the_user_swallows_a_refusal() -> None:
    def careless() -> str:
        try:
            _connect()
        except Exception:  # noqa: BLE001  # as users write it
            return "swallowed"
        return "went out"

    with listening() as sink, pytest.raises(Refused):
        careless()
    assert sink.alarms


@pytest.mark.usefixtures("armed")
@pytest.mark.parametrize("leave", [_connect, _sendto, _write])
def test_a_new_thread_is_refused_too(leave: Callable[[], Any]) -> None:
    caught: list[BaseException] = []

    def work() -> None:
        try:
            leave()
        except BaseException as error:  # noqa: BLE001  # it is asserted below
            caught.append(error)

    with listening() as sink:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert isinstance(caught[0], Refused)
    assert len(sink.alarms) == 1


def test_a_file_beside_the_temporary_folder_of_the_replay_is_refused(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("armed")  # after the folder was made
    with pytest.raises(Refused):
        (tmp_path / "left-behind").write_text("x")
    assert not (tmp_path / "left-behind").exists()


def test_temporary_files_are_where_they_were_after_a_replay() -> None:
    before = (tempfile.gettempdir(), os.environ.get("TMPDIR"))
    guard.arm()
    inside = tempfile.gettempdir()
    guard.disarm()
    assert (tempfile.gettempdir(), os.environ.get("TMPDIR")) == before
    assert inside != before[0]
    assert not Path(inside).exists()


@pytest.mark.usefixtures("armed")
def test_what_stays_inside_passes() -> None:
    inside = Path(tempfile.mkdtemp())
    (inside / "new").mkdir()
    (inside / "new" / "file").write_text("x")
    os.rename(inside / "new" / "file", inside / "other")
    (inside / "other").unlink()
    assert Path(__file__).read_text()
    with open(os.devnull, "w") as nothing:
        nothing.write("x")
    left, right = socket.socketpair()
    left.send(b"x")
    left.close()
    right.close()
    assert guard.ALARMS == []


@pytest.mark.usefixtures("armed")
def test_our_own_doings_pass_and_only_they() -> None:
    with guard.allowed():
        sqlite3.connect(":memory:").close()
    with pytest.raises(Refused):
        sqlite3.connect(":memory:")


@pytest.mark.usefixtures("armed")
def test_another_thread_is_refused_while_we_do_something_of_our_own() -> None:
    caught: list[BaseException] = []
    inside, tried = threading.Event(), threading.Event()

    def work() -> None:
        inside.wait(5)
        try:
            sqlite3.connect(":memory:").close()
        except BaseException as error:  # noqa: BLE001  # it is asserted below
            caught.append(error)
        tried.set()

    thread = threading.Thread(target=work)
    thread.start()
    with guard.allowed():
        inside.set()
        tried.wait(5)
    thread.join()
    assert [type(e) for e in caught] == [Refused]


def test_a_guard_that_is_stood_down_refuses_nothing() -> None:
    guard.arm()
    guard.disarm()
    subprocess.run(["true"], check=True)
    sqlite3.connect(":memory:").close()


def test_an_alarm_outside_a_message_is_kept() -> None:
    guard.arm()
    try:
        with pytest.raises(Refused):
            _connect()
        assert [a.event for a in guard.ALARMS] == ["socket.connect"]
    finally:
        guard.disarm()
        guard.ALARMS.clear()


UNDECLARED = """
import sys
from sqlalchemy import create_engine, event, text, Engine
from tasksplit.worlds import guard
from tasksplit.worlds.scratch import refuse_other_engines
from tasksplit.worlds.sink import Refused

opened = create_engine("sqlite://")
pooled = opened.connect()  # a connection that is open already
pooled.close()
refuse_other_engines()
create_engine("sqlite://").connect().close()  # nothing is armed yet
guard.arm()
try:
    create_engine("sqlite://").connect()
except Refused as error:
    assert "not declared" in str(error), error
else:
    sys.exit("a new engine went out")
"""


def test_an_engine_that_nobody_declared_is_refused() -> None:
    done = subprocess.run([sys.executable, "-c", UNDECLARED], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr


def test_the_guard_costs_little() -> None:
    guard.arm()
    try:
        began = time.perf_counter()
        for _ in range(1000):
            with open(os.devnull, "w"):
                pass
        assert time.perf_counter() - began < 2
    finally:
        guard.disarm()
