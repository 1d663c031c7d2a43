"""Does a store of claims let one side begin, and never two? Subclass, give it your records, and run with pytest."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tasksplit.errors import DeclarationError, StoreError
from tasksplit.model.message import Side
from tasksplit.model.route import ClaimAnswer, ClaimId, ClaimState, Reply, Route
from tasksplit.rollout.claims import Asked
from tasksplit.stores.claims_protocol import ClaimRecords, Record
from tasksplit.stores.claims_store import ClaimStore

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
LONG, OVER = timedelta(minutes=5), timedelta(0)  # a lease that is over when it is given needs no waiting
BUILD = ClaimId(message="m", handler="build")
TEST = ClaimId(message="m", handler="test", instance="x86_64")
ROUTE = Route(message="m", split=frozenset({"build", "test"}), revision=3, decided_at=NOW)


def asked(
    wanted: ClaimId = BUILD,
    side: Side = Side.SPLIT,
    *,
    holder: str = "ann",
    lease: timedelta = LONG,
    again: bool = True,
) -> Asked:
    """Return a wish to begin: the split's, if nothing else is said."""
    return Asked(id=wanted, side=side, holder=holder, lease=lease, again=again)


class ClaimStoreContract:
    """What do claims promise, wherever they are kept? Override ``records``; each test needs empty ones."""

    @pytest.fixture
    def records(self) -> Iterator[ClaimRecords]:
        """Yield empty records, and close them afterwards."""
        raise NotImplementedError("override the fixture 'records' of ClaimStoreContract")

    @pytest.fixture
    def store(self, records: ClaimRecords) -> ClaimStore:
        """Return a store over them, that forgets at once what is finished."""
        return ClaimStore(records, kept=timedelta(0), redelivery=timedelta(0))

    def test_they_are_records(self, records: ClaimRecords) -> None:
        assert isinstance(records, ClaimRecords)

    def test_the_first_route_stands(self, store: ClaimStore) -> None:
        assert store.pinned("m") is None
        assert store.pin(ROUTE) == ROUTE
        assert store.pin(replace(ROUTE, split=frozenset(), revision=4)) == ROUTE
        assert store.pinned("m") == ROUTE
        assert store.claims("m") == ()

    def test_nobody_begins_before_the_route_is_pinned(self, store: ClaimStore) -> None:
        unpinned = Reply(answer=ClaimAnswer.UNPINNED)
        assert (store.claim(asked()), store.offer(BUILD)) == (unpinned, unpinned)
        assert store.abort("m", {}) is None
        assert not store.finish(BUILD, "ann")
        assert not store.heartbeat(BUILD, "ann", LONG)
        assert store.claims("m") == ()

    def test_the_side_of_the_route_may_begin_and_the_other_never(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        for wanted, side in ((BUILD, Side.SPLIT), (ClaimId(message="m", handler="other"), Side.LEGACY)):
            other = Side.LEGACY if side is Side.SPLIT else Side.SPLIT
            assert store.claim(asked(wanted, other)).answer is ClaimAnswer.HELD_BY_SIDE
            begun = store.claim(asked(wanted, side, lease=OVER))
            assert begun.granted
            assert begun.claim is not None
            assert (begun.claim.side, begun.claim.state, begun.claim.started) == (side, ClaimState.RUNNING, 1)
            assert store.claim(asked(wanted, other, holder="bob")).answer is ClaimAnswer.HELD_BY_SIDE
            assert store.finish(wanted, "ann")
            assert store.claim(asked(wanted, other)).answer is ClaimAnswer.HELD_BY_SIDE

    def test_while_the_lease_runs_nobody_else_of_this_side_begins(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        first = store.claim(asked())
        assert store.claim(asked(holder="bob")) == Reply(answer=ClaimAnswer.HELD_BY_OTHER, claim=first.claim)
        again = store.claim(asked())  # the answer to the first may have been lost
        assert again.granted
        assert again.claim is not None
        assert again.claim.started == 1

    def test_when_it_ran_out_this_side_begins_again(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        store.claim(asked(lease=OVER))
        again = store.claim(asked(holder="bob"))
        assert again.granted
        assert again.claim is not None
        assert (again.claim.started, again.claim.holder) == (2, "bob")
        assert not store.heartbeat(BUILD, "ann", LONG)
        assert not store.finish(BUILD, "ann")
        assert store.finish(BUILD, "bob")
        assert store.claim(asked()).answer is ClaimAnswer.ALREADY_DONE

    def test_or_stops_until_a_person_looked(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        store.claim(asked(lease=OVER))
        for _ in range(2):
            assert store.claim(asked(holder="bob", again=False)).answer is ClaimAnswer.UNKNOWN
        assert [claim.state for claim in store.claims("m")] == [ClaimState.UNKNOWN]
        assert not store.heartbeat(BUILD, "ann", LONG)
        assert store.offer(BUILD).answer is ClaimAnswer.UNKNOWN
        assert store.finish(BUILD, "ann")  # it was only late
        assert store.claim(asked(holder="bob", again=False)).answer is ClaimAnswer.ALREADY_DONE

    def test_a_heartbeat_lengthens_the_lease(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        store.claim(asked(lease=OVER))
        assert store.heartbeat(BUILD, "ann", LONG)
        assert store.claim(asked(holder="bob")).answer is ClaimAnswer.HELD_BY_OTHER

    def test_who_is_known_to_be_dead_is_not_waited_for(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        store.claim(asked())
        assert not store.leave_unknown(BUILD, "bob")
        assert store.leave_unknown(BUILD, "ann")
        assert store.leave_unknown(BUILD, "ann")
        assert store.claim(asked(holder="bob")).granted

    def test_what_is_to_be_retried_stays_with_its_side(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        store.claim(asked())
        assert store.release(BUILD, "ann")
        assert store.abort("m", {}) is not None
        assert store.claim(asked(side=Side.LEGACY)).answer is ClaimAnswer.HELD_BY_SIDE
        assert store.offer(BUILD).answer is ClaimAnswer.HELD_BY_OTHER  # its message is on its way
        assert store.claim(asked(holder="bob", again=False)).granted
        assert not store.release(BUILD, "ann")

    def test_who_runs_in_any_case_takes_over_from_its_own_side_only(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        store.claim(asked())
        assert store.claim(replace(asked(side=Side.LEGACY), take=True)).answer is ClaimAnswer.HELD_BY_SIDE
        taken = store.claim(replace(asked(holder="bob"), take=True))
        assert taken.granted
        assert taken.claim is not None
        assert (taken.claim.holder, taken.claim.started) == ("bob", 2)
        assert not store.heartbeat(BUILD, "ann", LONG)
        assert not store.finish(BUILD, "ann")
        assert store.finish(BUILD, "bob")
        assert store.claim(replace(asked(), take=True)).answer is ClaimAnswer.ALREADY_DONE

    def test_an_end_is_an_end_once(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        store.claim(asked())
        assert store.finish(BUILD, "ann")
        assert store.finish(BUILD, "ann")
        assert not store.finish(BUILD, "bob")
        assert not store.leave_unknown(BUILD, "ann")
        assert not store.release(BUILD, "ann")
        assert store.offer(BUILD).answer is ClaimAnswer.ALREADY_DONE

    def test_what_is_handed_over_is_sent_until_it_began(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        assert store.offer(TEST).granted
        assert store.offer(TEST).granted
        assert [(claim.id, claim.state) for claim in store.claims("m")] == [(TEST, ClaimState.FREE)]
        store.claim(asked(TEST))
        assert store.offer(TEST).answer is ClaimAnswer.HELD_BY_OTHER
        assert store.offer(ClaimId(message="m", handler="other")).answer is ClaimAnswer.HELD_BY_SIDE

    def test_what_nobody_started_goes_back_to_legacy(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        store.offer(TEST)
        store.claim(asked())
        for moved in (frozenset({"test"}), frozenset[str]()):  # a second time what was sent is named again
            done = store.abort("m", {})
            assert done is not None
            assert (done.moved, done.kept, done.sent) == (moved, frozenset({"build"}), (TEST,))
            assert done.route == store.pinned("m") == replace(ROUTE, split=frozenset({"build"}))
        assert store.claim(asked(TEST)).answer is ClaimAnswer.HELD_BY_SIDE
        assert store.claim(asked(TEST, Side.LEGACY)).granted
        last = store.abort("m", {})
        assert last is not None
        assert last.sent == ()

    def test_a_handler_goes_back_alone_but_for_what_must_come_with_it(self, store: ClaimStore) -> None:
        store.pin(replace(ROUTE, split=frozenset({"build", "test", "tell"})))
        back_with = {name: frozenset({"build", "test"}) for name in ("build", "test")}
        store.claim(asked(ClaimId(message="m", handler="tell")))
        back = store.abort("m", back_with, only=frozenset({"tell"}))
        assert back is not None
        assert back.moved == frozenset()
        back = store.abort("m", back_with, only=frozenset({"test"}))
        assert back is not None
        assert (back.moved, back.kept) == (frozenset({"build", "test"}), frozenset({"tell"}))

    def test_what_goes_back_only_together_stays_together(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        store.claim(asked())
        stays = store.abort("m", {"test": frozenset({"test", "build"})})
        assert stays is not None
        assert (stays.moved, stays.route) == (frozenset(), ROUTE)

    def test_counts(self, store: ClaimStore) -> None:
        assert (store.counts().unfinished, store.counts().done) == ({}, 0)
        for n in range(4):
            store.pin(replace(ROUTE, message=str(n)))
            store.claim(asked(replace(BUILD, message=str(n)), lease=OVER if n == 0 else LONG))
        store.finish(replace(BUILD, message="3"), "ann")
        store.offer(replace(TEST, message="3"))
        counts = store.counts()
        assert counts.unfinished == {
            ("build", ClaimState.UNKNOWN): 1,
            ("build", ClaimState.RUNNING): 2,
            ("test", ClaimState.FREE): 1,
        }
        assert [counts.of(state) for state in ClaimState] == [1, 2, 1, 1]

    def test_only_what_is_finished_is_forgotten(self, store: ClaimStore) -> None:
        for message in ("idle", "running", "offered", "done"):
            store.pin(replace(ROUTE, message=message))
        store.claim(asked(replace(BUILD, message="running"), lease=OVER))
        store.offer(replace(BUILD, message="offered"))
        store.claim(asked(replace(BUILD, message="done")))
        store.finish(replace(BUILD, message="done"), "ann")
        assert store.forget(limit=1) == 1
        assert store.forget() == 1
        assert store.forget() == 0
        assert [bool(store.pinned(m)) for m in ("idle", "running", "offered", "done")] == [False, True, True, False]
        assert store.counts().done == 0

    def test_what_is_kept_is_not_forgotten(self, records: ClaimRecords) -> None:
        store = ClaimStore(records, kept=timedelta(hours=2), redelivery=timedelta(hours=1))
        assert store.forget() == 0
        store.pin(ROUTE)
        assert store.forget() == 0
        assert store.pinned("m") == ROUTE

    def test_claims_that_would_be_gone_when_a_message_comes_again_are_refused(self, records: ClaimRecords) -> None:
        with pytest.raises(DeclarationError, match="when its claims are gone acts twice"):
            ClaimStore(records, kept=timedelta(minutes=119), redelivery=timedelta(hours=1))

    def test_any_name_comes_back_as_it_was(self, store: ClaimStore) -> None:
        odd = ("", "žluťoučký/kůň", "a\x1fb", "\ud800", "\x00", '"', "x" * 300, "x" * 301, "sha256:x", "a b*?{}")
        for message in odd:
            route = Route(message=message, split=frozenset(odd), decided_at=NOW)
            assert store.pin(route) == route
            for instance in odd:
                wanted = ClaimId(message=message, handler=message, instance=instance)
                assert store.claim(asked(wanted, holder=instance)).granted
            assert {claim.id.instance for claim in store.claims(message)} == set(odd)
        assert store.counts().of(ClaimState.RUNNING) == len(odd) ** 2

    def test_records_are_changed_by_compare_and_set(self, records: ClaimRecords) -> None:
        one, two = (Record(body=body, unfinished=False) for body in ("one", "two"))
        assert not records.write("m", two, before="one")
        assert records.read("m")[0] is None
        assert records.write("m", one, before=None)
        assert not records.write("m", two, before=None)
        assert not records.write("m", two, before="ONE")
        assert records.write("m", two, before="one")
        assert records.read("m")[0] == "two"
        assert records.read("M")[0] is None

    def test_the_time_goes_on(self, records: ClaimRecords) -> None:
        first, second = records.read("m")[1], records.read("m")[1]
        assert first <= second
        assert second.utcoffset() == timedelta(0)

    def test_many_unfinished_records_are_all_found(self, records: ClaimRecords) -> None:
        for n in range(410):
            assert records.write(str(n), Record(body=str(n), unfinished=n > 0), before=None)
        assert sorted(records.unfinished(), key=int) == [str(n) for n in range(1, 410)]

    def test_what_is_none_of_ours_is_a_sentence(self, records: ClaimRecords, store: ClaimStore) -> None:
        for n, body in enumerate(("nonsense", "[]", "{}", '{"version": 1, "message": 5}', '{"version": 2}', "null")):
            records.write(str(n), Record(body=body, unfinished=False), before=None)
            with pytest.raises(StoreError, match="left as"):
                store.pin(replace(ROUTE, message=str(n)))
            assert records.read(str(n))[0] == body

    def test_of_many_at_once_one_begins(self, store: ClaimStore) -> None:
        def begin(who: int) -> list[bool]:
            side = (Side.LEGACY, Side.SPLIT)[who % 2]
            split = frozenset({"build"} if side is Side.SPLIT else ())
            granted = []
            for n in range(8):
                store.pin(replace(ROUTE, message=str(n), split=split))
                reply = store.claim(asked(replace(BUILD, message=str(n)), side, holder=str(who)))
                granted.append(reply.granted)
            return granted

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(begin, range(4)))
        assert [sum(column) for column in zip(*found, strict=True)] == [1] * 8

    def test_handlers_of_one_message_do_not_lose_each_other(self, store: ClaimStore) -> None:
        store.pin(ROUTE)

        def run(n: int) -> bool:
            wanted = replace(BUILD, instance=str(n))
            return store.claim(asked(wanted, holder=str(n))).granted and store.finish(wanted, str(n))

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(run, range(20)))
        assert len(store.claims("m")) == store.counts().done == 20

    def test_it_can_be_used_in_a_process_forked_meanwhile(self, store: ClaimStore) -> None:
        store.pin(ROUTE)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # other threads may be there; the child needs none
            child = os.fork()
        if child == 0:  # nothing of pytest may run in here
            ended = 1
            try:
                ended = 0 if store.pinned("m") == ROUTE else 2
            finally:
                os._exit(ended)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert store.pinned("m") == ROUTE

    def test_problems_are_sentences(self, store: ClaimStore) -> None:
        assert all(problem.startswith("Found ") for problem in store.problems())

    def test_closing_twice_is_closing_once(self, store: ClaimStore) -> None:
        store.close()
        store.close()
