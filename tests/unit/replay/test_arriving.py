"""What do recordings show that come one after the other, and what if one of them cannot be replayed?"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from tasksplit.capture.arrival import live_message
from tasksplit.model.evidence import Evidence, Ledger, Tally
from tasksplit.model.message import Origin, Side
from tasksplit.model.verdict import Verdict
from tasksplit.replay.arriving import Arriving
from tasksplit.replay.side import SideRunner
from tasksplit.stores.archive import Run
from tasksplit.worlds.recording import Recorded, Recording
from tasksplit.worlds.rows_recorded import RecordedRows
from tests.unit.replay.replayed import PATH, running, step
from tests.unit.replay.toy.migration import migration

AT = 1_800_000_000.0  # when the real world's messages began
ACTS = (["call", "report"], ["http", "/status", {"n": 1}], ["row", "done"], ["insert"], ["fresh"])


@contextmanager
def recorder() -> Iterator[Callable[..., Recorded]]:
    """Yield what makes a recording of legacy, as a worker would."""
    with running(Side.LEGACY, record=True) as runner:
        yield lambda name, *acts, **more: recorded(runner, name, *acts, **more)


def recorded(runner: SideRunner, name: str, *acts: Any, handler: str = "build") -> Recorded:
    """Return what legacy did on one message, and what it was told."""
    payload = {"ref": "r", "key": f"k {name}", "name": name, "steps": [step(handler, *acts, job="a")]}
    message = live_message(migration, migration.entries[0], task_id=name, payload=payload)
    did = runner.run(replace(message, origin=Origin.TEST))  # so that its world is made by the fixture
    assert did.recording is not None
    return Recorded(message=message, recording=did.recording, observations=tuple(did.observations), ended_at=AT)


def deadly(name: str, *acts: Any) -> Recorded:
    """Return a recording on which whoever replays it dies or hangs."""
    payload = {"ref": "r", "key": "k", "steps": [step("build", *acts)]}
    message = live_message(migration, migration.entries[0], task_id=name, payload=payload)
    recording = Recording(message=name, at=AT, exchanges=(), rows=(RecordedRows(),))
    return Recorded(message=message, recording=recording, observations=(), ended_at=AT)


@contextmanager
def arriving(seconds: float = 60.0) -> Iterator[Arriving]:
    found = Arriving(migration, PATH, token_key=b"k", seconds=seconds)
    found.start()
    try:
        yield found
    finally:
        found.stop()


def evidence(found: Arriving, name: str) -> Evidence:
    """Return what is known of a handler."""
    return next(h.evidence for h in found.reviewed().handlers if h.name == name)


def test_both_sides_are_replayed_on_what_came_and_what_they_show_is_counted() -> None:
    with recorder() as record:
        came = [record(name, *ACTS) for name in ("m1", "m2")] + [record("m3", *ACTS, handler="report")]
    with arriving() as found:
        assert found.take(came[0]) == {("dispatch", ""): Verdict.MATCH, ("build", "a"): Verdict.MATCH}
        found.take(came[1])
        assert found.take(came[2]) == {("dispatch", ""): Verdict.MATCH, ("report", "a"): Verdict.MATCH}
        assert found.take(came[0]) == {}  # delivered again: it shows nothing more
        review = found.reviewed()
    assert (review.form, review.origin, review.ledger) == ("live", Origin.LIVE, Ledger(expected=3, paired=3))
    assert {h.name: h.evidence.tally for h in review.handlers} == {
        "dispatch": Tally(match=3), "build": Tally(match=2), "report": Tally(match=1),
    }  # fmt: skip
    assert {h.evidence.capture_complete for h in review.handlers} == {True}


def test_a_worker_whose_clock_is_ahead_does_not_hide_the_newest_hours_of_the_others() -> None:
    now = time.time()
    with recorder() as record:
        came = [record(name, "call") for name in ("m1", "m2")]
    with arriving() as found:
        for one, at in zip(came, (now + 1e9, now), strict=True):
            found.take(replace(one, message=replace(one.message, at=at)))
        recent = evidence(found, "build").recent
    assert sum(hour.pairs for hour in recent.values()) == 2
    assert max(recent) <= time.time() // 3600


def in_the_real_world(one: Recorded) -> Recorded:
    """Return a recording with the moments and ids of another time and place."""

    def other(content: bytes) -> bytes:
        content = re.sub(rb"new id [^\"]*?#\d+", b"0b5b1f9e-9c0e-4c6e-8d3a-5f2d3c4b5a69", content)
        return re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*", b"2031-02-03T04:05:06.789012+00:00", content)

    return replace(one, observations=tuple(replace(o, content=other(o.content)) for o in one.observations))


def with_another(text: bytes) -> Callable[[Recorded], Recorded]:
    def changed(one: Recorded) -> Recorded:
        there = tuple(replace(o, content=o.content.replace(b'"report"', text)) for o in one.observations)
        return replace(one, observations=there)

    return changed


@pytest.mark.parametrize(
    ("change", "complete"),
    [(in_the_real_world, True), (with_another(b'"another"'), False), (with_another(b"1800000001"), False)],
    ids=["moments and ids", "a text", "a number near the moment where a text was"],
)
def test_only_moments_and_new_ids_may_differ_between_the_real_world_and_its_replay(
    change: Callable[[Recorded], Recorded], complete: bool
) -> None:
    with recorder() as record:
        came = change(record("m1", *ACTS))
    with arriving() as found:
        verdicts = found.take(came)
        assert verdicts["build", "a"] is Verdict.MATCH
        assert evidence(found, "build").capture_complete is complete
        assert evidence(found, "dispatch").capture_complete is True


def test_a_message_on_which_a_side_dies_is_lost_with_the_reason_and_the_next_is_replayed() -> None:
    with recorder() as record:
        good = [record(name, ["call", "x"]) for name in ("m1", "m2")]
    with arriving() as found:
        found.take(good[0])
        assert found.take(deadly("bad", ["end", "kill"])) == {}
        assert found.take(good[1])["build", "a"] is Verdict.MATCH
        review = found.reviewed()
    assert review.ledger == Ledger(expected=3, paired=2, lost=1)
    assert ["its process died" in why for why in found.book.gone.values()] == [True]
    assert any("its process died" in why for why in review.harness_errors)


def test_a_message_on_which_a_side_hangs_is_lost_after_its_time() -> None:
    with recorder() as record:
        good = record("m1", ["call", "x"])
    with arriving(seconds=3.0) as found:
        assert found.take(deadly("bad", ["end", "sleep"])) == {}
        found.take(good)
    assert found.reviewed().ledger.lost >= 1
    assert "did not end within 3 seconds" in found.book.gone["bad"]


def test_what_is_not_to_be_replayed_is_lost_once_and_said() -> None:
    found = Arriving(migration, PATH, token_key=b"k")
    for _ in range(2):
        found.unpaired("m1", "it is expired")
    review = found.reviewed()
    assert review.ledger == Ledger(expected=1, lost=1)
    assert review.harness_errors["it is expired"] == 1


def test_tallies_and_ledger_add_to_those_of_another_run_of_the_same_code() -> None:
    found = Arriving(migration, PATH, token_key=b"k")
    known = Evidence(handler="build", tally=Tally(match=5, mismatch=1), keys={"k": True, "l": False})
    found.beside(Run(run="before", evidence=(known,), ledger=Ledger(expected=7, paired=6, lost=1)))
    found.unpaired("m1", "it is expired")
    review = found.reviewed()
    assert review.ledger == Ledger(expected=8, paired=6, lost=2)
    build = next(h.evidence for h in review.handlers if h.name == "build")
    assert (build.tally, build.keys_mismatched) == (known.tally, 1)
