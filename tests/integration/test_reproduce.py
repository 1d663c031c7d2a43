"""Payloads that are tried one after the other on both sides, each of which has a process that stays."""

from collections.abc import Iterator
from typing import Any

import pytest

from tasksplit.errors import DeclarationError, ReplayError
from tasksplit.model.verdict import Verdict
from tasksplit.replay.reproduce import BothSides, Reached, showing
from tasksplit.replay.shrink import shrink
from tasksplit.testing import differences
from tests.unit.replay.replayed import PATH, step
from tests.unit.replay.toy.migration import migration


def payload(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"ref": "r", "key": "k", "steps": list(steps), **more}


WHOLE = payload(
    step("report", ["call", "told"], ["value", 3]),
    step("build", ["insert"], ["http", "/status", {"n": 4}], ["row", "done"], job="a"),
    step("build", ["value", 5], job="b"),
    sender={"name": "somebody", "since": [1, 2, 3]},
    note="n" * 300,
)


@pytest.fixture
def sides(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[BothSides]:
    defect, at_once = getattr(request, "param", ("", 2))
    monkeypatch.setenv("TOY_DEFECT", defect)
    with BothSides(Reached(migration=migration, path=PATH, at_once=at_once, seconds_per_message=20)) as both:
        yield both


@pytest.mark.parametrize("sides", [("other argument", 4)], indirect=True, ids=["two processes of each side"])
def test_the_smallest_message_still_shows_that_difference(sides: BothSides) -> None:
    (came,) = sides.run([WHOLE])
    (differs,) = [one for one in came.judged if one.verdict is Verdict.MISMATCH]
    (fingerprint,) = [d.fingerprint for d in differs.differences if d.path.endswith(".url")]
    found = shrink(WHOLE, showing(sides, "build", fingerprint))
    assert found.minimal
    assert found.value == {"ref": "", "steps": [{"handler": "build", "acts": [["http", ""]]}]}
    (came,) = sides.run([found.value])
    assert came.difference("build", fingerprint)
    assert not came.difference("report", fingerprint)


def test_what_came_of_each_payload_is_its_own_though_some_are_none_and_some_kill_a_process(sides: BothSides) -> None:
    deadly = payload(step("build", ["end", "kill"]))
    loaded = payload(step("report", ["value", 1]))
    came = sides.run([WHOLE, deadly, {"__type__": 1, "__value__": 2}, loaded])
    assert [bool(one.untold) for one in came] == [False, True, True, False]
    assert [len(one.judged) for one in came] == [4, 0, 0, 2]
    assert {one.verdict for each in came for one in each.judged} == {Verdict.MATCH}
    assert "Celery's JSON" in came[2].untold


def test_both_sides_agree_in_a_test_of_ones_own() -> None:
    assert differences(PATH, WHOLE, handler="build") == ()
    assert differences(PATH, WHOLE, handler="dispatch") == ()


@pytest.mark.parametrize(
    ("asked", "handler", "said"),
    [
        (payload(step("report")), "build", "no pair of build on this message; pairs there are of: dispatch, report"),
        (payload(step("build", job="bad instance")), "build", "nothing that can be told: the view of build"),
        ({"__type__": 1, "__value__": 2}, "build", "Celery's JSON"),
    ],
    ids=["never ran", "undecided", "no message"],
)
def test_what_cannot_be_told_is_no_agreement(asked: Any, handler: str, said: str) -> None:
    with pytest.raises(ReplayError, match=said):
        differences(PATH, asked, handler=handler)


def test_a_handler_that_is_not_declared_is_named() -> None:
    with pytest.raises(DeclarationError, match=r"'biuld'.*one of dispatch, build, report"):
        differences(PATH, WHOLE, handler="biuld")
