"""A handler begins and ends where it is declared, on functions and methods alike, and what it received is frozen."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tasksplit import Handler, Migration
from tasksplit.capture.boundaries import Boundaries
from tasksplit.capture.journal import Journal, observed
from tasksplit.capture.outcomes import returned
from tasksplit.model.message import Side
from tasksplit.worlds.clock import Clock
from tasksplit.worlds.sink import ACTIVE
from tests.unit.capture import test_boundaries as here

HERE = "tests.unit.capture.test_boundaries"


@dataclass(frozen=True)
class Payload:
    job: str
    count: int = 1


class Old:
    def __init__(self, job: str) -> None:
        self.job = job
        self.events: list[str] = ["as it was"]

    def run(self, extra: int = 0) -> str:
        self.events.append("changed by the handler")
        return f"ran {self.job}"

    @classmethod
    def of(cls, job: str, count: int = 1) -> str:
        return f"{cls.__name__} {job}"

    @staticmethod
    def loose(job: str) -> str:
        return f"loose {job}"


def old_function(job: str, count: int = 1, *, session: Any = None) -> str:
    return f"{job}{count}"


def service(payload: Payload, *, note: str = "", session: Any = None) -> str:
    return f"{payload.job}{note}"


def _view(what: Any) -> dict[str, Any]:
    if isinstance(what, Old):
        return {"job": what.job, "events": what.events}
    return dict(what)


def _migration(legacy: str, instance: Callable[[Any], Any] | None = None) -> Migration:
    handler = Handler(
        "h", legacy=f"{HERE}:{legacy}", view=_view, split="t", implementation=f"{HERE}:service", instance=instance
    )
    return Migration(name="m", legacy="a:b", split="a:c", handlers=[handler])


@pytest.fixture
def journal() -> Iterator[Journal]:
    found = Journal("m", Side.LEGACY, Clock())
    found.open("dispatch", parent=None)
    ACTIVE.sink = found
    try:
        yield found
    finally:
        ACTIVE.sink = None


def _run(journal: Journal, migration: Migration, side: Side, call: Callable[[], Any]) -> list[Any]:
    boundaries = Boundaries(migration, side)
    boundaries.install()
    try:
        call()
    finally:
        boundaries.uninstall()
    return [json.loads(o.content) for o in observed(journal, {}, lambda c: c)]


@pytest.mark.parametrize(
    ("legacy", "call", "inputs", "value"),
    [
        ("Old.run", lambda: here.Old("j").run(), {"job": "j", "events": ["as it was"]}, "ran j"),
        ("Old.of", lambda: here.Old.of("j"), {"job": "j", "count": 1}, "Old j"),
        ("Old.loose", lambda: here.Old.loose(job="j"), {"job": "j"}, "loose j"),
        ("old_function", lambda: here.old_function("j", 2), {"job": "j", "count": 2, "session": None}, "j2"),
    ],
)
def test_what_a_legacy_handler_received_is_frozen_before_it_runs(
    journal: Journal, legacy: str, call: Callable[[], Any], inputs: Any, value: str
) -> None:
    _dispatch, handler = _run(journal, _migration(legacy), Side.LEGACY, call)
    assert handler["inputs"] == inputs
    assert handler["outcome"] == {"kind": "returned", "value": value}
    assert _dispatch["effects"]["started"] == [{"handler": "h", "instance": ""}]


def test_what_an_implementation_received_leaves_its_doors_out(journal: Journal) -> None:
    found = _run(journal, _migration("Old.run"), Side.SPLIT, lambda: here.service(Payload("j"), session=object()))
    assert found[1]["inputs"] == {"payload": {"job": "j", "count": 1}, "note": ""}


def test_an_instance_is_the_same_for_a_payload_class_and_a_plain_value(journal: Journal) -> None:
    _run(
        journal, _migration("Old.run", lambda inputs: inputs["payload"]["job"]), Side.SPLIT,
        lambda: here.service(Payload("j")),
    )  # fmt: skip
    assert journal.frames[1].instance == "j"


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (1, "1"), (["b", 1], '["b",1]'), ({"b": 1, "a": 2}, '{"a":2,"b":1}'), (None, "null")],
)
def test_an_instance_is_text(journal: Journal, value: Any, text: str) -> None:
    _run(journal, _migration("Old.loose", lambda _inputs: value), Side.LEGACY, lambda: here.Old.loose("j"))
    assert journal.frames[1].instance == text


def test_an_implementation_in_its_own_task_fills_the_boundary_of_the_task(journal: Journal) -> None:
    frame = journal.reserve("h", journal.frames[0])
    journal.resume(frame)
    _run(journal, _migration("Old.run"), Side.SPLIT, lambda: [here.service(Payload("a")), here.service(Payload("b"))])
    assert (frame.acted, frame.value) == (True, "a")
    assert [f.handler for f in journal.frames] == ["dispatch", "h", "h"]
    journal.close(frame, returned("x"))
    assert journal.frames[2].parent is frame


def test_wrong_arguments_raise_as_before(journal: Journal) -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        _run(journal, _migration("Old.run"), Side.SPLIT, here.service)
    assert journal.frames[1].outcome


def test_outside_a_message_nothing_is_observed(journal: Journal) -> None:
    ACTIVE.sink = None
    assert len(_run(journal, _migration("Old.run"), Side.LEGACY, lambda: here.Old("j").run())) == 1


def test_the_user_s_code_is_given_back(journal: Journal) -> None:
    before = Old.run.__code__
    _run(journal, _migration("Old.run"), Side.LEGACY, lambda: None)
    assert Old.run.__code__ is before


def test_an_exception_passes_and_is_its_outcome(journal: Journal) -> None:
    def fail(what: Any) -> dict[str, Any]:
        raise KeyError("no view")

    migration = _migration("Old.run")
    handler = migration.handlers[0]
    object.__setattr__(handler, "view", fail)
    found = _run(journal, migration, Side.LEGACY, lambda: here.Old("j").run())
    assert found[1]["outcome"] == {"kind": "returned", "value": "ran j"}
    assert found[1]["inputs"] is None
    assert "the view of h: KeyError" in str(journal.frames[1].undecided)
