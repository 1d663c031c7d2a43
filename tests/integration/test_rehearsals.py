"""In a whole run: a route that would send something else, or change something else, is said before there is one."""

import pytest

from tasksplit.model.decision import Answer
from tasksplit.model.migration import Migration
from tasksplit.model.review import Review
from tasksplit.replay.recorded import RecordedRun
from tasksplit.replay.run import Plan, Run
from tests.integration.toyruns import Steps, codes, handler, messages_of, usual
from tests.unit.replay.replayed import PATH, step
from tests.unit.replay.toy import variants
from tests.unit.replay.toy.migration import migration


def _run(name: str, steps: Steps = usual) -> Review:
    declared: Migration = getattr(variants, name)
    return Run(Plan(migration=declared, path=f"{variants.HERE}:{name}", messages=messages_of(steps, 10))).run()


def _dependent(n: int) -> list[dict[str, object]]:
    return [step("build", ["row", f"first {n}"], job="a"), step("report", ["take", "b"])]


def test_a_faithful_migration_is_rehearsed() -> None:
    review = Run(Plan(migration=migration, path=PATH, messages=messages_of(usual, 10))).run()
    assert [handler(review, name).rehearsed for name in ("dispatch", "build", "report")] == [None, True, True]
    assert not codes(f for h in review.handlers for f in h.evidence.findings)


def test_a_payload_that_forgets_a_field_blocks_its_handler_alone() -> None:
    review = _run("forgetful")
    build, report = handler(review, "build"), handler(review, "report")
    assert (build.rehearsed, report.rehearsed) == (False, True)
    (finding,) = build.evidence.findings
    assert (finding.code, finding.blocks) == ("payload-differs", True)
    assert "$.payload.acts" in finding.text
    assert "first on m" in finding.text
    assert build.evidence.tally.mismatch == 0
    assert (build.decision.answer, review.answer) == (Answer.FAIL, Answer.FAIL)


def test_a_handler_whose_result_another_one_reads_blocks_unless_they_move_together() -> None:
    alone = Run(Plan(migration=migration, path=PATH, messages=messages_of(_dependent, 10))).run()
    assert (handler(alone, "build").rehearsed, handler(alone, "report").rehearsed) == (False, True)
    assert "skip-rehearsal" in codes(handler(alone, "build").evidence.findings)
    assert handler(alone, "build").decision.answer is Answer.FAIL
    together = _run("together", _dependent)
    assert (handler(together, "build").rehearsed, handler(together, "report").rehearsed) == (True, True)
    assert "skip-rehearsal" not in codes(f for h in together.handlers for f in h.evidence.findings)


@pytest.mark.parametrize("form", [Run, RecordedRun])
def test_what_was_not_tried_is_said_and_does_not_block(form: type[Run]) -> None:
    path = f"{variants.HERE}:undeclared"
    review = form(Plan(migration=variants.undeclared, path=path, messages=messages_of(usual, 10))).run()
    build = handler(review, "build")
    assert build.rehearsed is None
    (finding,) = [f for f in build.evidence.findings if f.code == "not-rehearsed"]
    assert (finding.blocks, finding.waits) == (False, False)
    assert "payload=" in finding.text
    assert handler(review, "report").rehearsed is (True if form is Run else None)


def test_recordings_show_payloads_and_no_rehearsal() -> None:
    path = f"{variants.HERE}:forgetful"
    review = RecordedRun(Plan(migration=variants.forgetful, path=path, messages=messages_of(usual, 10))).run()
    assert handler(review, "build").rehearsed is False
    assert codes(handler(review, "report").evidence.findings) == {"not-rehearsed"}


def test_a_run_without_messages_comes_to_an_end() -> None:
    review = Run(Plan(migration=migration, path=PATH, messages=())).run()
    assert handler(review, "build").rehearsed is None
