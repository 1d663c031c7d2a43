"""Is there any order of acts, deaths and lost races after which two sides have begun the same run?"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tasksplit.errors import StoreError
from tasksplit.model.message import Side
from tasksplit.model.observation import DISPATCH
from tasksplit.model.route import Claim, ClaimAnswer, ClaimId, ClaimState, Reply, Route
from tasksplit.rollout import Structure
from tasksplit.rollout.claims import Asked
from tasksplit.rollout.routes import back_with
from tasksplit.stores.claims_memory import MemoryClaimRecords
from tasksplit.stores.claims_protocol import Record
from tasksplit.stores.claims_store import ClaimStore
from tasksplit.testing.claim_store_contract import NOW

STRUCTURE = Structure(handlers=("a", "b", "c"), groups=(frozenset({"a", "b"}),), children=(("b", "c"),))
RUNS = [ClaimId(message="m", handler=name) for name in STRUCTURE.names] + [
    ClaimId(message="m", handler="a", instance="2")
]
CLOSED = [frozenset(), frozenset("c"), frozenset("abc"), frozenset((*"abc", DISPATCH))]
KEPT = timedelta(seconds=100)

runs, sides, holders = st.sampled_from(RUNS), st.sampled_from(Side), st.sampled_from(["ann", "bob"])
ways = st.sampled_from(["finish", "release", "leave_unknown"])
seconds = st.sampled_from([1, 10]).map(lambda n: timedelta(seconds=n))


class Raced(MemoryClaimRecords):
    """What if others are faster, between a look and a write, or the answer to a write is lost?"""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now)
        self.first: deque[Callable[[], None]] = deque()
        self.lose_answer = False

    def write(self, key: str, record: Record, *, before: str | None) -> bool:
        while self.first:
            self.first.popleft()()
        written = super().write(key, record, before=before)
        if self.lose_answer:
            self.lose_answer = False
            raise StoreError("the answer was lost")
        return written


@dataclass
class Seen:
    """What has been granted of one run, as those saw it that were let begin?"""

    side: Side
    holder: str
    until: datetime
    ended: bool = False


class Claims(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.records = Raced(lambda: self.now)
        self.store = ClaimStore(self.records, kept=KEPT, redelivery=KEPT / 2)
        self.begun: dict[ClaimId, Seen] = {}
        self.changed = NOW

    @initialize(split=st.sampled_from(CLOSED))
    def pin_first(self, split: frozenset[str]) -> None:
        self.pin(split)

    @rule(split=st.sampled_from(CLOSED))
    def pin(self, split: frozenset[str]) -> None:
        stood = self.store.pinned("m")
        stands = self.store.pin(Route(message="m", split=split, decided_at=NOW))
        assert stood is None or stands == stood

    @rule(run=runs, side=sides, holder=holders, lease=seconds, again=st.booleans())
    def claim(self, run: ClaimId, side: Side, holder: str, lease: timedelta, again: bool) -> None:
        reply = self.store.claim(Asked(id=run, side=side, holder=holder, lease=lease, again=again))
        self.look_at(reply, run, side, holder)

    def look_at(self, reply: Reply, run: ClaimId, side: Side, holder: str) -> None:
        before = self.begun.get(run)
        if not reply.granted:
            assert before is None or before.side is side or reply.answer is ClaimAnswer.HELD_BY_SIDE
            return
        assert reply.claim is not None
        assert reply.claim.until is not None
        if before is not None:
            assert before.side is side, "two sides began"
            assert not before.ended, "it began after it was done"
            assert before.holder in (holder, "") or before.until <= self.now, "two at once"
        self.begun[run] = Seen(side, holder, reply.claim.until)

    @rule(run=runs, side=sides, holder=holders, other=holders, lease=seconds)
    def claim_and_be_overtaken(self, run: ClaimId, side: Side, holder: str, other: str, lease: timedelta) -> None:
        opposite = Side.LEGACY if side is Side.SPLIT else Side.SPLIT
        self.records.first.append(lambda: self.claim(run, opposite, other, lease, True))
        self.claim(run, side, holder, lease, True)
        self.records.first.clear()

    @rule(run=runs, side=sides, holder=holders, lease=seconds)
    def claim_while_it_is_aborted(self, run: ClaimId, side: Side, holder: str, lease: timedelta) -> None:
        self.records.first.append(self.abort)
        self.claim(run, side, holder, lease, True)
        self.records.first.clear()

    @rule(run=runs, side=sides, holder=holders, lease=seconds)
    def abort_while_it_is_claimed(self, run: ClaimId, side: Side, holder: str, lease: timedelta) -> None:
        self.records.first.append(lambda: self.claim(run, side, holder, lease, True))
        self.abort()
        self.records.first.clear()

    @rule(run=runs, side=sides, holder=holders, lease=seconds)
    def claim_and_never_hear(self, run: ClaimId, side: Side, holder: str, lease: timedelta) -> None:
        self.records.lose_answer = True
        try:
            self.claim(run, side, holder, lease, True)
        except StoreError:
            # it may have been granted, but who does not know does not begin: only the lease is taken
            found = self.found(run)
            if found is not None and found.holder == holder and found.until is not None:
                self.begun[run] = Seen(found.side, holder, found.until)
        self.records.lose_answer = False

    @rule(run=runs)
    def offer(self, run: ClaimId) -> None:
        reply = self.store.offer(run)
        assert not (reply.granted and run in self.begun), "sent again although it began"

    @rule(run=runs, holder=holders, lease=seconds)
    def heartbeat(self, run: ClaimId, holder: str, lease: timedelta) -> None:
        if self.store.heartbeat(run, holder, lease):
            seen = self.begun[run]
            assert seen.holder == holder
            seen.until = self.now + lease

    @precondition(lambda self: self.begun)
    @rule(data=st.data(), how=ways)
    def end_as_the_holder(self, data: st.DataObject, how: str) -> None:
        run = data.draw(st.sampled_from([run for run in RUNS if run in self.begun]))
        self.end(run, self.begun[run].holder or "ann", how)

    @rule(run=runs, holder=holders, how=ways)
    def end(self, run: ClaimId, holder: str, how: str) -> None:
        if getattr(self.store, how)(run, holder):
            seen = self.begun[run]
            assert seen.holder in (holder, "")
            assert how == "finish" or not seen.ended, "it was done"
            seen.ended |= how == "finish"
            if not seen.ended:
                seen.holder = ""  # whoever of this side comes next may begin

    @rule()
    def abort(self) -> None:
        done = self.store.abort("m", back_with(STRUCTURE))
        if done is not None:
            begun = {run.handler for run, seen in self.begun.items() if seen.side is Side.SPLIT}
            assert not done.moved & begun, "moved although it began"
            assert all(run not in self.begun for run in done.sent)

    @rule(passed=st.sampled_from([1, 5, 20]))
    def time_passes(self, passed: int) -> None:
        self.now += timedelta(seconds=passed)

    @precondition(lambda self: all(seen.ended for seen in self.begun.values()))
    @rule()
    def forget_after_long(self) -> None:
        self.now += KEPT
        waiting = any(claim.state is not ClaimState.DONE for claim in self.store.claims("m"))
        gone = self.store.forget()
        assert not (gone and waiting), "forgotten although it waits"
        if gone:
            self.begun.clear()

    @invariant()
    def what_began_is_with_its_side(self) -> None:
        route = self.store.pinned("m")
        for claim in self.store.claims("m"):
            assert route is not None
            assert claim.side is route.side(claim.id.handler)
            seen = self.begun.get(claim.id)
            assert (seen is None) is (claim.started == 0)
            assert seen is None or seen.side is claim.side

    @invariant()
    def the_route_is_closed(self) -> None:
        route = self.store.pinned("m")
        if route is not None:
            # whoever is with legacy has with it all that must be where it is
            legacy = [name for name in STRUCTURE.names if route.side(name) is Side.LEGACY]
            assert all(not back_with(STRUCTURE)[name] & route.split for name in legacy)

    def found(self, run: ClaimId) -> Claim | None:
        return next((claim for claim in self.store.claims("m") if claim.id == run), None)


Claims.TestCase.settings = settings(max_examples=100, stateful_step_count=40)
TestClaims = Claims.TestCase
