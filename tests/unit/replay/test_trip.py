"""One side runs one message, from its entry through every task that it sends, and each boundary owns what it did."""

from datetime import datetime
from typing import Any

import pytest

from tasksplit.model.message import Side
from tasksplit.replay.side import Replayed
from tasksplit.replay.trip import MOST_DELIVERIES
from tests.unit.replay.replayed import calls, content, of, outcome, replay, rows, running, started, step
from tests.unit.replay.toy import acts

LEGACY, SPLIT = Side.LEGACY, Side.SPLIT
BOTH = pytest.mark.parametrize("side", [LEGACY, SPLIT])
ROW = {"builds": [{"op": "update", "key": {"id": 1}, "columns": {"state": "done"}}]}


def _handlers(replayed: Replayed) -> list[str]:
    return [o.handler for o in replayed.observations]


# --- boundaries ----------------------------------------------------------------------------------------------------


@BOTH
def test_each_boundary_owns_what_it_did(side: Side) -> None:
    event = {
        "before": [["call", "dispatch"]],
        "steps": [step("build", ["row", "done"], ["http", "/a"], job="a"), step("report", ["call", "x"])],
    }
    found = replay(side, event)
    assert _handlers(found) == ["dispatch", "build", "report"]
    assert [c["arguments"]["text"] for c in calls(found, "dispatch")] == ["dispatch"]
    assert rows(found, "dispatch") == {}
    assert rows(found, "build") == ROW
    assert [(c["method"], c["url"]) for c in calls(found, "build")] == [("POST", "http://forge.toy/a")]
    assert [c["arguments"]["text"] for c in calls(found, "report")] == ["x"]
    assert started(found, "dispatch") == ["build", "report"]
    assert of(found, "build")[0].instance == "a"
    assert content(of(found, "build")[0])["inputs"]["job"] == "a"
    assert found.harness_errors == ()


def test_both_sides_write_the_same() -> None:
    event = {
        "before": [["fresh"], ["insert"]],
        "steps": [
            step("build", ["fresh"], ["insert"], ["row", "done"], ["http", "/a", {"b": 1}], job="a"),
            step("build", ["fresh"], ["run", step("report", ["fresh"], job="n")], ["fresh"], job="b"),
            step("report", ["value", 3]),
        ],
        "after": [["fresh"]],
    }  # fmt: skip
    legacy, split = replay(LEGACY, event), replay(SPLIT, event)
    by = [
        {(o.handler, o.instance, o.attempt, o.ordinal): o.content for o in one.observations} for one in (legacy, split)
    ]
    assert by[0] == by[1]
    backwards = replay(SPLIT, event, backwards=True)
    assert {(o.handler, o.instance, o.attempt, o.ordinal): o.content for o in backwards.observations} == by[0]


def test_messages_do_not_leak_into_each_other() -> None:
    from tasksplit.capture.arrival import message
    from tests.unit.replay.toy.migration import migration

    noisy = {"ref": "r", "before": [["fresh"]], "steps": [step("build", ["fresh"], ["insert"], ["assign", "x"])]}
    plain = {"ref": "q", "before": [["fresh"]], "steps": [step("report", ["fresh"], ["insert"])]}
    for side in Side:
        with running(side) as runner:
            alone = runner.run(message(migration, "m", plain))
            for _ in range(3):
                runner.run(message(migration, "n", noisy))
            again = runner.run(message(migration, "m", plain))
        assert [o.content for o in alone.observations] == [o.content for o in again.observations]


@BOTH
def test_a_handler_inside_a_handler(side: Side) -> None:
    event = {"steps": [step("build", ["run", step("report", ["call", "inner"])], ["call", "outer"])]}
    found = replay(side, event)
    assert {(o.handler, o.parent) for o in found.observations} == {
        ("dispatch", None), ("build", "dispatch"), ("report", "build"),
    }  # fmt: skip
    assert (started(found, "dispatch"), started(found, "build")) == (["build"], ["report"])
    assert [c["arguments"]["text"] for c in calls(found, "build")] == ["outer"]
    assert [c["arguments"]["text"] for c in calls(found, "report")] == ["inner"]


def test_an_exception_of_an_inner_handler_ends_its_parents() -> None:
    event = {"steps": [step("build", ["run", step("report", ["fail", "Odd", "broken"])])]}
    found = replay(LEGACY, event)
    for handler in ("report", "build", "dispatch"):
        assert outcome(found, handler) == {
            "kind": "raised", "type": "tests.unit.replay.toy.acts.Odd", "message": "broken",
        }  # fmt: skip
    assert [o.interrupted for o in found.observations] == ["build", "report", None]


def test_an_exception_of_a_task_is_its_own_on_the_split() -> None:
    found = replay(SPLIT, {"steps": [step("build", ["fail", "ValueError", "x"])]})
    assert outcome(found, "build") == {"kind": "raised", "type": "ValueError", "message": "x"}
    assert outcome(found, "dispatch")["kind"] == "returned"


@BOTH
def test_an_inner_exception_that_is_caught_ends_nothing(side: Side) -> None:
    event = {"steps": [step("build", ["careless", ["fail", "ValueError"]], ["value", 1])]}
    found = replay(side, event)
    assert outcome(found, "build") == {"kind": "returned", "value": 1}


@BOTH
def test_a_handler_that_runs_twice_is_two_runs(side: Side) -> None:
    found = replay(side, {"steps": [step("build", job="a"), step("build", job="a"), step("build", job="b")]})
    assert [(o.instance, o.ordinal) for o in of(found, "build")] == [("a", 0), ("a", 1), ("b", 0)]


def test_an_implementation_called_twice_in_one_task_is_two_runs() -> None:
    found = replay(SPLIT, {"steps": [step("build", ["call", "x"], more={"again": True})]})
    assert [(o.ordinal, len(calls(found, "build", i))) for i, o in enumerate(of(found, "build"))] == [(0, 1), (1, 1)]


def test_an_implementation_that_is_called_where_its_task_should_be_sent() -> None:
    found = replay(SPLIT, {"steps": [step("build", ["call", "x"], how="in process")]})
    assert started(found, "dispatch") == ["build"]
    assert len(calls(found, "build")) == 1
    assert calls(found, "dispatch") == []


def test_wrong_arguments_of_a_task() -> None:
    found = replay(SPLIT, {"steps": [step("report", how="send_task", more={"nonsense": 1})]})
    assert content(of(found, "report")[0])["inputs"] is None
    assert outcome(found, "report")["type"] == "TypeError"


# --- what cannot be told is undecided, never a difference -----------------------------------------------------------


@pytest.mark.parametrize("look", ["query", "http", "call", "raise", "unwritable"])
def test_a_view_that_does_more_than_look_is_undecided(look: str) -> None:
    found = replay(LEGACY, {"view": [look], "steps": [step("build", ["call", "x"])]})
    assert of(found, "build")[0].undecided is not None
    assert found.harness_errors
    assert [c.get("call") for c in calls(found, "build")] == ["notify"]  # legacy went on, and the view left nothing
    assert outcome(found, "build")["kind"] == "returned"
    assert of(found, "dispatch")[0].undecided is None


@BOTH
def test_an_instance_function_that_raises_is_undecided(side: Side) -> None:
    found = replay(side, {"steps": [step("build", ["call", "x"], job="bad instance")]})
    assert "instance" in str(of(found, "build")[0].undecided)
    assert len(calls(found, "build")) == 1


@BOTH
def test_a_value_that_cannot_be_written_is_undecided(side: Side) -> None:
    found = replay(side, {"steps": [step("build", ["value", "unwritable"])]})
    assert "Unwritable" in str(of(found, "build")[0].undecided)
    found = replay(side, {"steps": [], "after": [["value", "unwritable"]]})
    assert "Unwritable" in str(of(found, "dispatch")[0].undecided)


@BOTH
@pytest.mark.parametrize(("how", "named"), [("exit", "SystemExit"), ("interrupt", "KeyboardInterrupt")])
def test_what_ends_a_worker_is_an_outcome_and_not_our_end(side: Side, how: str, named: str) -> None:
    found = replay(side, {"steps": [step("build", ["control", how]), step("report")]})
    assert outcome(found, "build")["type"] == named


@BOTH
def test_a_loop_of_tasks_is_undecided(side: Side) -> None:
    endless = [["send", "toy.legacy.extra", {"kwargs": {"acts": []}}]] * (MOST_DELIVERIES + 10)
    found = replay(side, {"before": endless})
    assert any("deliveries" in error for error in found.harness_errors)
    assert of(found, "dispatch")[0].undecided is not None


# --- nothing gets out ---------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("act", "event"),
    [
        (["leave"], "socket."),
        (["database"], "database"),
        (["thread", ["leave"]], "socket."),
        (["thread", ["leave"], False], "socket."),
        (["careless", ["leave"]], "socket."),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_is_undeclared_is_refused_and_told_where_it_was_tried(side: Side, act: list[Any], event: str) -> None:
    found = replay(side, {"steps": [step("build", act), step("report", ["call", "x"])]})
    assert any(a.event.startswith(event) for a in found.alarms)
    assert "acts.py" in found.alarms[0].site
    tried = [c for o in found.observations for c in content(o)["effects"]["calls"] if c["call"] == "undeclared"]
    assert len(tried) == len(found.alarms)
    if act[-1] is not False:
        assert [c["call"] for c in calls(found, "build")][:1] == ["undeclared"]


@BOTH
def test_effects_of_a_thread_belong_to_the_boundary_that_waits_for_it(side: Side) -> None:
    event = {"steps": [step("build", ["thread", ["call", "x"]], ["thread", ["row", "done"]])]}
    found = replay(side, event)
    assert len(calls(found, "build")) == 1
    assert rows(found, "build") == ROW


def test_a_thread_that_goes_on_is_undecided() -> None:
    try:
        found = replay(LEGACY, {"steps": [step("build", ["pool"])]})
    finally:
        acts.POOL.shutdown()
    assert "goes on after its task" in str(of(found, "dispatch")[0].undecided)
    assert len(calls(found, "build")) == 1


# --- Celery's own -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["apply_async", "delay", "send_task", "signature"])
def test_every_way_to_send_is_followed(how: str) -> None:
    found = replay(SPLIT, {"steps": [step("build", ["row", "done"], how=how, job="a")]})
    assert started(found, "dispatch") == ["build"]
    assert rows(found, "build") == ROW
    assert of(found, "build")[0].parent == "dispatch"


@pytest.mark.parametrize("canvas", ["group", "chain", "chord", "link"])
def test_canvases_run_whole_and_every_task_belongs_to_dispatch(canvas: str) -> None:
    event = {"canvas": canvas, "steps": [step("build", ["call", "b"], job="a"), step("report", ["call", "r"])]}
    found = replay(SPLIT, event)
    assert _handlers(found) == ["dispatch", "build", "report"]
    assert {o.parent for o in found.observations} == {None, "dispatch"}
    assert started(found, "dispatch") == ["build", "report"]
    assert [len(calls(found, h)) for h in ("dispatch", "build", "report")] == [0, 1, 1]
    assert found.harness_errors == ()
    in_order = found.runs[2].before
    assert (1 in in_order) is (canvas in ("chain", "link"))


def test_the_rest_of_a_chain_does_not_run_after_an_exception() -> None:
    event = {"canvas": "chain", "steps": [step("build", ["fail", "ValueError"]), step("report")]}
    assert _handlers(replay(SPLIT, event)) == ["dispatch", "build"]


def test_an_error_link_runs_after_an_exception_alone() -> None:
    event = {"canvas": "link_error", "steps": [step("build", ["fail", "ValueError"]), step("report")]}
    assert _handlers(replay(SPLIT, event)) == ["dispatch", "build", "report"]
    event = {"canvas": "link_error", "steps": [step("build"), step("report")]}
    assert _handlers(replay(SPLIT, event)) == ["dispatch", "build"]


def test_retries_run_in_virtual_time_as_attempts() -> None:
    event = {"steps": [step("report", ["fresh"], ["retry", 600.0, 2], ["call", "end"])]}
    found = replay(SPLIT, event)
    assert [(o.attempt, outcome(found, "report", i)["kind"]) for i, o in enumerate(of(found, "report"))] == [
        (0, "retried"), (1, "retried"), (2, "returned"),
    ]  # fmt: skip
    assert outcome(found, "report")["countdown"] == 600
    times = [calls(found, "report", i)[0]["arguments"]["text"]["at"] for i in range(3)]
    minutes = [datetime.fromisoformat(t).replace(second=0, microsecond=0) for t in times]
    assert [(t - minutes[0]).total_seconds() for t in minutes] == [0, 600, 1200]
    assert started(found, "dispatch") == ["report"]


def test_a_retry_before_the_implementation_is_an_attempt_without_inputs() -> None:
    found = replay(SPLIT, {"steps": [step("report", ["retry-before", 5.0], ["call", "x"])]})
    assert [content(o)["inputs"] is None for o in of(found, "report")] == [True, False]


def test_an_automatic_retry_belongs_to_the_sender_of_a_task_that_is_no_handler() -> None:
    acts = [["send", "toy.autoretry", {"kwargs": {"ref": "r", "acts": [["call", "x"], ["fail", "ValueError"]]}}]]
    found = replay(SPLIT, {"before": acts})
    assert [c["call"] for c in calls(found, "dispatch")] == ["task", "notify", "notify", "notify"]


@BOTH
def test_a_retry_of_the_entry_is_a_second_attempt_of_dispatch(side: Side) -> None:
    found = replay(side, {"before": [["retry", 30.0]], "steps": [step("build")]})
    assert [(o.handler, o.attempt) for o in found.observations] == [("dispatch", 0), ("dispatch", 1), ("build", 0)]
    assert outcome(found, "dispatch")["countdown"] == 30


@BOTH
@pytest.mark.parametrize("kind", ["ignore", "reject"])
def test_ignored_and_rejected_are_outcomes(side: Side, kind: str) -> None:
    found = replay(side, {"before": [["control", kind]]})
    assert outcome(found, "dispatch") == {"kind": {"ignore": "ignored", "reject": "rejected"}[kind]}
    found = replay(side, {"steps": [step("build", ["control", kind])]})
    assert outcome(found, "build") == {"kind": {"ignore": "ignored", "reject": "rejected"}[kind]}


def test_tasks_run_in_the_order_of_their_time() -> None:
    event = {"steps": [step("build", job="late", options={"countdown": 60}), step("report", job="now")]}
    found = replay(SPLIT, event)
    ran = [run.handler for run in found.runs]
    assert ran == ["dispatch", "build", "report"]
    sends = {
        "steps": [
            step("build", ["row", "late"], job="l", options={"countdown": 60}),
            step("build", ["row", "early"], job="e"),
        ]
    }
    found = replay(SPLIT, sends)
    changed = {o.instance: content(o)["effects"]["rows"]["builds"][0]["columns"]["state"] for o in of(found, "build")}
    assert changed == {"l": "late", "e": "early"}


# --- tasks beside the handlers --------------------------------------------------------------------------------------


@BOTH
def test_a_task_beside_the_handlers_is_an_effect_and_runs_in_its_sender(side: Side) -> None:
    options = {"kwargs": {"acts": [["call", "inside"]]}, "countdown": 90, "queue": "slow", "priority": 3}
    found = replay(side, {"steps": [step("build", ["send", "toy.legacy.extra", options])]})
    task, inside = calls(found, "build")
    assert {k: task[k] for k in ("call", "task", "queue", "countdown", "priority", "args", "kwargs")} == {
        "call": "task", "task": "toy.legacy.extra", "queue": "slow", "countdown": 90, "priority": 3, "args": [],
        "kwargs": {"acts": [["call", "inside"]]},
    }  # fmt: skip
    assert inside["arguments"]["text"] == "inside"
    assert calls(found, "dispatch") == []


@BOTH
def test_a_task_that_nobody_knows_is_an_effect_and_goes_no_further(side: Side) -> None:
    found = replay(side, {"steps": [step("build", ["send", "elsewhere.task", {"args": [1, "a"]}])]})
    assert calls(found, "build")[0]["args"] == [1, "a"]


@BOTH
def test_an_entry_that_is_sent_is_an_effect_and_is_not_followed(side: Side) -> None:
    name = f"toy.{side.value}.process"
    found = replay(side, {"before": [["send", name, {"kwargs": {"event": {"ref": "r"}}}]]})
    assert [c["task"] for c in calls(found, "dispatch")] == [name]
    assert _handlers(found) == ["dispatch"]


@BOTH
def test_a_message_that_a_worker_cannot_read_is_lost_and_says_so(side: Side) -> None:
    found = replay(side, {"steps": [step("build", ["poison", "toy.legacy.extra"])]})
    assert "unheard of" in calls(found, "build")[0]["lost"] or "Error" in calls(found, "build")[0]["lost"]


def test_a_handler_whose_message_cannot_be_read_was_started_and_never_ran() -> None:
    found = replay(SPLIT, {"before": [["poison", "toy.report"]]})
    assert started(found, "dispatch") == ["report"]
    assert content(of(found, "report")[0])["outcome"] is None


def test_changes_that_are_not_committed_when_a_task_is_sent() -> None:
    found = replay(SPLIT, {"before": [["flush_and_send", step("build", job="a")]]})
    assert found.uncommitted == ("build",)
    found = replay(SPLIT, {"before": [["row", "x"]], "steps": [step("build")]})
    assert found.uncommitted == ()


def test_what_one_task_left_uncommitted_no_other_task_commits() -> None:
    event = {"before": [["shared_assign", "done"]], "steps": [step("build", ["shared_commit"])]}
    assert rows(replay(LEGACY, event), "build") == ROW
    found = replay(SPLIT, event)
    assert rows(found, "build") == rows(found, "dispatch") == {}
    assert found.uncommitted == ("build",)


@BOTH
def test_an_assignment_without_commit_is_no_change(side: Side) -> None:
    found = replay(side, {"steps": [step("build", ["assign", "x"])]})
    assert rows(found, "build") == {}
