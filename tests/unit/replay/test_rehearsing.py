"""What befalls the tasks of the split, what of it is found, and what is not found where nothing is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tasksplit.capture.arrival import message
from tasksplit.model.message import Side
from tasksplit.model.observation import DISPATCH
from tasksplit.model.rehearsed import LOST, NOT_IDEMPOTENT, ORDER, RACE, UNTOLD, HandlerRehearsed
from tasksplit.replay.circumstances import PLAIN, Circumstance, How
from tasksplit.replay.process import Lost
from tasksplit.replay.rehearsing import Rehearsing, Wanted
from tests.unit.replay.replayed import PATH, outcome, running, step
from tests.unit.replay.toy import split
from tests.unit.replay.toy.migration import migration


@contextmanager
def acknowledged(*, late: bool) -> Iterator[None]:
    """Have the tasks acknowledged late, as those of workers that may be killed must be; or not."""
    tasks = (split.build, split.report, split.process)
    before = [task.acks_late for task in tasks]
    for task in tasks:
        task.acks_late = late
    try:
        yield
    finally:
        for task, was in zip(tasks, before, strict=True):
            task.acks_late = was


def rehearsing(*names: str, **more: Any) -> Rehearsing:
    return Rehearsing(Wanted(migration=migration, path=PATH, messages=(), handlers=frozenset(names), **more))


def rehearsed(event: dict[str, Any], *names: str, late: bool = True) -> dict[str, HandlerRehearsed]:
    """Rehearse one message in this process; of these handlers."""
    one = message(migration, "m", {"ref": "r", **event})
    what = rehearsing(*names)
    with acknowledged(late=late), running(Side.SPLIT) as runner:
        for circumstance in list(what.circumstances(runner.run(one, circumstance=PLAIN))):
            what.came(runner.run(one, circumstance=circumstance))
    return {each.handler: each for each in what.found()}


def build(*acts: list[Any], late: bool = True) -> HandlerRehearsed:
    """Rehearse a handler that does this."""
    return rehearsed({"steps": [step("build", *acts)]}, "build", late=late)["build"]


def texts(one: HandlerRehearsed, code: str) -> list[str]:
    """What was found under a code, without when and where."""
    assert all(f.blocks for f in one.findings)
    return [f.text.split(" (", 1)[0] for f in one.findings if f.code == code]


def codes(one: HandlerRehearsed) -> set[str]:
    return {f.code for f in one.findings}


def test_what_is_written_again_with_the_same_value_is_idempotent() -> None:
    found = build(["row", "done"])
    assert found.findings == ()
    assert found.clean
    assert found.tried == {"twice": 1, "failed before": 1, "failed after": 1, "killed after": 1, "at once": 2}
    assert found.messages == 1


def test_what_is_looked_up_before_it_is_inserted_is_idempotent_but_not_at_once() -> None:
    found = build(["upsert"])
    assert codes(found) == {RACE}
    assert texts(found, RACE) == ["unlike one after the other, two at once: inserts into builds again"]


def test_a_row_that_is_inserted_twice_is_found_and_when() -> None:
    found = build(["insert"])
    assert codes(found) == {NOT_IDEMPOTENT}
    (finding,) = found.findings
    assert finding.text == "inserts into builds again (failed after commit, killed after commit, twice); first on m"


def test_what_was_rolled_back_is_not_there_twice() -> None:
    found = build(["insert"], ["fail", "ValueError"])
    assert texts(found, NOT_IDEMPOTENT) == ["inserts into builds again"]
    assert "failed before" not in found.findings[0].text


@pytest.mark.parametrize(
    ("act", "said"), [(["http", "/repos/a/statuses/9"], "POST .../statuses/*"), (["call", "x"], "notify")]
)
def test_a_call_that_is_repeated_is_found(act: list[Any], said: str) -> None:
    found = build(act, ["row", "done"])
    assert texts(found, NOT_IDEMPOTENT) == [f"repeats {said}"]
    assert "failed before commit" in found.findings[0].text


def test_ids_that_each_delivery_draws_anew_are_no_finding_of_their_own() -> None:
    assert texts(build(["fresh"]), NOT_IDEMPOTENT) == ["repeats notify"]


def test_an_effect_behind_a_guard_that_is_committed_first_is_lost_where_the_worker_dies_between() -> None:
    found = build(["take", "me"])
    assert texts(found, LOST) == ["notify is missing"]
    text = next(f.text for f in found.findings if f.code == LOST)
    assert "failed after commit, failed before notify, killed after commit" in text


def test_a_failure_that_the_task_takes_for_an_answer_is_said_so() -> None:
    found = build(["careless", ["call", "x"]])
    assert texts(found, LOST) == ["it takes the failure for an answer and ends, and notify is missing"]


def test_a_task_that_asks_for_a_retry_gets_it_and_no_time_goes_by() -> None:
    found = build(["row", "done"], ["stubborn", ["call", "x"]])
    assert texts(found, LOST) == []
    assert texts(found, NOT_IDEMPOTENT) == ["repeats notify"]
    assert found.tried["failed before"] == 2
    assert "failed before" not in found.findings[0].text


@pytest.mark.parametrize(
    ("how", "act", "type_"),
    [
        (How.FAILED_BEFORE, ["http", "/a"], "httpx.ConnectError"),
        (How.FAILED_AFTER, ["http", "/a"], "httpx.ReadError"),
        (How.FAILED_BEFORE, ["row", "done"], "sqlalchemy.exc.OperationalError"),
        (How.FAILED_AFTER, ["row", "done"], "sqlalchemy.exc.OperationalError"),
        (How.FAILED_BEFORE, ["run", step("report")], "kombu.exceptions.OperationalError"),
        (How.FAILED_AFTER, ["call", "x"], "tasksplit.worlds.steps.AnswerLostError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_breaks_is_the_error_of_the_client(how: How, act: list[Any], type_: str) -> None:
    one = message(migration, "m", {"ref": "r", "steps": [step("build", act)]})
    with running(Side.SPLIT) as runner:
        found = runner.run(one, circumstance=Circumstance(how=how, handler="build", step=1))
    assert outcome(found, "build")["type"] == type_
    assert outcome(found, "build", 1)["kind"] == "returned"  # it was delivered once more
    assert found.harness_errors == ()


def test_nothing_happens_after_a_kill_whatever_a_finally_tries() -> None:
    found = build(["finally_call", ["row", "done"]])
    killed = [f.text for f in found.findings if "killed after commit" in f.text]
    assert killed == []


def test_a_task_that_is_sent_again_is_found_but_not_what_it_then_does() -> None:
    event = {"steps": [step("build", ["run", step("report", ["call", "x"], ["insert"], job="inner")])]}
    found = rehearsed(event, "build")["build"]
    assert texts(found, NOT_IDEMPOTENT) == ["starts report again"]


def test_a_task_that_is_never_sent_is_lost_but_not_what_it_would_have_done() -> None:
    event = {
        "steps": [step("build", ["take", "me"], ["row", "taken"], ["careless", ["run", step("report", ["insert"])]])]
    }
    assert "it takes the failure for an answer and ends, and starting report is missing" in texts(
        rehearsed(event, "build")["build"], LOST
    )


def test_what_is_chained_runs_twice_as_two_tasks() -> None:
    event = {"canvas": "chain", "steps": [step("build", ["row", "a"]), step("report", ["call", "x"])]}
    found = rehearsed(event, "build", "report")
    assert texts(found["build"], NOT_IDEMPOTENT) == ["starts report again"]
    assert codes(found["build"]) == {NOT_IDEMPOTENT}
    assert texts(found["report"], NOT_IDEMPOTENT) == ["repeats notify"]


def test_the_entry_is_rehearsed_like_a_handler() -> None:
    found = rehearsed({"before": [["get", "/x"]], "steps": [step("build", ["insert"])]}, DISPATCH)[DISPATCH]
    assert texts(found, NOT_IDEMPOTENT) == ["starts build again"]


def test_read_and_written_later_is_a_race_and_a_lock_mends_it() -> None:
    assert texts(build(["append"]), RACE) == ["unlike one after the other, two at once: leaves another builds.state"]
    assert texts(build(["append", True]), RACE) == []


def test_order_matters_where_the_first_one_takes_it() -> None:
    steps = [step("build", ["take", "build"]), step("report", ["take", "report"])]
    found = rehearsed({"steps": steps}, "build", "report")
    assert any(text.startswith("notify is missing; chain the tasks") for text in texts(found["build"], ORDER))
    assert ORDER in codes(found["report"])
    chained = rehearsed({"steps": steps, "canvas": "chain"}, "build", "report")
    assert ORDER not in codes(chained["build"]) | codes(chained["report"])


def test_tasks_that_do_not_touch_each_other_have_no_order() -> None:
    steps = [step("build", ["call", "a"]), step("report", ["call", "b"])]
    found = rehearsed({"steps": steps}, "build", "report")
    assert found["build"].tried["backwards"] == found["report"].tried["backwards"] == 1
    assert found["build"].tried["shuffled"] == 2
    assert ORDER not in codes(found["build"]) | codes(found["report"])


def test_a_task_that_is_acknowledged_before_it_runs_is_lost_with_its_worker() -> None:
    found = build(["row", "done"], ["call", "x"], late=False)
    early = "it is acknowledged before it runs, so nobody delivers it again, and notify is missing"
    assert texts(found, LOST) == [early]


def test_a_replay_that_never_came_back_is_no_pass() -> None:
    one = message(migration, "m", {"ref": "r", "steps": [step("build", ["row", "done"])]})
    what = rehearsing("build")
    with running(Side.SPLIT) as runner:
        wanted = list(what.circumstances(runner.run(one, circumstance=PLAIN)))
    for circumstance in wanted:
        what.lost(Lost(message="m", reason="its process died", circumstance=circumstance))
    (found,) = what.found()
    assert (found.tried, codes(found), found.clean) == ({}, {UNTOLD}, False)


def test_a_message_whose_plain_run_is_undecided_is_not_tried() -> None:
    one = message(migration, "m", {"ref": "r", "steps": [step("build", ["value", "unwritable"])]})
    what = rehearsing("build")
    with running(Side.SPLIT) as runner:
        assert list(what.circumstances(runner.run(one, circumstance=PLAIN))) == []
    assert (sum(what.untold.values()), what.found()[0].tried) == (1, {})


def test_a_message_is_taken_where_it_shows_what_none_before_did() -> None:
    what = rehearsing("build", per_handler=2)
    ways = [[["row", "a"]], [["row", "b"]], [["row", "a"], ["row", "b"]], [["fail", "Odd"]], [["row", "a"]] * 3]
    with running(Side.SPLIT) as runner:
        plain = [
            runner.run(
                message(migration, f"m{n}", {"ref": f"r{n}", "steps": [step("build", *acts)]}), circumstance=PLAIN
            )
            for n, acts in enumerate(ways)
        ]
    taken = [bool(list(what.circumstances(each))) for each in plain]
    assert taken == [True, False, True, True, False]  # the last one only has more statements, and two were taken


def test_a_plain_run_under_a_circumstance_is_the_plain_run() -> None:
    event = {"before": [["fresh"]], "steps": [step("build", ["insert"], ["http", "/a"]), step("report", ["fresh"])]}
    one = message(migration, "m", {"ref": "r", **event})
    with running(Side.SPLIT) as runner:
        before = runner.run(one)
        befallen = runner.run(one, circumstance=PLAIN)
        after = runner.run(one)
    contents = [[o.content for o in each.observations] for each in (before, befallen, after)]
    assert contents[0] == contents[1] == contents[2]
    assert (before.done, befallen.circumstance) == (None, PLAIN)
    assert befallen.done is not None
    assert befallen.done.effects["build"] == ("commit", "POST http://forge.toy/a")


def test_a_whole_rehearsal_runs_in_processes_of_its_own() -> None:
    bad = [[step("build", ["row", "done"]), step("report", ["end", how])] for how in ("exit", "kill")]
    events = [{"ref": f"r{n}", "steps": steps} for n, steps in enumerate([*bad, [step("build", ["insert"])]])]
    messages = [message(migration, str(event["ref"]), event) for event in events]
    done: list[int] = []
    what = Rehearsing(
        Wanted(
            migration=migration, path=PATH, messages=messages, handlers=frozenset({"build", "report"}), at_once=2,
            seconds_per_message=30, progress=done.append,
        )
    )  # fmt: skip
    found = {each.handler: each for each in what.run()}
    assert sum(done) == 3
    assert texts(found["build"], NOT_IDEMPOTENT) == ["inserts into builds again"]
    assert found["report"].tried == {}
    assert sum(what.untold.values()) == 2
    assert {How(name) for name in found["build"].tried} >= {How.TWICE, How.KILLED_AFTER}
