"""What legacy went through is counted by kind of event; what the user's functions cannot name costs no message."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Any

import pytest

from tasksplit import Dispatch, Handler, Migration
from tasksplit.capture.arrival import message
from tasksplit.model.message import Message, Side
from tasksplit.model.observation import DISPATCH
from tasksplit.pair.naming import MOST_NAMES
from tasksplit.replay.exercised import Exercised
from tasksplit.replay.learning import Learning
from tasksplit.replay.side import Run
from tests.unit.replay.replayed import running, step
from tests.unit.replay.toy.migration import migration as toy


class Event(str, Enum):  # noqa: UP042  # as older services write it
    PUSH = "push"


def migration(strata: Any = None, **changes: Any) -> Migration:
    build = Handler(
        "build", legacy="legacy:build", view=dict, split="task.build", implementation="shadow:build",
        strata=strata or {},
    )  # fmt: skip
    declared: dict[str, Any] = {"event": lambda payload: payload["kind"], "failure": bool}
    return Migration(name="m", legacy="a:b", split="c:d", handlers=[build], **declared | changes)


def of(payload: Any, name: str = "m") -> Message:
    return Message(id=name, payload=payload, entry="m", key=None, digest=name)


def ran(handler: str, ended: str) -> Run:
    return Run(handler=handler, instance="", before=(), ended=ended, reads=frozenset(), rows=frozenset())


def exercised(declared: Migration, *told: tuple[Any, str]) -> Exercised:
    """One message for each payload, on which the handler ended like that; ``nothing``: no handler was started."""
    found = Exercised(declared)
    for number, (payload, ended) in enumerate(told):
        nothing = ended == "nothing"
        runs = [ran(DISPATCH, "returned"), *([] if nothing else [ran("build", ended)])]
        found.add(of(payload, f"m{number}"), runs, nothing=nothing)
    return found


PUSH, PULL = {"kind": "push"}, {"kind": "pull"}


def test_counts_by_kind_and_way_and_shows_what_is_declared_and_empty() -> None:
    found = exercised(
        migration({"push": ("raised", "returned"), "tag": ("returned",)}),
        (PUSH, "returned"), (PUSH, "returned"), (PULL, "raised"), (PULL, ""),
    )  # fmt: skip
    assert found.table("build") == {
        "push": {"returned": 2, "raised": 0},
        "tag": {"returned": 0},
        "pull": {"raised": 1},
    }
    assert found.seen("build") == {"returned": 2, "raised": 1}
    assert found.table(DISPATCH) == {"push": {"returned": 2}, "pull": {"returned": 2}}


def test_the_order_is_that_of_the_declaration_and_then_of_the_alphabet() -> None:
    found = exercised(migration({"z": ("raised",)}), ({"kind": "b"}, "raised"), ({"kind": "a"}, "retried"))
    table = found.table("build")
    assert table is not None
    assert list(table) == ["z", "a", "b"]


def test_what_is_seen_and_not_declared_is_a_finding_that_does_not_block() -> None:
    strata = {"push": ("returned",)}
    found = list(exercised(migration(strata), (PUSH, "raised"), (PULL, "returned"), (PULL, "raised")).findings("build"))
    assert [(f.code, f.blocks) for f in found] == [("undeclared-event", False), ("undeclared-outcome", False)]
    assert "legacy showed pull (2x), which the strata do not name" in found[0].text
    assert "legacy showed push: raised (1x)," in found[1].text
    assert list(exercised(migration(), (PUSH, "raised")).findings("build")) == []


def test_without_an_event_function_there_is_no_table_and_the_sums_are_the_same() -> None:
    found = exercised(migration(event=None), (None, "returned"), (None, "nothing"))
    assert found.table("build") is None
    assert found.unwanted() is None
    assert found.seen("build") == {"returned": 1}
    assert found.seen(DISPATCH) == {"returned": 1, "returned:nothing": 1}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (lambda _payload: None, "(no kind)"),
        (lambda _payload: "", "(no kind)"),
        (lambda _payload: Event.PUSH, "push"),
        (lambda _payload: 5, "?"),
        (lambda payload: payload["no such member"], "?"),
    ],
)
def test_any_answer_of_the_event_function_is_survived(event: Any, kind: str) -> None:
    assert exercised(migration(event=event), (PUSH, "returned")).table("build") == {kind: {"returned": 1}}


def test_what_the_event_function_raises_is_counted_and_named() -> None:
    found = exercised(migration({"push": ["returned"]}), ({}, "returned"), (PUSH, "returned"), ({}, "raised"))
    (finding,) = found.unnamed()
    assert (finding.code, finding.blocks) == ("event-unnamed", False)
    assert finding.text == (
        "Migration.event raised KeyError on 2 messages, first on m0 ('kind'); what it cannot name counts as '?'"
    )
    assert list(found.findings("build")) == []  # said already


def test_a_name_for_each_message_is_no_kind() -> None:
    found = exercised(migration(), *(({"kind": f"{n:04}"}, "returned") for n in range(MOST_NAMES + 3)))
    table = found.table("build")
    assert table is not None
    assert len(table) == MOST_NAMES + 1
    assert table["?"] == {"returned": 3}
    (finding,) = found.unnamed()
    assert "gave more than 100 different names on 3 messages, first on m100" in finding.text


def test_what_nobody_wants_is_counted_by_reason_else_by_kind() -> None:
    told = [({"kind": "push", "why": "fork"}, "nothing"), (PUSH, "nothing"), (PULL, "returned")]
    assert exercised(migration(), *told).unwanted() == {"push": 2}
    asked: list[Any] = []

    def why(payload: Any) -> str | None:
        asked.append(payload)
        return payload.get("why")

    assert exercised(migration(dispatch=Dispatch(refusal=why)), *told).unwanted() == {"fork": 1, "push": 1}
    assert len(asked) == 2  # what a handler took is not asked about
    reasons = exercised(migration(event=None, dispatch=Dispatch(refusal=why)), *told)
    assert reasons.unwanted() == {"fork": 1, "(no kind)": 1}
    broken = exercised(migration(dispatch=Dispatch(refusal=lambda payload: payload["why"])), *told)
    assert broken.unwanted() == {"fork": 1, "?": 1}
    assert [f.code for f in broken.unnamed()] == ["refusal-unnamed"]


def test_what_legacy_did_is_told_apart_from_nothing() -> None:
    declared = replace(toy, event=lambda payload: payload["kind"])
    learning = Learning(declared)
    events: dict[str, dict[str, Any]] = {
        "returned": {"kind": "push", "steps": [step("build", ["value", 1])]},
        "raised": {"kind": "pull", "steps": [step("build", ["fail", "ValueError", "no"])]},
        "nothing": {"kind": "pull"},
        "call": {"kind": "pull", "before": [["call", "x"]]},
    }
    with running(Side.LEGACY) as runner:
        for name, event in events.items():
            one = message(declared, name, {"ref": "r", **event})
            learning.legacy(one, runner.run(one))
    assert learning.ignored == ["nothing"]
    assert learning.exercised.table("build") == {"pull": {"raised": 1}, "push": {"returned": 1}}
    assert learning.exercised.table(DISPATCH) == {
        "pull": {"returned": 1, "returned:nothing": 1, "raised": 1},
        "push": {"returned": 1},
    }
    assert learning.exercised.unwanted() == {"pull": 1}
