"""Is a lease kept alive while a run goes on, let go when it ends, and not a forked child's?"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from tasksplit.errors import StoreError
from tasksplit.live.holding import Holding, Run, new_holder
from tasksplit.live.noted import Noted, Tally
from tasksplit.model.message import Side
from tasksplit.model.route import ClaimId, ClaimState, Route
from tasksplit.rollout.claims import Asked
from tasksplit.stores.claims_memory import MemoryClaimRecords
from tasksplit.stores.claims_store import ClaimStore

BUILD = ClaimId(message="m", handler="build")
HOUR = timedelta(hours=1)


class Made:
    """A store by a clock of its own, and what a process holds of it."""

    def __init__(self, lease: timedelta = HOUR) -> None:
        self.now = datetime(2026, 11, 21, tzinfo=UTC)
        self.claims = ClaimStore(MemoryClaimRecords(lambda: self.now), redelivery=HOUR)
        self.claims.pin(Route(message="m", split=frozenset({"build"}), decided_at=self.now))
        self.tally = Tally()
        self.holding = Holding(self.claims, self.tally, lease=lease)

    def state(self) -> ClaimState:
        return self.claims.claims("m")[0].state


def test_a_lease_is_lengthened_until_its_run_ends() -> None:
    made = Made()
    holder = new_holder()
    assert made.holding.begin(BUILD, Side.SPLIT, holder).granted
    for _ in range(4):
        made.now += HOUR * 0.9
        made.holding.beat()
        assert not made.claims.claim(Asked(id=BUILD, side=Side.SPLIT, holder="other", lease=HOUR)).granted
    made.holding.end(Run(id=BUILD, holder=holder), ClaimState.DONE)
    assert (made.state(), made.holding.idle) == (ClaimState.DONE, True)
    made.holding.close()


def test_a_lease_that_somebody_took_over_is_said() -> None:
    made = Made()
    made.holding.begin(BUILD, Side.SPLIT, "me")
    made.now += HOUR * 2
    assert made.claims.claim(Asked(id=BUILD, side=Side.SPLIT, holder="other", lease=HOUR)).granted
    made.holding.beat()
    assert made.tally.counts[Noted.LEASE_LOST] == 1
    made.holding.end(Run(id=BUILD, holder="me"), ClaimState.DONE)
    assert made.tally.counts[Noted.TAKEN_OVER] == 1
    made.holding.close()


def test_the_thread_keeps_a_short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = ClaimStore(MemoryClaimRecords(), redelivery=HOUR)
    claims.pin(Route(message="m", split=frozenset({"build"}), decided_at=datetime.now(UTC)))
    holding = Holding(claims, Tally(), lease=timedelta(seconds=1))
    holding.begin(BUILD, Side.SPLIT, "me")
    first = claims.claims("m")[0].until
    deadline = time.monotonic() + 20
    while claims.claims("m")[0].until == first and time.monotonic() < deadline:
        time.sleep(0.02)
    assert claims.claims("m")[0].until != first
    holding.close()


def test_an_end_that_could_not_be_told_is_told_later() -> None:
    made = Made()
    made.holding.begin(BUILD, Side.SPLIT, "me")

    class Away(ClaimStore):
        def finish(self, wanted: ClaimId, holder: str) -> bool:
            raise StoreError("away")

    there, made.holding._claims = made.holding._claims, Away(MemoryClaimRecords(), redelivery=HOUR)
    made.holding.end(Run(id=BUILD, holder="me"), ClaimState.DONE)
    made.holding.beat()
    assert not made.holding.idle
    made.holding._claims = there
    made.holding.beat()
    assert (made.holding.idle, made.state()) == (True, ClaimState.DONE)
    made.holding.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_holds_nothing() -> None:
    made = Made()
    made.holding.begin(BUILD, Side.SPLIT, "me")
    child = os.fork()
    if child == 0:
        os._exit(0 if made.holding.idle else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not made.holding.idle
    made.holding.close()
