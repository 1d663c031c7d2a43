"""Does each boundary follow the pinned route, whatever came with the message and whatever the flags say by now?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.exceptions import Retry
from kombu.exceptions import OperationalError

from tasksplit.errors import MessageError, StoreError
from tasksplit.live.noted import Noted
from tasksplit.live.waiting import Later
from tasksplit.model.message import Side
from tasksplit.model.rollout import Flags, Source, Stage
from tasksplit.model.route import ClaimId, ClaimState, Route
from tasksplit.rollout.claims import Asked
from tasksplit.stores.claims_memory import MemoryClaimRecords
from tasksplit.stores.claims_protocol import Record
from tasksplit.wire.header import NAME, Headers, Unread
from tests.unit.live import toy
from tests.unit.live.toy import Worker, acted, again, flags_of, hooks, sent, taken
from tests.unit.live.worked import drained, worker

__all__ = ["worker"]  # fixture

CANARY = flags_of(build=Stage.CANARY)
BUILD = ClaimId(message="m", handler="build")


class Away(MemoryClaimRecords):
    """A store that is away for so many questions; counts all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.away: float = 0
        self.asked = 0

    def read(self, key: str) -> tuple[str | None, datetime]:
        self._answers()
        return super().read(key)

    def write(self, key: str, record: Record, *, before: str | None) -> bool:
        self._answers()
        return super().write(key, record, before=before)

    def _answers(self) -> None:
        self.asked += 1
        if self.away > 0:
            self.away -= 1
            raise StoreError("away")


@pytest.fixture
def store(worker: Worker) -> Away:
    """Return the store of the worker, which may go away."""
    store = Away()
    worker.cutover.uninstall()
    worker.records = store
    worker.__post_init__()
    worker.cutover.install()
    return store


@pytest.mark.parametrize(
    "flags", [Flags(), flags_of(build=Stage.OFF), flags_of(build=Stage.SHADOW)], ids=["never told", "off", "shadow"]
)
def test_up_to_shadow_no_store_is_asked_and_nothing_is_read(worker: Worker, store: Away, flags: Flags) -> None:
    worker.learn(Flags(flags={}, source=Source.STORE) if flags == Flags() else flags)
    one = sent({"id": "m"})
    with worker.cutover.message(_Task(one), _never) as divert:
        assert divert is None
    assert worker.run(one) == ("SUCCESS", "done")
    assert (acted, taken(), store.asked) == ([("legacy", "build", "m"), ("legacy", "test x", "m")], [], 0)


class _Task:
    """A task at work on a delivery, as the fast way looks at it."""

    name, acks_late = "legacy.process", True

    def __init__(self, one: toy.Delivered) -> None:
        self.request = type("Request", (), {"retries": 0, "delivery_info": {}, "headers": None, "id": "m"})()


def _never() -> Any:
    raise AssertionError("a message is made only where a route is needed")


def test_the_split_task_is_sent_at_the_boundary_and_legacy_does_not_run_it(worker: Worker) -> None:
    worker.learn(CANARY)
    assert worker.run(sent({"id": "m"})) == ("SUCCESS", "done")
    (build,) = taken()
    assert (build.task, build.kwargs, build.headers["id"]) == ("split.build", {"number": "m"}, BUILD.task_id("toy"))
    assert worker.run(build)[0] == "SUCCESS"
    assert acted == [("legacy", "test x", "m"), ("split", "build", "m")]
    states = {(c.id.handler, c.side): c.state for c in worker.claims.claims("m")}
    assert set(states.values()) == {ClaimState.DONE}
    assert set(states) == {("build", Side.SPLIT), ("test", Side.LEGACY), ("dispatch", Side.LEGACY)}


def test_each_instance_is_a_run_of_its_own_also_where_two_are_called_alike(worker: Worker) -> None:
    worker.learn(flags_of(test=Stage.LIVE))
    worker.run(sent({"id": "m", "chroots": ["x", "y", "x"]}))
    tests = taken()
    assert len({one.headers["id"] for one in tests}) == 3
    for one in tests:
        worker.run(one)
    assert sorted(a for a in acted if a[0] == "split") == [("split", f"test {c}", "m") for c in ("x", "x", "y")]


@pytest.mark.parametrize("later", [flags_of(build=Stage.SHADOW), flags_of(build=Stage.LIVE, test=Stage.LIVE)])
def test_a_redelivered_message_finds_its_route_whatever_the_flags_say_by_then(worker: Worker, later: Flags) -> None:
    worker.learn(CANARY)
    one = sent({"id": "m"})
    worker.run(one)
    drained(worker)
    recent = {n: type(f)(**{**_fields(f), "changed_at": datetime.now(UTC)}) for n, f in later.flags.items()}
    worker.learn(Flags(flags=recent, revision=2, source=Source.STORE))
    worker.anew()
    worker.run(again(one))
    assert taken() == []  # it was done by the split
    assert worker.count(Noted.SENT_BEFORE) == 1
    assert acted == [("legacy", "test x", "m"), ("split", "build", "m"), ("legacy", "test x", "m")]


def _fields(flag: Any) -> dict[str, Any]:
    return {name: getattr(flag, name) for name in flag.__dataclass_fields__}


def test_one_that_came_before_and_is_not_pinned_is_legacys(worker: Worker) -> None:
    worker.learn(flags_of(build=Stage.SHADOW))
    one = sent({"id": "m"})
    worker.run(one)
    worker.learn(flags_of(build=Stage.LIVE))
    worker.run(again(one))
    worker.run(again(one))
    assert taken() == []
    assert [a[:2] for a in acted] == [("legacy", "build"), ("legacy", "test x")] * 3


def test_a_retry_carries_its_route_to_a_worker_that_knows_of_no_flags(worker: Worker) -> None:
    worker.learn(CANARY)

    def once() -> None:
        hooks.clear()
        toy.process.retry(countdown=0)

    hooks["legacy"] = once
    state, error = worker.run(sent({"id": "m"}))
    assert state == "RETRY"
    assert isinstance(error, Retry)
    waiting = {one.task: one for one in taken()}
    assert set(waiting) == {"legacy.process", "split.build"}
    retried = waiting["legacy.process"]
    assert retried.headers["retries"] == 1
    worker.learn(flags_of(build=Stage.OFF))
    assert {c.state for c in worker.claims.claims("m") if c.side is Side.LEGACY} == {ClaimState.FREE}
    worker.run(retried)
    assert [a[:2] for a in acted] == [("legacy", "test x")] * 2  # build is still the split's
    assert worker.claims.pinned("m") == Headers(toy.SECRET, "toy", toy.migration.names).read(retried.headers[NAME], "m")


FORGED = Headers(b"some other secret of somebody", "toy", toy.migration.names)
RENAMED = Headers(toy.SECRET, "toy", ("dispatch", "build"))
ALL = Route(message="m", split=frozenset({"build", "test"}), decided_at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("not a header", Unread.GARBLED),
        (7, Unread.GARBLED),
        (FORGED.write(ALL, "m"), Unread.FORGED),
        (Headers(toy.SECRET, "toy", toy.migration.names).write(ALL, "another"), Unread.OTHER_MESSAGE),
        (RENAMED.write(ALL, "m"), Unread.OTHER_HANDLERS),
        ("_" * 120, Unread.NEWER),
    ],
    ids=["text", "number", "forged", "of-another", "of-others", "newer"],  # a header holds the time: no name for a test
)
@pytest.mark.parametrize("flags", [flags_of(build=Stage.SHADOW), flags_of(build=Stage.LIVE)], ids=["shadow", "live"])
def test_a_header_that_is_not_honoured_is_as_none_and_counted(
    worker: Worker, flags: Flags, header: Any, why: Unread, caplog: pytest.LogCaptureFixture
) -> None:
    one = sent({"id": "m"})
    one.headers[NAME] = header
    worker.learn(flags)
    worker.run(one)
    assert worker.count(Noted.HEADER) == 1
    assert why.value in caplog.text
    live = flags.of("build").stage is Stage.LIVE
    assert [a[:2] for a in acted] == ([] if live else [("legacy", "build")]) + [("legacy", "test x")]


def test_a_route_that_was_decided_where_it_was_published_is_honoured(worker: Worker) -> None:
    worker.cutover.uninstall()
    worker.settings = {"message_of": lambda name, task_id, args, kwargs: toy.message(task_id, kwargs["event"])}
    worker.learn(CANARY)
    worker.anew().install()
    one = sent({"id": "m"})
    assert NAME in one.headers
    worker.learn(flags_of(build=Stage.SHADOW))
    worker.run(one)
    assert drained(worker) == [("split.build", "SUCCESS")]
    assert acted == [("legacy", "test x", "m"), ("split", "build", "m")]


def test_a_first_flag_is_acted_on_when_every_worker_knows_of_it(worker: Worker) -> None:
    worker.settings = {"settle": 3600.0}
    worker.anew()
    worker.learn(flags_of(build=Stage.CANARY, changed_at=datetime.now(UTC)))
    worker.run(sent({"id": "m"}))
    assert taken() == []
    assert worker.count(Noted.SETTLING) == 1
    assert worker.claims.pinned("m") is not None  # and from now on who comes later asks
    worker.learn(CANARY)
    worker.run(sent({"id": "n"}))
    assert [one.task for one in taken()] == ["split.build"]


@pytest.mark.parametrize(
    ("options", "what"),
    [({"link": toy.plumbing.si()}, Noted.COMPOSED), ({"group_id": "g"}, Noted.COMPOSED)],
)
def test_a_message_whose_result_is_used_stays_with_legacy_unless_declared(
    worker: Worker, options: dict[str, Any], what: Noted
) -> None:
    worker.learn(CANARY)
    one = sent({"id": "m"}, **options)
    one.headers["callbacks"] = [dict(toy.plumbing.si())] if "link" in options else None
    worker.run(one)
    assert worker.count(what) == 1
    assert ("legacy", "build", "m") in acted
    taken()
    worker.settings = {"composed": True}
    worker.anew()
    one.headers["id"] = "n"
    one.kwargs["event"]["id"] = "n"
    worker.run(one)
    assert "split.build" in [one.task for one in taken()]


def test_a_task_that_acknowledges_early_stays_with_legacy(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy.process, "acks_late", False)
    worker.learn(CANARY)
    worker.run(sent({"id": "m"}))
    assert worker.count(Noted.EARLY_ACK) == 1
    assert ("legacy", "build", "m") in acted


def test_what_can_be_no_message_is_legacys(worker: Worker) -> None:
    worker.learn(CANARY)

    def unusable() -> Any:
        raise MessageError("it is too deep")

    with worker.cutover.message(_Task(sent({"id": "m"})), unusable) as divert:
        assert divert is None
    assert worker.count(Noted.NO_MESSAGE) == 1


def test_a_store_that_comes_back_in_time_is_waited_for(worker: Worker, store: Away) -> None:
    worker.learn(CANARY)
    store.away = 3
    assert worker.run(sent({"id": "m"}))[0] == "SUCCESS"
    assert drained(worker) == [("split.build", "SUCCESS")]
    assert acted == [("legacy", "test x", "m"), ("split", "build", "m")]
    assert worker.count(Noted.AWAY) == 1


def test_while_the_store_is_away_for_long_the_message_is_put_back_and_nobody_acts(worker: Worker, store: Away) -> None:
    worker.learn(CANARY)
    one = sent({"id": "m"})
    store.away = float("inf")
    state, error = worker.run(one)
    assert (state, error.requeue) == ("REJECTED", True)
    assert (acted, taken()) == ([], [])
    assert sum(worker.slept) == pytest.approx(5.0)
    store.away = 0
    assert worker.run(again(one))[0] == "SUCCESS"  # not pinned, and it came before
    assert [a[:2] for a in acted] == [("legacy", "build"), ("legacy", "test x")]


@pytest.mark.parametrize("swallowed", [False, True])
def test_a_store_that_goes_away_half_way_puts_the_message_back_though_legacy_catches_everything(
    worker: Worker, store: Away, swallowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.learn(flags_of(test=Stage.LIVE))
    at_boundary = toy.boundary

    def careless(name: str, inputs: dict[str, Any]) -> None:
        try:
            at_boundary(name, inputs)
        except BaseException:
            if not swallowed:
                raise

    monkeypatch.setattr(toy, "boundary", careless)
    hooks["build"] = lambda: setattr(store, "away", float("inf"))
    one = sent({"id": "m"})
    state, error = worker.run(one)
    assert (state, error.requeue) == ("REJECTED", True)
    assert taken() == []
    hooks.clear()
    store.away = 0
    assert worker.run(again(one))[0] == "SUCCESS"
    assert drained(worker) == [("split.test", "SUCCESS")]
    assert acted.count(("split", "test x", "m")) == 1
    assert ("legacy", "test x", "m") not in acted


def test_a_broker_that_takes_no_split_task_puts_the_message_back(worker: Worker) -> None:
    worker.learn(CANARY)
    one = sent({"id": "m"})

    def away() -> None:
        raise OperationalError("no broker")

    hooks["publish split.build"] = away
    assert worker.run(one)[0] == "REJECTED"
    assert acted == []
    hooks.clear()
    worker.run(again(one))
    assert drained(worker) == [("split.build", "SUCCESS")]
    assert acted == [("legacy", "test x", "m"), ("split", "build", "m")]


def test_legacy_goes_on_without_its_own_claims(worker: Worker, store: Away) -> None:
    worker.learn(CANARY)
    hooks["legacy"] = lambda: setattr(store, "away", float("inf"))
    worker.run(sent({"id": "m"}))
    assert not worker.cutover.parts.holding.idle
    store.away = 0
    worker.cutover.parts.holding.beat()  # its thread does so
    assert worker.cutover.parts.holding.idle
    assert {c.state for c in worker.claims.claims("m") if c.side is Side.LEGACY} == {ClaimState.DONE}


def test_where_the_view_fails_legacy_gets_the_handler_back(worker: Worker) -> None:
    worker.learn(flags_of(build=Stage.LIVE, test=Stage.LIVE))
    hooks["view test"] = lambda: None
    worker.run(sent({"id": "m"}))
    assert drained(worker) == [("split.build", "SUCCESS")]
    assert sorted(acted) == [("legacy", "test x", "m"), ("split", "build", "m")]
    assert (worker.count(Noted.VIEW_FAILED), worker.count(Noted.GIVEN_BACK)) == (1, 1)
    pinned = worker.claims.pinned("m")
    assert pinned is not None
    assert pinned.split == {"build"}


def test_where_the_view_fails_after_the_split_has_begun_the_message_waits(worker: Worker) -> None:
    worker.learn(flags_of(test=Stage.LIVE))
    one = sent({"id": "m"})
    worker.run(one)
    drained(worker)
    hooks["view test"] = lambda: None
    assert worker.run(again(one))[0] == "REJECTED"
    assert ("legacy", "test x", "m") not in acted


def test_where_the_view_fails_of_what_runs_once_and_is_begun_it_needs_no_payload(worker: Worker) -> None:
    worker.learn(CANARY)
    one = sent({"id": "m"})
    worker.run(one)
    drained(worker)
    hooks["view build"] = lambda: None
    assert worker.run(again(one))[0] == "SUCCESS"
    assert acted.count(("split", "build", "m")) == 1
    assert ("legacy", "build", "m") not in acted


def test_what_is_aborted_while_legacy_is_at_work_comes_again_and_legacy_runs_it(worker: Worker) -> None:
    worker.learn(CANARY)
    hooks["legacy"] = lambda: worker.claims.abort("m", {}) and None
    one = sent({"id": "m"})
    assert worker.run(one)[0] == "REJECTED"
    hooks.clear()
    assert worker.run(again(one))[0] == "SUCCESS"
    assert drained(worker) == [("split.build", "IGNORED")]  # it was on its way
    assert acted.count(("legacy", "build", "m")) == 1
    assert ("split", "build", "m") not in acted
    back = worker.claims.abort("m", {})
    assert back is not None
    assert back.sent == ()


def test_what_is_aborted_before_its_boundary_is_run_here(worker: Worker) -> None:
    worker.learn(flags_of(test=Stage.LIVE))
    hooks["build"] = lambda: worker.claims.abort("m", {}) and None
    assert worker.run(sent({"id": "m"}))[0] == "SUCCESS"
    assert (taken(), acted) == ([], [("legacy", "build", "m"), ("legacy", "test x", "m")])
    assert worker.count(Noted.GIVEN_BACK) == 1


ALL_LIVE = flags_of(dispatch=Stage.LIVE, build=Stage.LIVE, test=Stage.LIVE)


def test_where_dispatch_is_live_the_whole_message_is_handed_over(worker: Worker) -> None:
    worker.learn(ALL_LIVE)
    one = sent({"id": "m"})
    assert worker.run(one)[0] == "SUCCESS"
    assert drained(worker) == [("split.process", "SUCCESS"), ("split.build", "SUCCESS")]
    assert acted == [("split", "build", "m")]
    claims = {c.id.handler: c for c in worker.claims.claims("m")}
    done = (Side.SPLIT, ClaimState.DONE)
    assert {name: (c.side, c.state) for name, c in claims.items()} == {"dispatch": done, "build": done}
    assert claims["build"].id.instance.startswith("task ")
    assert worker.run(again(one))[0] == "SUCCESS"
    assert taken() == []


def test_where_dispatch_was_given_back_legacy_runs_everything(worker: Worker) -> None:
    worker.learn(ALL_LIVE)
    one = sent({"id": "m"})
    worker.run(one)
    assert worker.claims.abort("m", {}) is not None
    worker.learn(flags_of(build=Stage.SHADOW))
    worker.anew()
    kept = again(one)
    worker.learn(flags_of(build=Stage.CANARY))
    assert worker.run(kept)[0] == "SUCCESS"
    assert drained(worker) == [("split.process", "IGNORED")]
    assert acted == [("legacy", "build", "m"), ("legacy", "test x", "m")]


def test_what_somebody_sends_to_the_splits_own_entry_never_was_legacys(worker: Worker) -> None:
    worker.learn(ALL_LIVE)
    toy.split_process.apply_async(kwargs={"event": {"id": "m"}})
    assert drained(worker) == [("split.process", "SUCCESS"), ("split.build", "SUCCESS")]
    assert worker.claims.claims("m") == ()


def test_a_run_of_legacy_that_is_held_elsewhere_goes_on_as_without_us(worker: Worker) -> None:
    worker.learn(CANARY)
    one = sent({"id": "m"})
    worker.run(one)
    held = ClaimId(message="m", handler="test", instance="x")
    worker.claims.claim(Asked(id=held, side=Side.LEGACY, holder="another", lease=timedelta(hours=1)))
    worker.run(again(one))
    assert acted.count(("legacy", "test x", "m")) == 2


def test_legacy_that_died_a_moment_ago_leaves_nothing_open_when_it_comes_again(worker: Worker) -> None:
    worker.learn(CANARY)
    one = sent({"id": "m"})

    def dies() -> None:
        raise SystemExit

    hooks["test"] = dies
    with pytest.raises(SystemExit):
        worker.run(one)
    for handler, instance in (("test", "x"), ("dispatch", "")):  # as after a kill: its lease still runs
        held = ClaimId(message="m", handler=handler, instance=instance)
        worker.claims.claim(Asked(id=held, side=Side.LEGACY, holder="dead", lease=timedelta(hours=1)))
    hooks.clear()
    worker.run(again(one))
    assert {c.state for c in worker.claims.claims("m") if c.side is Side.LEGACY} == {ClaimState.DONE}


def test_later_is_no_exception_that_user_code_may_swallow() -> None:
    assert not issubclass(Later, Exception)


def test_how_soon_a_route_is_decided_is_no_question_of_the_store(worker: Worker, store: Away) -> None:
    worker.learn(CANARY)
    decide: Callable[[str | None], frozenset[str]] = worker.cutover.decide
    assert (decide("k"), decide(None), store.asked) == (frozenset({"build"}), frozenset(), 0)
