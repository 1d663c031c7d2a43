"""What does one look do while others look and move flags too, and what does Celery's beat send?"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from celery import Celery
from celery.beat import Scheduler

from tasksplit.errors import DeclarationError, StoreError
from tasksplit.live.watching import Look, look_once, watch_task
from tasksplit.model.rollout import Change, Flag, Flags
from tasksplit.replay.declared import find
from tasksplit.rollout import Request, plan
from tasksplit.stores import MemoryStore, Store, open_store
from tasksplit.stores.flags_memory import MemoryFlagStore
from tasksplit.stores.flags_protocol import FlagStore, open_flag_store
from tasksplit.stores.live_runs import TRIES
from tests.unit.cli.rolling import PATH, TOYS
from tests.unit.cli.watching import CANARY, EVIDENCE, FLAGS, LIVE, NOW, OFF, SHADOW, STRUCTURE, Worker, at, put
from tests.unit.rollout.flagged import clean


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(TOYS))
    (tmp_path / "reports").mkdir()


class Meddled(MemoryFlagStore):
    """A store in which somebody moves another handler just before a change, so many times."""

    times = 0

    def apply(self, changes: Sequence[Change], expected: int) -> None:
        if self.times and changes[0].who == "tasksplit watch":
            self.times -= 1
            read = self.read()
            stage = SHADOW if read.of("pack").stage is OFF else OFF
            asked = Request(handler="pack", stage=stage, who="bob", when=NOW, because="meanwhile")
            super().apply(plan(read, asked, structure=STRUCTURE, grounds=clean(STRUCTURE)).changes, read.revision)
        super().apply(changes, expected)


class Freed(MemoryFlagStore):
    """A store in which the handler is back already when it is to be stepped back."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.back = False

    def read(self) -> Flags:
        self.reads += 1
        read = super().read()
        return (
            Flags(flags={**read.flags, "bill": Flag(handler="bill", stage=SHADOW)}, revision=read.revision)
            if (self.back and self.reads > 1)
            else read
        )


def look(flags: FlagStore, evidence: Store) -> Look:
    return look_once(find(PATH), flags=flags, evidence=evidence, now=lambda: NOW)


def bad() -> MemoryStore:
    evidence = MemoryStore()
    Worker(evidence).shows("bill", mismatch=9)
    return evidence


def test_it_goes_on_when_others_moved_something_meanwhile() -> None:
    flags = Meddled()
    put(flags, bill=CANARY)
    flags.times = 1
    (change,) = look(flags, bad()).changes
    assert (change.handler, change.after.stage, change.when) == ("bill", SHADOW, NOW)
    assert at(flags)["pack"] == "shadow"


def test_a_look_that_could_not_step_back_is_taken_again() -> None:
    flags, evidence = Meddled(), bad()
    put(flags, bill=CANARY)
    flags.times = TRIES
    with pytest.raises(StoreError, match=r"bob the last of them.*the next look tries again"):
        look(flags, evidence)
    assert at(flags)["bill"] == "canary"
    assert flags.times == 0
    assert evidence.streams("watch/") == ()
    assert look(flags, evidence).changes


def test_the_second_of_two_watches_finds_it_stepped_back() -> None:
    flags, evidence = Freed(), bad()
    put(flags, bill=CANARY)
    flags.reads, flags.back = 0, True
    seen = look(flags, evidence)
    assert [each.handler for each in seen.sights if each.why] == ["bill"]
    assert seen.changes == ()


def test_where_nothing_is_new_nothing_is_written() -> None:
    flags, evidence = MemoryFlagStore(), MemoryStore()
    put(flags, bill=CANARY)
    Worker(evidence).shows("bill", match=10, mismatch=1)
    look(flags, evidence)
    kept = evidence.streams("watch/")
    look_once(find(PATH), flags=flags, evidence=evidence)  # at another time
    assert evidence.streams("watch/") == kept == ("watch/toy/000000000001",)


def test_of_two_watches_whoever_saves_last_counts_each_pair_once() -> None:
    flags, evidence, early = MemoryFlagStore(), MemoryStore(), MemoryStore()
    put(flags, bill=CANARY)
    worker, same = Worker(evidence), Worker(early)
    for each in (worker, same):
        each.shows("bill", match=10, mismatch=1)
    look(flags, early)
    worker.shows("bill", match=10)
    look(flags, evidence)
    (slow,) = early.streams("watch/")
    evidence.append(slow, early.read(slow))  # a watch that read the evidence before, and saved after
    assert [each.new for each in look(flags, evidence).sights] == [10]
    assert [each.new for each in look(flags, evidence).sights] == [0]


# --- Celery's beat ----------------------------------------------------------------------------------------------------


def test_beat_sends_a_task_that_looks_once(caplog: pytest.LogCaptureFixture) -> None:
    with closing(open_store(EVIDENCE)) as store, closing(open_flag_store(FLAGS, "toy")) as flags:
        _looks_when_sent(store, flags, caplog)


def _looks_when_sent(store: Store, flags: FlagStore, caplog: pytest.LogCaptureFixture) -> None:
    theirs = Celery("theirs", broker="memory://", set_as_current=False)
    theirs.conf.task_default_queue = "theirs.watched"  # queues in memory are those of all tests
    name = watch_task(theirs, PATH, store=FLAGS, evidence=EVIDENCE, every=30)
    other = Celery("other", broker="memory://", set_as_current=False)
    entry = theirs.conf.beat_schedule[name]
    assert (entry["task"], entry["schedule"], entry["options"]) == (name, 30, {"expires": 30})
    assert name not in other.tasks
    beat = Scheduler(theirs)
    beat.apply_async(beat.schedule[name])
    with theirs.connection_for_read() as connection, closing(connection.SimpleQueue("theirs.watched")) as queue:
        message = queue.get(block=False)
        message.ack()
    assert message.headers["task"] == name
    put(flags, bill=LIVE)
    with caplog.at_level(logging.WARNING):
        theirs.tasks[name]()
    assert "no pair was ever compared" in caplog.text
    Worker(store).shows("bill", mismatch=9)
    with caplog.at_level(logging.WARNING):
        theirs.tasks[name]()
    assert at(flags)["bill"] == "shadow"
    assert "bill stepped back from live to shadow: 9 of the latest 9 pairs differ" in caplog.text


def test_what_is_no_migration_is_said_by_the_task() -> None:
    theirs = Celery("theirs", broker="memory://", set_as_current=False)
    name = watch_task(theirs, "moving_toy:view", store=FLAGS, evidence=EVIDENCE)
    with pytest.raises(DeclarationError, match=r"expected|Expected a tasksplit\.Migration"):
        theirs.tasks[name]()
