"""`tasksplit watch`: what does it step back, what does it say, and what does it leave alone?"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery
from celery.beat import Scheduler
from rich.console import Console
from typer.testing import CliRunner

from tasksplit.cli import app
from tasksplit.cli.rollout_flags import Kept
from tasksplit.cli.watch import Watch
from tasksplit.errors import DeclarationError, StoreError
from tasksplit.live.watching import TRIES, Look, look_once, watch_task
from tasksplit.model.evidence import Evidence, Ledger, Tally
from tasksplit.model.rollout import Change, Flag, Flags, Stage
from tasksplit.replay.declared import find
from tasksplit.rollout import Request, Structure, plan
from tasksplit.stores import Archive, MemoryStore, Store, open_store
from tasksplit.stores.flags_memory import MemoryFlagStore
from tasksplit.stores.flags_protocol import FlagStore, open_flag_store
from tests.unit.cli.rolling import NAMES, PATH
from tests.unit.rollout.flagged import clean

EVIDENCE, FLAGS = "sqlite:///reports/evidence.db", "sqlite:///reports/rollout.db"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OFF, SHADOW, CANARY, LIVE, RETIRED = Stage
STRUCTURE = Structure(handlers=("pack", "ship", "bill"), groups=(frozenset({"pack", "ship"}),))


@pytest.fixture(autouse=True)
def _here(folder: Path) -> None:
    (folder / "reports").mkdir()


class Worker:
    """A shadow worker, as far as the evidence store knows it."""

    def __init__(self, store: Store, name: str = "20261121T100000.000000", code: str = "one") -> None:
        self._archive, self._name, self._code, self._saved = Archive(store), name, code, 0
        self._tallies = dict.fromkeys(NAMES, Tally())
        self._keys: dict[str, dict[str, bool]] = {name: {} for name in NAMES}

    def shows(self, handler: str, match: int = 0, mismatch: int = 0, keys: Sequence[str] = ("k",)) -> None:
        """Save what it has shown so far and this besides, as a worker does: in place of what it saved before."""
        self._tallies[handler] += Tally(match=match, mismatch=mismatch)
        for number, key in enumerate(keys):
            self._keys[handler][key] = self._keys[handler].get(key, False) or number < mismatch
        last = f"{self._name}-{self._saved:06}-live"
        self._saved += 1
        found = [Evidence(handler=name, tally=self._tallies[name], keys=self._keys[name]) for name in NAMES]
        meta = {"form": "live", "versions": {"code": self._code}}
        self._archive.save_run(f"{self._name}-{self._saved:06}-live", found, Ledger(), meta)
        self._archive.forget_run(last)


def put(flags: FlagStore, **stages: Stage) -> None:
    """Move handlers up to their stages."""
    for handler, stage in stages.items():
        for each in tuple(Stage)[1 : stage.position + 1]:
            read = flags.read()
            asked = Request(handler=handler, stage=each, who="ann", when=NOW, because="CHG-112")
            flags.apply(plan(read, asked, structure=STRUCTURE, grounds=clean(STRUCTURE)).changes, read.revision)


def at(flags: FlagStore) -> dict[str, str]:
    return {name: flags.read().of(name).stage.value for name in NAMES}


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(open_store(EVIDENCE)) as opened:
        yield opened


@pytest.fixture
def flags() -> Iterator[FlagStore]:
    with closing(open_flag_store(FLAGS, "toy")) as opened:
        yield opened


def watch(*more: str) -> tuple[int, str]:
    """Return how `tasksplit watch --once` ends, and what it prints."""
    arguments = ["watch", "--once", "--migration", PATH, *more]
    ended = CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.exit_code, ended.output


# --- the command ------------------------------------------------------------------------------------------------------


def test_a_bad_handler_is_stepped_back_with_its_numbers_in_the_history(store: Store, flags: FlagStore) -> None:
    worker = Worker(store)
    put(flags, bill=LIVE)
    worker.shows("bill", match=100_000)
    assert watch() == (0, "bill (live): 100,000 new pairs\n")
    worker.shows("bill", match=5, mismatch=5)
    code, said = watch()
    assert code == 1
    assert (
        "bill: live → shadow  by tasksplit watch, because 5 of the latest 10 pairs differ, more often than 1 %" in said
    )
    assert at(flags)["bill"] == "shadow"
    (change,) = flags.history("bill", limit=1)
    assert (change.who, change.forced) == ("tasksplit watch", False)
    assert change.why.startswith("5 of the latest 10 pairs differ")
    assert change.evidence["run"] == "20261121T100000.000000"
    assert watch() == (0, "no handler is in canary or live: nothing is watched\n")


def test_it_alarms_at_its_first_look_too(store: Store, flags: FlagStore) -> None:
    put(flags, bill=CANARY)
    Worker(store).shows("bill", match=5, mismatch=5)
    assert watch()[0] == 1
    assert at(flags)["bill"] == "shadow"


def test_a_group_goes_together_and_dispatch_goes_along(store: Store, flags: FlagStore) -> None:
    put(flags, pack=LIVE, bill=LIVE, dispatch=LIVE)
    assert at(flags) == dict.fromkeys(NAMES, "live")
    Worker(store).shows("ship", mismatch=17)
    code, said = watch()
    assert code == 1
    assert at(flags) == {"dispatch": "shadow", "pack": "shadow", "ship": "shadow", "bill": "live"}
    assert "goes with 'ship', since they are one group" in said
    assert "since dispatch needs every handler live" in said


@pytest.mark.parametrize("stage", [OFF, SHADOW, RETIRED])
def test_only_canary_and_live_are_stepped_back(store: Store, flags: FlagStore, stage: Stage) -> None:
    put(flags, bill=stage)
    Worker(store).shows("bill", mismatch=50)
    assert watch()[0] == 0
    assert at(flags)["bill"] == stage


def test_what_it_saw_in_shadow_does_not_count_when_the_handler_acts(store: Store, flags: FlagStore) -> None:
    worker = Worker(store)
    worker.shows("bill", mismatch=50)
    put(flags, bill=SHADOW)
    assert watch()[0] == 0
    put(flags, bill=CANARY)
    worker.shows("bill", match=20)
    assert watch() == (0, "bill (canary): 20 new pairs\n")


def test_after_a_step_back_it_begins_anew(store: Store, flags: FlagStore) -> None:
    worker = Worker(store)
    put(flags, bill=CANARY)
    worker.shows("bill", mismatch=9)
    assert watch()[0] == 1
    put(flags, bill=CANARY)  # before the next look
    worker.shows("bill", match=3)
    assert watch() == (0, "bill (canary): 3 new pairs\n")
    worker.shows("bill", mismatch=9)
    assert watch()[0] == 1


def test_workers_beside_each_other_add_up_and_a_new_one_of_them_is_not_counted_twice(
    store: Store, flags: FlagStore
) -> None:
    put(flags, bill=CANARY)
    one, other = Worker(store), Worker(store, "20261121T100500.000000")
    one.shows("bill", match=50, mismatch=1)
    other.shows("bill", match=49)
    assert watch() == (0, "bill (canary): 100 new pairs\n")
    assert watch() == (0, "bill (canary): 0 new pairs\n")
    one.shows("bill", mismatch=2)
    other.shows("bill", mismatch=2)
    assert watch()[0] == 1


def test_other_code_is_other_evidence(store: Store, flags: FlagStore) -> None:
    put(flags, bill=CANARY)
    Worker(store).shows("bill", match=100, mismatch=2)
    assert watch()[0] == 0
    Worker(store, "20261121T110000.000000", code="two").shows("bill", match=5, mismatch=1)
    assert watch() == (0, "bill (canary): 6 new pairs\n")


def test_one_key_of_many_that_differs_on_and_on_is_told_and_nothing_is_moved(store: Store, flags: FlagStore) -> None:
    worker = Worker(store)
    put(flags, bill=LIVE)
    worker.shows("bill", match=300, keys=[f"k{number}" for number in range(300)])
    assert watch()[0] == 0
    worker.shows("bill", mismatch=17, keys=["k7"])
    code, said = watch()
    assert code == 3
    assert "1 of 300 keys ever differed, and the bar allows 3" in said
    assert at(flags)["bill"] == "live"
    worker.shows("bill", match=2, mismatch=6, keys=[f"k{number}" for number in range(20, 28)])
    assert watch()[0] == 1


def test_no_evidence_is_not_all_is_well(flags: FlagStore) -> None:
    put(flags, bill=LIVE)
    code, said = watch()
    assert code == 3
    assert "no pair was ever compared" in said


def test_a_state_that_cannot_be_read_is_as_if_there_was_none(store: Store, flags: FlagStore) -> None:
    put(flags, bill=CANARY)
    Worker(store).shows("bill", match=7)
    store.append("watch/toy/000000000009", [b'{"version": 99}'])
    assert watch() == (0, "bill (canary): 7 new pairs\n")
    assert store.streams("watch/") == ("watch/toy/000000000010",)


def test_the_state_stays_one_document(store: Store, flags: FlagStore) -> None:
    worker = Worker(store)
    put(flags, bill=CANARY)
    for _ in range(3):
        worker.shows("bill", match=1)
        watch()
    (stream,) = store.streams("watch/")
    assert len([*store.read(stream)]) == 1


def test_a_handler_of_which_nothing_comes_for_an_hour_is_said_not_to_be_watched(flags: FlagStore, store: Store) -> None:
    put(flags, bill=LIVE)
    Worker(store).shows("bill", match=7)
    look_once(find(PATH), flags=flags, evidence=store, now=lambda: NOW - timedelta(days=900))
    code, said = watch()
    assert code == 0
    assert "bill (live): no pair for " in said
    assert "what it does is not seen, and not watched" in said


@pytest.mark.parametrize("more", [("--arl", "0"), ("--every", "0")], ids=["arl", "every"])
def test_what_cannot_be_is_misuse(more: tuple[str, str]) -> None:
    assert watch(*more)[0] == 2


class Away(MemoryStore):
    """A store that is away as long as it is said to be."""

    away = False

    def streams(self, prefix: str = "") -> tuple[str, ...]:
        if self.away:
            raise StoreError("Found no server.")
        return super().streams(prefix)


def test_look_after_look_it_says_what_is_new_and_goes_on_when_a_store_is_away(flags: FlagStore) -> None:
    evidence, printed = Away(), io.StringIO()
    put(flags, bill=LIVE)
    worker = Worker(evidence)
    worker.shows("bill", match=300, keys=[f"k{number}" for number in range(300)])
    watch = Watch(find(PATH), Kept(FLAGS, "toy"), evidence, 5000.0, Console(file=printed, width=300))

    def said() -> str:
        watch.try_to_look()
        text = printed.getvalue()
        printed.seek(printed.truncate(0))
        return text

    assert said() == "bill (live) is watched\n"
    assert said() == ""
    evidence.away = True
    assert said() == "not looked: Found no server.\n"
    assert said() == ""
    evidence.away = False
    assert said() == "bill (live) is watched\n"
    worker.shows("bill", mismatch=17, keys=["k1"])
    assert "17 of the latest 17 pairs differ" in said()
    worker.shows("bill", mismatch=1, keys=["k1"])
    assert said() == ""  # the same, by other numbers
    worker.shows("bill", mismatch=9, keys=[f"k{number}" for number in range(20, 30)])
    assert "bill: live → shadow" in said()


# --- one look ---------------------------------------------------------------------------------------------------------


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


def test_beat_sends_a_task_that_looks_once(store: Store, flags: FlagStore, caplog: pytest.LogCaptureFixture) -> None:
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
