"""A whole run of cuts whose handlers have no task, or share one: what passes, what is said, what is rehearsed."""

from __future__ import annotations

from typing import Any

from tasksplit.cli.rollout_ready import tasks_of
from tasksplit.model.observation import DISPATCH
from tasksplit.replay.rehearsing import Rehearsing, Wanted
from tasksplit.replay.run import Plan, Run
from tests.integration.toyruns import codes, handler, messages_of, usual
from tests.unit.replay.replayed import step
from tests.unit.replay.toy import cuts


def one_after_the_other(n: int) -> list[dict[str, Any]]:
    """What the first one changes the second one reads; some raise."""
    last = ["fail", "Odd", "known"] if n % 4 == 3 else ["take", f"taken {n}"]
    return [step("build", ["http", "/status", {"n": n}], ["row", "open"], job="a"), step("report", last)]


def test_handlers_without_a_task_are_compared_and_cannot_be_routed_alone() -> None:
    review = Run(
        Plan(migration=cuts.inside, path=f"{cuts.HERE}:inside", messages=messages_of(one_after_the_other, 10))
    ).run()
    build = handler(review, "build")
    assert (build.evidence.tally.match > 0, build.evidence.tally.mismatch) == (True, 0)
    assert build.rehearsed is None
    (finding,) = [f for f in build.evidence.findings if f.code == "not-routable-alone"]
    assert (finding.blocks, finding.waits) == (False, False)
    assert "goes over with dispatch" in finding.text
    assert codes(handler(review, DISPATCH).evidence.findings) == set()
    assert [(one.first, one.then, one.hazard) for one in review.dependencies] == [("build", "report", False)]


def test_handlers_that_share_a_task_are_rehearsed_one_by_one() -> None:
    review = Run(Plan(migration=cuts.together, path=f"{cuts.HERE}:together", messages=messages_of(usual, 10))).run()
    assert [handler(review, name).rehearsed for name in (DISPATCH, "build", "report")] == [None, True, True]
    assert not codes(f for h in review.handlers for f in h.evidence.findings)


def test_what_befalls_a_handler_without_a_task_is_tried_on_dispatch() -> None:
    messages = messages_of(lambda n: [step("build", ["call", f"once {n}"])], 2)
    wanted = Wanted(migration=cuts.inside, path=f"{cuts.HERE}:inside", messages=messages, at_once=1)
    (found,) = Rehearsing(wanted).run()
    assert (found.handler, found.tried["twice"] > 0) == (DISPATCH, True)
    assert "not-idempotent" in codes(found.findings)


def test_which_tasks_workers_must_know() -> None:
    assert tasks_of(cuts.inside, "build") == ()
    assert tasks_of(cuts.inside, DISPATCH) == ("toy.inside.process", "toy.inside.go_on")
    assert tasks_of(cuts.together, "build") == tasks_of(cuts.together, "report") == ("toy.shared",)
