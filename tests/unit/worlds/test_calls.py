"""Declared calls are noted by the names of their arguments, and answered by a stand-in or a recording."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from tasksplit.model.migration import Effect, Read
from tasksplit.worlds.answers import Answers
from tasksplit.worlds.calls import Calls
from tasksplit.worlds.sink import Missed, Refused
from tests.unit.worlds import serving
from tests.unit.worlds.sinks import Kept, listening

HERE = "tests.unit.worlds.serving"
DECLARED = [
    Effect("send", at=[f"{HERE}:send"]),
    Read("ask", at=[f"{HERE}:ask"]),
    Effect("push", at=[f"{HERE}:Service.push"]),
    Effect("of", at=[f"{HERE}:Service.of"]),
    Effect("ping", at=[f"{HERE}:Service.ping"]),
]


@pytest.fixture
def calls() -> Iterator[Calls]:
    found = Calls(DECLARED)
    found.install()
    try:
        yield found
    finally:
        found.uninstall()


@pytest.fixture
def sink(calls: Calls) -> Iterator[Kept]:
    with listening() as kept:
        yield kept


def test_an_effect_is_noted_in_one_form_however_it_was_called(calls: Calls, sink: Kept) -> None:
    assert serving.send("a") == "sent  to a"
    serving.send(to="a", body="", retries=0)
    assert sink.calls == [{"call": "send", "arguments": {"to": "a", "body": "", "retries": 0}}] * 2
    assert calls.seen["send"] == 2


@pytest.mark.parametrize(
    ("call", "name", "arguments"),
    [
        (lambda: serving.Service().push("r"), "push", {"ref": "r", "force": False}),
        (lambda: serving.Special("y").push(ref="r", force=True), "push", {"ref": "r", "force": True}),
        (lambda: serving.Service.push(serving.Service(), "r"), "push", {"ref": "r", "force": False}),
        (lambda: serving.Service.of("n"), "of", {"name": "n"}),
        (lambda: serving.Special.of(name="n"), "of", {"name": "n"}),
        (lambda: serving.Service().ping(), "ping", {"n": 1}),
        (lambda: serving.Service.ping(2), "ping", {"n": 2}),
    ],
)
def test_methods_are_noted_without_self(
    calls: Calls, sink: Kept, call: Callable[[], Any], name: str, arguments: dict[str, Any]
) -> None:
    value = call()
    assert sink.calls == [{"call": name, "arguments": arguments}]
    assert value is not None


def test_a_read_is_counted_and_not_noted(calls: Calls, sink: Kept) -> None:
    assert serving.ask("x") == Decimal("1.50")
    assert sink.calls == []
    assert calls.seen["ask"] == 1


def test_wrong_arguments_raise_as_before(calls: Calls, sink: Kept) -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        serving.send()  # type: ignore[call-arg]  # on purpose


def test_outside_a_boundary_nothing_is_noted(calls: Calls) -> None:
    assert serving.send("a") == "sent  to a"
    with listening(number=-1) as sink:
        serving.send("a")
    assert sink.calls == []


def test_a_stand_in_answers_in_place_of_the_function() -> None:
    calls = Calls([Effect("send", at=[f"{HERE}:send"], standin=f"{HERE}:send_standin")])
    calls.install()
    try:
        with listening() as sink:
            assert serving.send("a") == "stand-in for a"
        assert serving.send("b") == "stand-in for b"
        assert [c["arguments"]["to"] for c in sink.calls] == ["a"]
    finally:
        calls.uninstall()
    assert serving.send("a") == "sent  to a"


def test_a_recording_answers_values_and_errors(calls: Calls, sink: Kept) -> None:
    calls.exchanges = []
    serving.send("a")
    serving.ask("x")
    with pytest.raises(LookupError):
        serving.ask("never")
    calls.exchanges, calls.answers = None, Answers(calls.exchanges)
    assert serving.send("a") == "sent  to a"
    assert serving.send("other") == "sent  to a"
    assert serving.ask("x") == Decimal("1.50")
    with pytest.raises(LookupError, match="no such thing"):
        serving.ask("never")
    with pytest.raises(Missed):
        serving.ask("unheard of")
    assert [c["arguments"]["to"] for c in sink.calls] == ["a", "a", "other"]


def test_a_view_may_call_nothing_that_is_declared(calls: Calls, sink: Kept) -> None:
    sink.viewing = True
    with pytest.raises(Refused, match="a view may only look"):
        serving.send("a")
    assert (sink.calls, calls.seen["send"]) == ([], 0)


def test_an_answer_is_kept_as_it_was_and_given_fresh_each_time() -> None:
    calls = Calls([Read("listing", at=[f"{HERE}:listing"])])
    calls.install()
    try:
        with listening():
            calls.exchanges = []
            serving.listing().append("changed by the user")
            calls.exchanges, calls.answers = None, Answers(calls.exchanges)
            assert serving.listing() == ["a"]
            serving.listing().append("changed again")
            assert serving.listing() == ["a"]
    finally:
        calls.uninstall()


def test_two_addresses_of_one_name_count_as_one() -> None:
    calls = Calls([Effect("out", at=[f"{HERE}:send", f"{HERE}:Service.push"])])
    calls.install()
    try:
        with listening() as sink:
            serving.send("a")
            serving.Service().push("r")
        assert [c["call"] for c in sink.calls] == ["out", "out"]
    finally:
        calls.uninstall()


def test_arguments_that_cannot_be_written_are_our_failure_not_the_users(calls: Calls, sink: Kept) -> None:
    calls.exchanges = []
    assert serving.send(object()).startswith("sent")  # type: ignore[arg-type]  # on purpose
    assert [step for step, _ in sink.failures] == ["recording call send"]


def test_what_is_asked_of_a_recording_and_cannot_be_written_is_our_failure(calls: Calls, sink: Kept) -> None:
    calls.answers = Answers([])
    with pytest.raises(Missed):
        serving.send(object())  # type: ignore[arg-type]  # on purpose


def test_a_mutated_argument_is_noted_as_it_was(calls: Calls) -> None:
    from tasksplit.capture.journal import Journal  # the sink of a replay writes it down at once
    from tasksplit.model.message import Side
    from tasksplit.worlds.clock import Clock
    from tasksplit.worlds.sink import ACTIVE

    clock = Clock()
    journal = Journal("m", Side.LEGACY, clock)
    journal.open("dispatch", parent=None)
    ACTIVE.sink = journal
    try:
        body = ["before"]
        serving.send("a", body=body)  # type: ignore[arg-type]  # on purpose
        body.append("after")
    finally:
        ACTIVE.sink = None
    assert b"after" not in journal.frames[0].calls[0]
