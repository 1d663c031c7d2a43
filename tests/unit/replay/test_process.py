"""A process that dies or hangs costs the message that it was at; the others go on, and nothing is left behind."""

import glob
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tasksplit.capture.arrival import message
from tasksplit.errors import DeclarationError, ReplayError
from tasksplit.model.message import Message, Side
from tasksplit.replay.process import Job, Lost, SideProcess, together
from tasksplit.replay.side import Replayed
from tasksplit.worlds.scratch import sweep
from tests.unit.replay.replayed import PATH, step
from tests.unit.replay.toy.migration import migration


def _messages(*bad: list[Any], good: int = 3) -> list[Message]:
    """One bad message after each good one."""
    found = []
    for n in range(good):
        found.append(message(migration, f"good-{n}", {"ref": f"g{n}", "steps": [step("build", ["call", "x"])]}))
        found += [
            message(migration, f"bad-{n}", {"ref": f"b{n}", "steps": [step("build", act)]}) for act in bad[n : n + 1]
        ]
    return found


def _job(path: str = PATH, side: Side = Side.LEGACY) -> Job:
    return Job(name="legacy-0", migration=path, side=side)


def _run(messages: list[Message], job: Job | None = None, *, seconds: float = 20.0) -> dict[str, Any]:
    process = SideProcess(job or _job(), messages, seconds=seconds, to_start=max(seconds, 10.0))
    found = {}
    for _side, result in together([process], at_once=1):
        assert result.message not in found
        found[result.message] = result
    assert process.pipe is None
    return found


def _children() -> set[str]:
    me = str(os.getpid())
    found = set()
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = Path(path).read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[1] == me:
            found.add(path)
    return found


def test_messages_come_back_in_order() -> None:
    before = _children()
    messages = [message(migration, f"m{n}", {"ref": f"r{n}"}) for n in range(40)]
    found = _run(messages)
    assert list(found) == [m.id for m in messages]
    assert all(isinstance(r, Replayed) for r in found.values())
    assert _children() == before


@pytest.mark.parametrize(
    ("act", "seconds", "says"),
    [
        (["end", "exit"], 20.0, "its process died"),
        (["end", "kill"], 20.0, "its process died"),
        (["end", "close"], 20.0, "its process died"),
        (["end", "hang"], 2.0, "it did not end within 2 seconds"),
    ],
)
def test_exactly_the_message_that_ended_its_process_is_lost(act: list[Any], seconds: float, says: str) -> None:
    before = _children()
    found = _run(_messages(act), seconds=seconds)
    assert {m: type(r) for m, r in found.items()} == {
        "good-0": Replayed, "bad-0": Lost, "good-1": Replayed, "good-2": Replayed,
    }  # fmt: skip
    assert says in found["bad-0"].reason
    assert "legacy-0" in found["bad-0"].reason
    assert _children() == before


def test_several_messages_may_end_their_process() -> None:
    found = _run(_messages(["end", "exit"], ["end", "kill"], ["end", "exit"]))
    assert [m for m, r in found.items() if isinstance(r, Lost)] == ["bad-0", "bad-1", "bad-2"]


def test_a_message_that_fails_in_our_own_code_is_lost_and_the_process_stays() -> None:
    messages = _messages()
    broken = Message(id="broken", payload={"ref": object}, entry="no such entry", key=None, digest="x")
    found = _run([messages[0], broken, *messages[1:]])
    assert isinstance(found["broken"], Lost)
    assert sum(isinstance(r, Replayed) for r in found.values()) == 3


def test_scratch_databases_are_not_left_behind() -> None:
    before = _orphans()
    _run(_messages(["end", "kill"], ["end", "exit"]))
    deadline = time.monotonic() + 3
    while _orphans() - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _orphans() - before == set()


def _orphans() -> set[str]:
    """Return the files of replays whose process is gone: others may be running beside this test."""
    found = glob.glob("/dev/shm/tasksplit-*") + glob.glob("/tmp/tasksplit-[0-9]*-*")
    return {path for path in found if not os.path.exists(f"/proc/{path.split('-')[1]}")}


def test_a_run_that_is_given_up_leaves_no_process() -> None:
    before = _children()
    results = together([SideProcess(_job(), _messages(good=20))], at_once=1)
    next(results)
    results.close()
    assert _children() == before


def test_long_messages_do_not_make_both_ends_wait_for_each_other() -> None:
    """Neither end reads while it writes: what is under way must fit the pipe, or the reader must be idle."""
    steps = [step("build", ["http", "/s", {"n": "x" * 60_000}])]
    messages = [message(migration, f"m{n}", {"ref": f"r{n}", "pad": "x" * 60_000, "steps": steps}) for n in range(20)]
    found = _run(messages)
    assert list(found) == [m.id for m in messages]
    assert all(isinstance(r, Replayed) for r in found.values())


def test_a_message_longer_than_any_pipe_comes_back() -> None:
    huge = message(migration, "huge", {"ref": "r", "steps": [step("build", ["http", "/s", {"n": "x" * 3_000_000}])]})
    found = _run([*_messages(good=2), huge])
    assert {m: type(r) for m, r in found.items()} == {"good-0": Replayed, "good-1": Replayed, "huge": Replayed}


class Unbuildable:
    """What can be written and not be read again."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (int, ("no number",))


def test_an_answer_that_cannot_be_read_costs_its_message_only(monkeypatch: pytest.MonkeyPatch) -> None:
    process = SideProcess(_job(), _messages(good=2))
    read = pickle.loads

    def loads(content: bytes) -> Any:
        answer = read(content)
        return read(pickle.dumps(Unbuildable())) if getattr(answer[1], "message", "") == "good-0" else answer

    monkeypatch.setattr("tasksplit.replay.process.pickle.loads", loads)
    found = [result for _side, result in together([process], at_once=1)]
    assert [type(r) for r in found] == [Lost, Replayed]
    assert "what came back cannot be read: ValueError" in str(found[0])


def test_a_killed_parent_leaves_no_process_that_hangs(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "from tests.unit.replay.test_process import _job, _messages\n"
        "from tasksplit.replay.process import SideProcess, together\n"
        "process = SideProcess(_job(), _messages(['end', 'hang']))\n"
        "for side, result in together([process], at_once=1):\n"
        "    print(side._process.pid, flush=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while _is_running(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(worker)
    sweep(worker)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("no.such.module:migration", "cannot be imported"),
        ("tests.unit.replay.toy.migration:nothing", "has no 'nothing'"),
        ("tests.unit.replay.toy.migration:view", r"Expected a tasksplit\.Migration"),
    ],
)
def test_a_migration_that_is_not_there_is_a_sentence(path: str, says: str) -> None:
    before = _children()
    with pytest.raises(DeclarationError, match=says):
        _run(_messages(), _job(path))
    assert _children() == before


def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    (tmp_path / "own_migration.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "own_migration:migration"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("raise RuntimeError('no settings')", "cannot be imported: RuntimeError: no settings, at .*own_migration.py:1"),
        ("import sys; sys.exit(4)", "cannot be loaded: SystemExit: 4"),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "cannot be loaded: Refused: socket"),
        ("def broken(:", r"cannot be imported: SyntaxError: .*own_migration.py, line 1\)\."),
    ],
)
def test_a_migration_that_cannot_be_loaded_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    with pytest.raises(DeclarationError, match=says):
        _run(_messages(), _job(_module(tmp_path, monkeypatch, text)))


@pytest.mark.parametrize("text", ["import os; os._exit(4)", "import time; time.sleep(60)"])
def test_a_process_that_ends_before_its_first_message_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    before = _children()
    with pytest.raises(ReplayError, match="ended before its first message"):
        _run(_messages(), _job(_module(tmp_path, monkeypatch, text)), seconds=2.0)
    assert _children() == before


def test_a_task_that_no_worker_knows_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "from dataclasses import replace\n"
        "from tests.unit.replay.toy.migration import migration as toy\n"
        "handlers = [replace(toy.handlers[0], split='toy.nothing'), toy.handlers[1]]\n"
        "migration = replace(toy, handlers=handlers)\n"
    )
    with pytest.raises(DeclarationError, match=r"'toy\.nothing' of handler 'build', which no worker knows"):
        _run(_messages(), _job(_module(tmp_path, monkeypatch, text), Side.SPLIT))


def test_what_the_user_prints_is_not_our_output(capfd: pytest.CaptureFixture[str]) -> None:
    _run(_messages())
    assert capfd.readouterr() == ("", "")
    assert sys.stdout is not None
