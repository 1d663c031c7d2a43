"""What a route would send is held against what the split's own dispatcher sends, after the wire."""

from typing import Any

import pytest

from tasksplit.capture.arrival import message
from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
from tasksplit.replay.payloads import PayloadCheck
from tasksplit.replay.process import Job
from tasksplit.replay.side import Replayed, SideRunner
from tests.unit.replay.replayed import running, step
from tests.unit.replay.toy import variants
from tests.unit.replay.toy.migration import migration

BUILD = {"steps": [step("build", ["call", "x"])]}


def both(event: dict[str, Any], declared: Migration = migration) -> tuple[PayloadCheck, Replayed]:
    """Run both sides over one message; return the check, and what legacy did."""
    one = message(declared, "m", {"ref": "r", **event})
    found: list[Replayed] = []
    for side in Side:
        with running(side, declared, payloads=True) as runner:
            found.append(runner.run(one))
    check = PayloadCheck(declared)
    check.message(one, *found)
    return check, found[0]


def texts(check: PayloadCheck, name: str = "build") -> list[str]:
    assert all(f.code == "payload-differs" and f.blocks for f in check.findings(name))
    return [f.text for f in check.findings(name)]


@pytest.mark.parametrize("declared", [migration, variants.tuples], ids=["as the view gave it", "tuples"])
def test_the_same_payload_is_clean(declared: Migration) -> None:
    check, _legacy = both(BUILD, declared)
    assert (check.same["build"], texts(check)) == (1, [])


@pytest.mark.parametrize("canvas", ["chain", "group", "link"])
def test_it_does_not_matter_how_the_task_is_sent(canvas: str) -> None:
    check, _legacy = both({"steps": [step("build", job="a"), step("report")], "canvas": canvas})
    assert (check.same["build"], check.same["report"]) == (1, 1), texts(check)


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        (variants.forgetful, "$.payload.acts"),
        (variants.raising, "LookupError: nothing for r"),
        (variants.unsendable, "EncodeError"),
        (variants.acting, "may only look"),
    ],
)
def test_another_payload_is_found(declared: Migration, says: str) -> None:
    check, legacy = both(BUILD, declared)
    assert check.same["build"] == 0
    (text,) = texts(check)
    assert says in text
    assert "first on m" in text
    assert b"looked" not in b"".join(one.content for one in legacy.observations)


@pytest.mark.parametrize(
    ("options", "path"),
    [({"queue": "elsewhere"}, "$.queue"), ({"countdown": 9}, "$.countdown"), ({"priority": 3}, "$.priority")],
)
def test_other_options_are_found(options: dict[str, Any], path: str) -> None:
    check, _legacy = both({"steps": [step("build", options=options)]})
    assert [path in text for text in texts(check)] == [True]


def test_a_rule_speaks_of_payloads_too_and_is_counted() -> None:
    check, _legacy = both(BUILD, variants.unruly)
    assert (check.same["build"], texts(check)) == (1, [])
    assert sum(check.touched["build"].values()) == 1


def test_runs_are_told_apart_by_their_instance() -> None:
    steps = [step("build", ["call", "1"], job="a"), step("build", ["call", "2"], job="b")]
    check, _legacy = both({"steps": steps})
    assert check.same["build"] == 2


def test_a_task_that_changes_what_it_received_was_sent_what_was_sent() -> None:
    check, _legacy = both({"steps": [step("report", ["retry-before", 5], ["call", "x"])]})
    assert texts(check, "report") == []


def test_what_is_undecided_is_no_evidence() -> None:
    check, _legacy = both({"steps": [step("build", ["value", "unwritable"])]}, variants.forgetful)
    assert (check.same["build"], texts(check)) == (0, [])


def test_nothing_is_noted_where_nobody_asks() -> None:
    for side in Side:
        runner = SideRunner(migration, Job(name="test", migration="", side=side))
        runner.install()
        try:
            assert runner.run(message(migration, "m", {"ref": "r", **BUILD})).payloads == {}
        finally:
            runner.uninstall()
