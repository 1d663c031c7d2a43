"""Does a store of flags change them all or not at all? Subclass, give it your store, and run the tests with pytest."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tasksplit.errors import FlagConflict, StoreError
from tasksplit.model.rollout import Change, Flag, Flags, Source, Stage, Terms
from tasksplit.stores.flags_protocol import FlagStore

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


def change(flags: Flags, handler: str, stage: Stage = Stage.SHADOW, *, who: str = "ann") -> Change:
    """Return a change of one handler, made for these flags."""
    before = flags.of(handler)
    after = replace(before, stage=stage, revision=flags.revision + 1, changed_at=NOW)
    return Change(handler=handler, before=before, after=after, who=who, why="CHG-112", when=NOW)


class FlagStoreContract:
    """What does every store of flags promise? Override the fixture ``store``; each test needs an empty one."""

    @pytest.fixture
    def store(self) -> Iterator[FlagStore]:
        """Yield an empty store, and close it afterwards."""
        raise NotImplementedError("override the fixture 'store' of FlagStoreContract")

    def test_it_is_a_store_of_flags(self, store: FlagStore) -> None:
        assert isinstance(store, FlagStore)

    def test_where_nobody_set_any_all_are_off(self, store: FlagStore) -> None:
        flags = store.read()
        assert (flags.flags, flags.revision, flags.source) == ({}, 0, Source.STORE)
        assert flags.of("build").stage is Stage.OFF
        assert store.history() == ()

    def test_flags_and_changes_come_back_as_they_were(self, store: FlagStore) -> None:
        terms = Terms(
            share=0.1,
            allow=frozenset({"", "žluťoučký/kůň", "a\x1fb", "\ud800"}),
            deny=frozenset({"b"}),
            salt="s",
            hashed_as="all",
        )
        after = Flag(handler="build", stage=Stage.CANARY, terms=terms, revision=1, changed_at=NOW)
        evidence = {"decisions": {"build": {"answer": "pass", "reason": "0 of 400 – ok", "upper_bound": 0.009}}}
        made = replace(change(store.read(), "build"), after=after, evidence=evidence, forced=True, why='"why"\n')
        store.apply([made], 0)
        flags = store.read()
        assert (flags.flags, flags.revision) == ({"build": after}, 1)
        assert flags.read_at is not None
        assert store.history() == (made,)

    def test_changes_of_one_plan_are_applied_together(self, store: FlagStore) -> None:
        flags = store.read()
        store.apply([change(flags, "build"), change(flags, "test")], 0)
        assert {name: flag.stage for name, flag in store.read().flags.items()} == dict.fromkeys(
            ("build", "test"), Stage.SHADOW
        )
        store.apply([change(store.read(), "test", Stage.OFF)], 1)
        now = store.read()
        assert (now.revision, now.of("build").stage, now.of("test").stage) == (2, Stage.SHADOW, Stage.OFF)

    def test_who_comes_second_changes_nothing_and_learns_who_was_first(self, store: FlagStore) -> None:
        early = store.read()
        store.apply([change(early, "build", who="ann")], early.revision)
        with pytest.raises(FlagConflict, match="changed by ann at 2026-11-21 12:00:00") as error:
            store.apply([change(early, "test", who="bob"), change(early, "build", Stage.OFF, who="bob")], 0)
        assert (error.value.who, error.value.when) == ("ann", NOW)
        assert isinstance(error.value, StoreError)
        now = store.read()
        assert (now.revision, list(now.flags)) == (1, ["build"])
        assert [c.who for c in store.history()] == ["ann"]

    def test_a_revision_that_never_was_is_a_conflict(self, store: FlagStore) -> None:
        with pytest.raises(FlagConflict):
            store.apply([change(Flags(revision=7), "build")], 7)
        assert store.read().revision == 0

    def test_what_is_not_one_plan_is_refused(self, store: FlagStore) -> None:
        made = change(store.read(), "build")
        for changes, expected in (([made, made], 0), ([made], 1)):
            with pytest.raises(StoreError, match="those of one plan"):
                store.apply(changes, expected)
        assert store.read().revision == 0

    def test_no_change_changes_nothing(self, store: FlagStore) -> None:
        store.apply([], 0)
        store.apply([], 99)
        assert store.read().revision == 0

    def test_history_is_newest_first_and_of_one_handler_where_asked(self, store: FlagStore) -> None:
        for n in range(230):
            handler = "build" if n % 50 == 0 else "test"
            store.apply([replace(change(store.read(), handler), why=str(n))], n)
        assert [c.why for c in store.history(limit=3)] == ["229", "228", "227"]
        assert [c.why for c in store.history("build", limit=3)] == ["200", "150", "100"]
        assert [c.why for c in store.history("build")] == ["200", "150", "100", "50", "0"]
        assert store.history("never there") == ()
        assert len(store.history()) == 20

    def test_of_several_writers_at_once_one_wins(self, store: FlagStore) -> None:
        def write(who: int) -> int:
            won = 0
            while won < 5:
                flags = store.read()
                try:
                    store.apply(
                        [change(flags, f"handler {who}"), change(flags, "shared", who=str(who))], flags.revision
                    )
                except FlagConflict:
                    continue
                won += 1
            return won

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(write, range(4))) == [5] * 4
        assert store.read().revision == 20
        assert [c.revision for c in store.history("shared")] == list(range(20, 0, -1))

    def test_it_can_be_used_in_a_process_forked_meanwhile(self, store: FlagStore) -> None:
        store.apply([change(store.read(), "build")], 0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # other threads may be there; the child needs none
            child = os.fork()
        if child == 0:  # nothing of pytest may run in here
            ended = 1
            try:
                ended = 0 if store.read().revision == 1 else 2
            finally:
                os._exit(ended)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert store.read().revision == 1

    def test_problems_are_sentences(self, store: FlagStore) -> None:
        assert all(problem.startswith("Found ") for problem in store.problems())

    def test_closing_twice_is_closing_once(self, store: FlagStore) -> None:
        store.close()
        store.close()
