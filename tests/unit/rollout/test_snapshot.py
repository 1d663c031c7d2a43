"""Does a worker always know its flags, how old they are, and whence, without ever waiting for them?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread, current_thread

import pytest

from tasksplit.errors import StoreError
from tasksplit.model.rollout import Flag, Flags, Source, Stage, Terms
from tasksplit.rollout.kept import keep, kept
from tasksplit.rollout.snapshot import Clock, Local

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Shift:
    """A clock that is moved by hand, and the store of flags beside it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.error: Exception | None = None
        self.told = flags_at(1, Stage.CANARY)

    @property
    def clock(self) -> Clock:
        return Clock(monotonic=lambda: 1000 + self.seconds, now=self.now)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def read(self) -> Flags:
        if self.error is not None:
            raise self.error
        return replace(self.told, read_at=self.now())


def flags_at(revision: int, stage: Stage, *, minute: int | None = None) -> Flags:
    at = NOON + timedelta(minutes=revision if minute is None else minute)
    terms = Terms(share=0.5, allow=frozenset({"žluťoučký", "\ud800"}))
    flag = Flag(handler="build", stage=stage, terms=terms, revision=revision, changed_at=at)
    return Flags(flags={"build": flag}, revision=revision, source=Source.STORE, read_at=NOON)


@pytest.fixture
def shift() -> Shift:
    return Shift()


@pytest.fixture
def local(shift: Shift) -> Iterator[Local]:
    """Yield what a test refreshes by hand: it is closed, so that no thread starts."""
    with closing(Local(shift.read, "one", clock=shift.clock)) as local:
        local.close()
        yield local


def test_who_never_knew_any_says_off(local: Local) -> None:
    flags = local.flags()
    assert (flags.source, flags.of("build").stage, local.age()) == (Source.NEVER, Stage.OFF, None)


def test_what_was_read_is_fresh_for_a_second_and_then_from_memory(local: Local, shift: Shift) -> None:
    local.refresh()
    seen = []
    for shift.seconds in (0.0, 0.5, 0.75, 1.0, 3600.0):
        flags = local.flags()
        seen.append((local.age(), flags.source.value, flags.of("build").stage.value))
    assert seen == [
        (0.0, "store", "canary"),
        (0.5, "store", "canary"),
        (0.75, "store", "canary"),
        (1.0, "memory", "canary"),
        (3600.0, "memory", "canary"),
    ]
    assert "no answer of the store for 3600.0 s" in local.problems()[0]


@pytest.mark.parametrize("error", [StoreError("Found it away."), ValueError("a bug"), MemoryError()])
def test_while_the_store_is_away_the_last_known_stage_holds_and_it_is_said(
    local: Local, shift: Shift, error: Exception
) -> None:
    local.refresh()
    shift.seconds, shift.error = 10.0, error
    local.refresh()
    assert (local.flags().source, local.flags().of("build").stage) == (Source.MEMORY, Stage.CANARY)
    (said,) = local.problems()
    assert "the last known stages hold" in said
    assert str(error) in said
    shift.error, shift.told = None, flags_at(2, Stage.SHADOW)
    local.refresh()
    assert (local.flags().source, local.flags().of("build").stage) == (Source.STORE, Stage.SHADOW)
    assert local.problems() == ()


def test_an_age_counts_from_the_question_not_from_the_answer(shift: Shift) -> None:
    def slow() -> Flags:
        told = shift.read()
        shift.seconds += 5
        return told

    with closing(Local(slow, "one", clock=shift.clock)) as local:
        local.close()
        local.refresh()
        assert local.age() == 5.0
        assert local.flags().source is Source.MEMORY


def test_a_store_that_forgot_everything_does_not_turn_anything_off(local: Local, shift: Shift) -> None:
    shift.told = flags_at(7, Stage.LIVE)
    local.refresh()
    shift.seconds = 2.0
    for shift.told in (Flags(), flags_at(3, Stage.SHADOW)):
        local.refresh()
        assert (local.flags().source, local.flags().of("build").stage) == (Source.MEMORY, Stage.LIVE)
        assert f"the store at revision {shift.told.revision}, and it was at 7 before" in local.problems()[0]
    shift.told = flags_at(1, Stage.SHADOW, minute=8)  # somebody decided anew: that is the truth again
    local.refresh()
    assert (local.flags().source, local.flags().of("build").stage) == (Source.STORE, Stage.SHADOW)
    assert local.problems() == ()


def test_the_thread_reads_again_and_again_and_asking_waits_for_nobody() -> None:
    asked, answered = Event(), Event()

    def hanging() -> Flags:
        asked.set()
        assert answered.wait(60)
        return flags_at(1, Stage.CANARY)

    with closing(Local(hanging, "one", max_age=30.0)) as local:
        assert local.flags().source is Source.NEVER
        assert asked.wait(60)
        assert local.flags().source is Source.NEVER  # asked meanwhile: it did not wait
        answered.set()
        assert local.start(60)
        assert local.flags().of("build").stage is Stage.CANARY


def test_the_thread_outlives_errors_and_learns_of_a_change() -> None:
    told: list[Flags | Exception] = [flags_at(1, Stage.CANARY), ValueError("once"), flags_at(2, Stage.LIVE)]
    last = Event()

    def read() -> Flags:
        now = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(now, Exception):
            raise now
        if now.revision == 2:
            last.set()
        return now

    with closing(Local(read, "one", max_age=0.01)) as local:
        local.start(60)
        assert last.wait(60)


def test_many_threads_that_ask_first_start_one_thread() -> None:
    readers: set[Thread] = set()
    go, read = Event(), Event()

    def reads() -> Flags:
        readers.add(current_thread())
        read.set()
        return flags_at(1, Stage.CANARY)

    with closing(Local(reads, "one", max_age=0.01)) as local:

        def ask() -> None:
            go.wait(60)
            local.flags()

        threads = [Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        go.set()
        for thread in threads:
            thread.join()
        assert read.wait(60)
        assert len(readers) == 1


def test_what_is_kept_is_what_a_later_process_starts_with(shift: Shift, tmp_path: Path) -> None:
    file = tmp_path / "flags"
    with closing(Local(shift.read, "one", file=file, clock=shift.clock)) as first:
        first.close()
        first.refresh()
    assert os.stat(file).st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["flags"]
    shift.seconds, shift.error = 90.0, StoreError("Found it away.")
    with closing(Local(shift.read, "one", file=file, clock=shift.clock)) as second:
        assert not second.start(60)
        flags = second.flags()
        assert (flags.source, flags.of("build"), second.age()) == (Source.FILE, shift.told.of("build"), 90.0)
        assert any("away" in said for said in second.problems())


def test_a_file_is_written_for_a_change_and_now_and_then(shift: Shift, tmp_path: Path) -> None:
    file = tmp_path / "flags"
    with closing(Local(shift.read, "one", file=file, clock=shift.clock)) as local:
        local.close()
        written = []
        for shift.seconds, shift.told in (
            (0.0, flags_at(1, Stage.CANARY)),
            (1.0, flags_at(1, Stage.CANARY)),
            (2.0, flags_at(2, Stage.LIVE)),
            (31.0, flags_at(2, Stage.LIVE)),
            (32.0, flags_at(2, Stage.LIVE)),
        ):
            local.refresh()
            found = kept(file, "one")
            assert found is not None
            written.append((found.revision, found.age(shift.now())))
        assert written == [(1, 0.0), (1, 1.0), (2, 0.0), (2, 29.0), (2, 0.0)]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file.write_bytes(b""), "garbled"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), "garbled"),
        (lambda file: file.write_bytes(file.read_bytes().replace(b"canary", b"live..")), "garbled"),
        (lambda file: file.write_bytes(file.read_bytes().replace(b"flags 1 ", b"flags 2 ")), "another version"),
        (lambda file: file.write_bytes(os.urandom(5000)), "garbled"),
        (lambda file: file.chmod(0o644), "not the worker's alone"),
        (lambda file: (file.unlink(), os.mkfifo(file, 0o600)), "not the worker's alone"),
        (lambda file: (file.rename(f"{file}2"), file.symlink_to(f"{file}2")), "cannot be read"),
        (lambda file: keep(file, flags_at(1, Stage.LIVE), "two"), "of the migration 'two'"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_ignored_and_said(
    shift: Shift, tmp_path: Path, damage: object, said: str
) -> None:
    file = tmp_path / "flags"
    keep(file, flags_at(1, Stage.CANARY), "one")
    assert callable(damage)
    damage(file)
    shift.error = StoreError("Found it away.")
    with closing(Local(shift.read, "one", file=file, clock=shift.clock)) as local:
        assert not local.start(60)
        assert (local.flags().source, local.flags().of("build").stage) == (Source.NEVER, Stage.OFF)
        assert any(said in problem and "ignored" in problem for problem in local.problems())


def test_a_file_that_cannot_be_written_is_said_and_costs_nothing_else(shift: Shift, tmp_path: Path) -> None:
    with closing(Local(shift.read, "one", file=tmp_path / "no" / "flags", clock=shift.clock)) as local:
        local.close()
        local.refresh()
        assert local.flags().source is Source.STORE
        assert "could not be kept" in local.problems()[0]


FORKED = """
import os, sys, threading
from tasksplit.model.rollout import Flag, Flags, Stage
from tasksplit.rollout.snapshot import Local

asked, hang = threading.Event(), threading.Event()
def read():
    asked.set()
    if os.getpid() == parent and known.is_set():
        hang.wait(60)  # the parent's thread is inside a read when the fork happens
    stage = Stage.CANARY if os.getpid() == parent else Stage.LIVE
    flag = Flag(handler="build", stage=stage)
    return Flags(flags={"build": flag}, revision=os.getpid() != parent)

known, parent = threading.Event(), os.getpid()
local = Local(read, "one", max_age=0.05)
assert local.start(60)
known.set(); asked.clear()
assert asked.wait(60)
local._starting.acquire()  # at the worst moment
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        inherited = local.flags().of("build").stage in (Stage.CANARY, Stage.LIVE) and local.age() is not None
        local.start(60)
        os._exit(0 if inherited and local.flags().of("build").stage is Stage.LIVE else 3)
    children.append(child)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
"""


def test_a_forked_child_goes_on_with_what_its_parent_knew_and_reads_for_itself() -> None:
    ended = subprocess.run([sys.executable, "-c", FORKED], check=True, capture_output=True, text=True, timeout=120)
    assert ended.stdout == "[0, 0, 0]\n", ended.stderr
