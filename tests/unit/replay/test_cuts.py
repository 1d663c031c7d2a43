"""A handler is compared as one whatever task runs it: inside that of an event, or in one that several share."""

from __future__ import annotations

from typing import Any

import pytest

from tasksplit import DeclarationError, Migration
from tasksplit.capture.arrival import message
from tasksplit.model.message import Side
from tasksplit.replay.circumstances import Circumstance, How
from tasksplit.replay.side import Replayed
from tests.unit.replay.replayed import calls, content, of, outcome, replay, rows, running, started, step
from tests.unit.replay.toy.cuts import inside, misled, together

ROW = {"builds": [{"op": "update", "key": {"id": 1}, "columns": {"state": "done"}}]}
CUTS = pytest.mark.parametrize("cut", [inside, together], ids=["inside", "shared"])


def run(cut: Migration, event: dict[str, Any], **circumstances: Any) -> Replayed:
    """Run one message on the split side of a cut."""
    with running(Side.SPLIT, cut) as runner:
        return runner.run(message(cut, "m", {"ref": "r", **event}), **circumstances)


def written(replayed: Replayed) -> dict[tuple[str, str, int, int], bytes]:
    return {(o.handler, o.instance, o.attempt, o.ordinal): o.content for o in replayed.observations}


@CUTS
def test_each_cut_does_what_legacy_does(cut: Migration) -> None:
    event = {
        "steps": [
            step("build", ["fresh"], ["insert"], ["row", "done"], ["http", "/a", {"b": 1}], job="a"),
            step("report", ["fresh"], ["value", 3]),
            step("build", ["fresh"], job="b"),
        ]
    }
    assert written(run(cut, event)) == written(replay(Side.LEGACY, event))


def test_what_the_task_of_an_event_does_outside_of_its_handlers_is_dispatchs() -> None:
    event = {
        "parsing": [["call", "parsed"]],
        "before": [["call", "chosen"], ["value", 5]],
        "steps": [step("build", ["row", "done"], ["call", "built"])],
    }
    found = run(inside, event)
    assert [o.handler for o in found.observations] == ["dispatch", "build"]
    assert [c["arguments"]["text"] for c in calls(found, "dispatch")] == ["parsed", "chosen"]
    assert [c["arguments"]["text"] for c in calls(found, "build")] == ["built"]
    assert (rows(found, "dispatch"), rows(found, "build")) == ({}, ROW)
    assert started(found, "dispatch") == ["build"]
    assert outcome(found, "dispatch") == {"kind": "returned", "value": 5}
    assert of(found, "build")[0].parent == "dispatch"
    assert found.harness_errors == ()


def test_how_the_task_of_an_event_ends_is_how_dispatch_ends() -> None:
    event = {"steps": [step("build", ["fail", "ValueError"]), step("report")]}
    found = run(inside, event)
    assert outcome(found, "dispatch")["kind"] == outcome(found, "build")["kind"] == "raised"
    assert (of(found, "dispatch")[0].interrupted, of(found, "report")) == ("build", [])
    assert written(found) == written(replay(Side.LEGACY, event))


def test_an_event_that_is_tried_again_is_another_attempt_of_dispatch() -> None:
    found = run(inside, {"before": [["call", "again"], ["retry", 30]]})
    assert [o.attempt for o in of(found, "dispatch")] == [0, 1]
    assert outcome(found, "dispatch") == {"kind": "retried", "countdown": 30}
    assert [len(calls(found, "dispatch", n)) for n in (0, 1)] == [1, 1]


@pytest.mark.parametrize(("cut", "ordered"), [(inside, True), (together, False)], ids=["inside", "shared"])
def test_handlers_that_are_called_one_after_the_other_have_an_order(cut: Migration, ordered: bool) -> None:
    steps = [step("build", ["row", "done"], job="a"), step("report", ["call", "x"], job="a")]
    runs = {run.handler: (place, run) for place, run in enumerate(run(cut, {"steps": steps}).runs)}
    assert (runs["build"][0] in runs["report"][1].before) is ordered
    assert runs["report"][0] not in runs["build"][1].before


def test_dispatch_that_goes_on_in_a_task_that_no_worker_knows_is_refused() -> None:
    with (
        pytest.raises(DeclarationError, match=r"'toy\.nobody\.knows' of dispatch, which goes on in it"),
        running(Side.SPLIT, misled),
    ):
        pass


def test_a_shared_task_is_of_the_handler_that_takes_its_arguments() -> None:
    found = run(together, {"steps": [step("report", ["call", "r"], job="a"), step("build", ["call", "b"], job="a")]})
    assert started(found, "dispatch") == ["build", "report"] or started(found, "dispatch") == ["report", "build"]
    assert [c["arguments"]["text"] for h in ("report", "build") for c in calls(found, h)] == ["r", "b"]
    assert content(of(found, "build")[0])["inputs"]["job"] == "a"


def test_a_shared_task_that_nobody_takes_is_an_effect_of_its_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_DEFECT", "unknown handler")
    found = run(together, {"steps": [step("build", ["call", "b"])]})
    assert [o.handler for o in found.observations] == ["dispatch"]
    (sent,) = calls(found, "dispatch")
    assert (sent["task"], sent["kwargs"]["handler"]) == ("toy.shared", "nobody")
    assert found.harness_errors == ()


def test_where_takes_cannot_tell_it_is_undecided_and_no_mismatch() -> None:
    found = run(together, {"steps": [step("build", job="bad takes")]})
    assert "takes= of toy.shared: LookupError: cannot tell" in found.harness_errors[0]
    assert "takes=" in (of(found, "dispatch")[0].undecided or "")


@pytest.mark.parametrize(("place", "built"), [(0, 1), (1, 2)], ids=["its entry", "the event"])
def test_what_befalls_dispatch_befalls_its_event_too(place: int, built: int) -> None:
    """A connection breaks after a call, and the task in which it was is delivered again."""
    event = {"parsing": [["call", "p"]], "steps": [step("build", ["call", "b"])]}
    plain = run(inside, event, circumstance=Circumstance(how=How.PLAIN))
    assert plain.done is not None
    calls_ = [n for n, effect in enumerate(plain.done.effects["dispatch"], 1) if "notify" in effect]
    assert len(calls_) == 2
    broken = Circumstance(how=How.FAILED_AFTER, handler="dispatch", step=calls_[place])
    found = run(inside, event, circumstance=broken)
    assert found.done is not None
    assert "notify" in found.done.struck
    assert len(of(found, "build")) == built
