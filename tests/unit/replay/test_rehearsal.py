"""Legacy without a handler: what must stay as it was, what may go, and on which messages that is tried."""

from collections.abc import Sequence
from typing import Any

from tasksplit.capture.arrival import message
from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
from tasksplit.replay.process import Lost
from tasksplit.replay.rehearsal import MOST, PER_HANDLER, Rehearsal
from tasksplit.replay.side import Replayed
from tests.unit.replay.replayed import of, outcome, running, step
from tests.unit.replay.toy import variants
from tests.unit.replay.toy.migration import migration

Steps = Sequence[dict[str, Any]]


def rehearsed(steps: Steps, declared: Migration = migration, **event: Any) -> tuple[Rehearsal, list[Replayed]]:
    """Rehearse one message in this process; return the rehearsal, and legacy's replays without handlers."""
    one = message(declared, "m", {"ref": "r", "steps": steps, **event})
    rehearsal = Rehearsal(declared)
    with running(Side.LEGACY, declared) as runner:
        wanted = rehearsal.wanted(runner.run(one))
        rehearsal.whole(runner.run(one))
        replays = [runner.run(one, without=names) for names in wanted]
    for replayed in replays:
        rehearsal.came(one, replayed)
    return rehearsal, replays


def texts(rehearsal: Rehearsal, name: str) -> list[str]:
    assert all(f.code == "skip-rehearsal" and f.blocks for f in rehearsal.findings(name))
    return [f.text for f in rehearsal.findings(name)]


def test_handlers_that_do_not_need_each_other_are_clean() -> None:
    rehearsal, replays = rehearsed([step("build", ["insert"], ["http", "/a"]), step("report", ["insert"], ["fresh"])])
    assert (texts(rehearsal, "build"), texts(rehearsal, "report")) == ([], [])
    assert (rehearsal.clean["build"], rehearsal.clean["report"]) == (1, 1)
    without_build = next(r for r in replays if r.without == {"build"})
    assert of(without_build, "build")[0].content != of(without_build, "report")[0].content
    assert outcome(without_build, "build") == {"kind": "returned", "value": None}


def test_a_handler_whose_result_another_one_reads_is_found() -> None:
    rehearsal, _replays = rehearsed([step("build", ["row", "first"]), step("report", ["take", "b"])])
    (text,) = texts(rehearsal, "build")
    assert text.startswith("without it report differs at $.effects")
    assert text.endswith("first on m")
    assert rehearsal.clean["build"] == 0
    assert texts(rehearsal, "report") == []


def test_handlers_that_move_together_are_skipped_together() -> None:
    steps = [step("build", ["row", "first"]), step("report", ["take", "b"])]
    rehearsal, replays = rehearsed(steps, variants.together)
    assert [r.without for r in replays] == [{"build", "report"}]
    assert (texts(rehearsal, "build"), texts(rehearsal, "report")) == ([], [])
    assert (rehearsal.clean["build"], rehearsal.clean["report"]) == (1, 1)


def test_what_dispatch_does_afterwards_is_part_of_the_rest() -> None:
    rehearsal, _replays = rehearsed([step("build", ["row", "first"])], after=[["take", "dispatch"]])
    assert [t.startswith("without it dispatch differs at") for t in texts(rehearsal, "build")] == [True]


def test_what_a_handler_starts_goes_with_it() -> None:
    inner = step("report", ["http", "/inner"], job="inner")
    rehearsal, replays = rehearsed([step("build", ["run", inner]), step("report", ["http", "/later"])])
    assert {r.without for r in replays} == {frozenset({"build", "report"}), frozenset({"report"})}
    assert (texts(rehearsal, "build"), texts(rehearsal, "report")) == ([], [])
    without_build = next(r for r in replays if "build" in r.without)
    assert len(of(without_build, "report")) == 1


def test_where_legacy_raised_what_comes_after_may_run() -> None:
    rehearsal, replays = rehearsed([step("build", ["fail", "Odd"]), step("report", ["call", "x"])])
    assert len(of(replays[0], "report")) == 1
    assert texts(rehearsal, "build") == []


def test_what_is_undecided_shows_nothing() -> None:
    rehearsal, _replays = rehearsed([step("build", ["call", "x"]), step("report", ["value", "unwritable"])])
    assert (rehearsal.clean["build"], texts(rehearsal, "build")) == (0, [])


def test_a_message_that_legacy_does_not_come_back_from_blocks() -> None:
    one = message(migration, "m", {"ref": "r", "steps": [step("build")]})
    rehearsal = Rehearsal(migration)
    with running(Side.LEGACY) as runner:
        (names,) = rehearsal.wanted(runner.run(one))
    rehearsal.lost(Lost(message="m", reason="its process died", without=names))
    assert texts(rehearsal, "build") == ["without it legacy was lost (its process died); first on m"]


def test_without_the_replay_that_it_is_held_against_nothing_is_said() -> None:
    one = message(migration, "m", {"ref": "r", "steps": [step("build", ["row", "x"]), step("report", ["take", "b"])]})
    rehearsal = Rehearsal(migration)
    with running(Side.LEGACY) as runner:
        for names in rehearsal.wanted(runner.run(one)):
            rehearsal.came(one, runner.run(one, without=names))
    assert (rehearsal.clean["build"], texts(rehearsal, "build")) == (0, [])


def test_a_handler_without_a_payload_is_not_tried() -> None:
    _rehearsal, replays = rehearsed([step("build"), step("report")], variants.undeclared)
    assert [r.without for r in replays] == [{"report"}]


def test_the_sample_is_small_and_has_each_kind() -> None:
    rehearsal = Rehearsal(migration)
    wanted = 0
    with running(Side.LEGACY) as runner:
        for n in range(PER_HANDLER + 8):
            one = message(migration, f"m{n}", {"ref": "r", "steps": [step("build", ["call", n])]})
            wanted += len(rehearsal.wanted(runner.run(one)))
        assert wanted == PER_HANDLER
        rare = {"alone": ["fail", "Odd"], "tied": ["row", "x"]}
        for name, act in rare.items():
            beside = [step("report", ["take", "b"])] if name == "tied" else []
            one = message(migration, name, {"ref": "r", "steps": [step("build", act), *beside]})
            assert {"build"} in rehearsal.wanted(runner.run(one)), name
    assert wanted < MOST
