"""`tasksplit watch`: what does it step back, what does it say, and what does it leave alone?"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tasksplit.cli import app
from tasksplit.cli.rollout_flags import Kept
from tasksplit.cli.watch import Watch
from tasksplit.errors import StoreError
from tasksplit.live.watching import look_once
from tasksplit.model.rollout import Stage
from tasksplit.replay.declared import find
from tasksplit.stores import MemoryStore, Store, open_store
from tasksplit.stores.flags_protocol import FlagStore, open_flag_store
from tests.unit.cli.rolling import NAMES, PATH
from tests.unit.cli.watching import CANARY, EVIDENCE, FLAGS, LIVE, NOW, OFF, RETIRED, SHADOW, Worker, at, put


@pytest.fixture(autouse=True)
def _here(folder: Path) -> None:
    (folder / "reports").mkdir()


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
