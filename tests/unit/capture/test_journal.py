"""Each boundary owns what happens in it; failures of ours are named, and only they make it undecided."""

import json
from typing import Any

import pytest

from tasksplit.capture.journal import CHILD_SECONDS, Frame, Journal, maker, observed
from tasksplit.capture.outcomes import raised, returned
from tasksplit.model.message import Side
from tasksplit.model.observation import Observation
from tasksplit.worlds.clock import START, Clock
from tasksplit.worlds.sink import Alarm, Missed, Refused

ALARM = Alarm(event="socket.connect", target="x", site="f.py:1 in g")


@pytest.fixture
def clock() -> Clock:
    found = Clock()  # not installed: it only counts
    found.begin("m", START)
    return found


@pytest.fixture
def journal(clock: Clock) -> Journal:
    return Journal("m", Side.LEGACY, clock)


def _observed(journal: Journal, rows: dict[int, list[dict[str, Any]]] | None = None) -> list[Observation]:
    return list(observed(journal, rows or {}, lambda content: content))


def _contents(journal: Journal) -> list[Any]:
    return [json.loads(o.content) for o in _observed(journal)]


def _open(journal: Journal, handler: str = "h", parent: Frame | None = None, instance: str = "") -> Frame:
    frame = journal.open(handler, parent=parent)
    journal.enter(frame, b"{}", instance)
    return frame


def test_calls_belong_to_the_innermost_boundary(journal: Journal) -> None:
    assert journal.frame() == -1
    journal.call({"call": "nobody's"})
    outer = _open(journal, "outer")
    journal.call({"call": "a"})
    inner = _open(journal, "inner", outer)
    journal.call({"call": "b"})
    journal.close(inner, returned(1))
    journal.call({"call": "c"})
    journal.close(outer, returned(2))
    journal.call({"call": "late"})  # a thread that goes on between two tasks
    assert [[c["call"] for c in o["effects"]["calls"]] for o in _contents(journal)] == [["a", "c", "late"], ["b"]]


def test_closing_an_outer_boundary_closes_what_is_open_in_it(journal: Journal) -> None:
    outer = _open(journal, "outer")
    _open(journal, "inner", outer)
    journal.close(outer, returned(None))
    assert journal.stack == []


def test_what_is_undeclared_is_an_effect_but_not_in_a_view(journal: Journal) -> None:
    _open(journal)
    journal.viewing = True
    journal.alarm(ALARM)
    journal.viewing = False
    journal.alarm(ALARM)
    assert len(journal.alarms) == 2
    assert [c["call"] for c in _contents(journal)[0]["effects"]["calls"]] == ["undeclared"]


def test_a_view_may_read_no_table(journal: Journal) -> None:
    frame = _open(journal)
    journal.reads(frozenset({"a"}))
    journal.viewing = True
    with pytest.raises(Refused, match="reads b from the database"):
        journal.reads(frozenset({"b"}))
    assert frame.tables == {"a"}


def test_a_miss_is_undecided_from_there_on(journal: Journal) -> None:
    _open(journal)
    journal.call({"call": "a"})
    for what in ("first", "second"):
        with pytest.raises(Missed):
            journal.miss(what)
        journal.call({"call": "b"})
    found = _observed(journal)[0]
    assert found.undecided == "not in the recording: first"
    assert found.calls_before_miss == 1


def test_our_own_failure_is_named_and_undecides_the_innermost_boundary_alone(journal: Journal) -> None:
    outer = _open(journal, "outer")
    inner = _open(journal, "inner", outer)
    journal.failed("a step", KeyError("x"))
    journal.close(inner, returned(None))
    journal.close(outer, returned(None))
    assert [o.undecided for o in _observed(journal)] == [None, "tasksplit failed: a step: KeyError: 'x'"]
    assert journal.harness_errors == ["a step: KeyError: 'x'"]


def test_our_own_failure_between_tasks_undecides_dispatch(journal: Journal) -> None:
    frame = _open(journal, "dispatch")
    journal.close(frame, returned(None))
    journal.failed("a step", KeyError("x"))
    assert _observed(journal)[0].undecided is not None


def test_our_own_failure_raises_in_tests(clock: Clock) -> None:
    journal = Journal("m", Side.LEGACY, clock, strict=True)
    with pytest.raises(KeyError):
        journal.failed("a step", KeyError("x"))


def test_a_call_that_cannot_be_written_is_our_failure(journal: Journal) -> None:
    _open(journal)
    journal.call({"call": "x", "arguments": object()})
    assert _observed(journal)[0].undecided is not None


def test_a_value_that_cannot_be_written_keeps_its_kind(journal: Journal) -> None:
    frame = _open(journal)
    journal.close(frame, returned(object()))
    assert _contents(journal)[0]["outcome"] == {"kind": "returned"}
    assert _observed(journal)[0].undecided is not None


def test_runs_of_the_same_handler_are_counted(journal: Journal) -> None:
    for instance in ("a", "a", "b"):
        journal.close(_open(journal, instance=instance), returned(None))
    assert [(o.instance, o.ordinal) for o in _observed(journal)] == [("a", 0), ("a", 1), ("b", 0)]


def test_rows_and_what_was_started_are_in_the_content(journal: Journal) -> None:
    outer = _open(journal, "outer")
    inner = journal.reserve("inner", outer)
    rows = {0: [{"table": "t", "op": "delete", "key": {"id": 1}, "columns": {}}]}
    journal.close(outer, returned(None))
    content = json.loads(_observed(journal, rows)[0].content)
    assert content["effects"]["rows"] == {"t": [{"op": "delete", "key": {"id": 1}, "columns": {}}]}
    assert content["effects"]["started"] == [{"handler": "inner", "instance": ""}]
    journal.close(journal.resume(inner), returned(None))
    assert [o.parent for o in _observed(journal)] == [None, "outer"]


def test_a_retry_is_started_once(journal: Journal) -> None:
    outer = _open(journal, "outer")
    inner = journal.reserve("inner", outer)
    journal.close(journal.resume(inner), {"kind": "retried", "countdown": 5})
    again = journal.open("inner", parent=outer, attempt=1)
    journal.close(again, returned(None))
    journal.close(outer, returned(None))
    assert len(json.loads(_observed(journal)[0].content)["effects"]["started"]) == 1
    assert [o.attempt for o in _observed(journal)] == [0, 0, 1]


def test_time_goes_on_by_the_child_and_never_by_the_order(journal: Journal) -> None:
    outer = _open(journal, "outer")
    one, two = journal.reserve("one", outer), journal.reserve("two", outer)
    for frame in (two, one):
        journal.resume(frame)
        journal.enter(frame, None, "i")
        journal.close(frame, returned(None))
    other = Journal("m", Side.SPLIT, Clock())
    parent = _open(other, "outer")
    for name in ("one", "two"):
        child = other.open(name, parent=parent)
        other.enter(child, None, "i")
        other.close(child, returned(None))
    bases = {f.handler: f.base for f in journal.frames}
    assert bases == {f.handler: f.base for f in other.frames}
    assert bases["one"] >= bases["outer"] + CHILD_SECONDS


def test_failed_results_are_told_by_the_declared_function(clock: Clock) -> None:
    def failure(value: Any) -> bool:
        return bool(value["failed"])

    journal = Journal("m", Side.LEGACY, clock, failure=failure)
    frames = [_open(journal, name) for name in "abc"]
    for frame, value in zip(reversed(frames), ({"failed": True}, {"failed": False}, None), strict=True):
        journal.close(frame, returned(value))
    assert [f.ended for f in frames] == ["returned", "returned", "returned:failure"]
    assert [o.undecided is None for o in _observed(journal)] == [False, True, True]


class Odd(Exception):
    def __str__(self) -> str:
        return "<Odd object at 0x7fA0>"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ValueError("x"), {"kind": "raised", "type": "ValueError", "message": "x"}),
        (Odd(), {"kind": "raised", "type": f"{Odd.__module__}.Odd", "message": "<Odd object>"}),
        (SystemExit(3), {"kind": "raised", "type": "SystemExit", "message": "3"}),
    ],
)
def test_an_exception_is_told_by_its_class_and_text(error: BaseException, outcome: dict[str, Any]) -> None:
    assert raised(error) == outcome


def test_celery_s_own_exceptions_are_outcomes_of_their_own() -> None:
    from celery.exceptions import Ignore, Reject, Retry

    assert raised(Retry("again", when=7)) == {"kind": "retried", "countdown": 7}
    assert raised(Ignore()) == {"kind": "ignored"}
    assert raised(Reject("no")) == {"kind": "rejected"}


def test_an_exception_whose_text_raises_is_told_all_the_same() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    assert raised(Broken())["kind"] == "raised"


def test_a_long_instance_is_short_where_it_names_ids(journal: Journal) -> None:
    frame = _open(journal, instance="x" * 100)
    assert len(maker(frame)) < 40
    frame.instance = ""
    assert maker(frame) == "h"
