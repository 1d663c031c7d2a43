"""A faithful split is clean, and each planted defect is found on the right handler at the right path."""

import pytest

from tasksplit.model.decision import Answer
from tasksplit.model.message import Side
from tasksplit.model.review import Review
from tasksplit.model.verdict import Verdict
from tasksplit.replay.recorded import RecordedRun
from tasksplit.replay.run import Plan
from tests.integration.toyruns import codes, handler, judged, messages_of, run, usual
from tests.unit.replay.replayed import PATH, running, step
from tests.unit.replay.toy.migration import migration

BLAMED = ("dispatch", "build", "report")


def _clean(review: Review, *names: str) -> None:
    for name in names:
        evidence = handler(review, name).evidence
        assert (evidence.tally.mismatch, evidence.tally.undecided) == (0, 0), (name, handler(review, name).differences)
        assert evidence.findings == ()
        assert evidence.capture_complete, (name, evidence.capture_note)


@pytest.fixture(scope="module")
def faithful() -> Review:
    return run()


def test_a_faithful_split_is_clean(faithful: Review) -> None:
    _clean(faithful, *BLAMED)
    assert faithful.ledger.balanced
    assert faithful.ledger.paired == 20
    assert faithful.harness_errors == {}
    assert all(handler(faithful, name).evidence.tally.match > 0 for name in BLAMED)


def test_a_faithful_split_does_not_pass_on_few_keys(faithful: Review) -> None:
    assert {handler(faithful, name).decision.answer for name in BLAMED} <= {Answer.WAIT, Answer.PASS, Answer.FAIL}
    assert faithful.answer is not Answer.PASS
    enough = run(lambda n: [step("build", ["call", n], job="a"), step("report", ["value", n])], messages=60)
    assert {h.decision.answer for h in enough.handlers} == {Answer.PASS}, [h.decision.reason for h in enough.handlers]
    assert enough.answer is Answer.PASS


@pytest.mark.parametrize(
    ("defect", "blamed", "path"),
    [
        ("lost attribute", "build", "$.inputs.job"),
        ("wrong job", "build", "$.inputs.job"),
        ("unsent", "dispatch", "$.effects.started"),
        ("sent twice", "dispatch", "$.effects.started"),
        ("left out", "build", "$.effects.calls"),
        ("done twice", "build", "$.effects.calls"),
        ("other argument", "build", "$.effects.calls[*].url"),
        ("not committed", "build", "$.effects.rows.builds"),
        ("raises", "build", "$.outcome"),
        ("other type", "build", "$.outcome.type"),
        ("socket", "build", "$.effects.calls"),
        ("database", "build", "$.effects.calls"),
        ("thread", "build", "$.effects.calls"),
        ("careless", "build", "$.effects.calls"),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_planted_defect_is_found(monkeypatch: pytest.MonkeyPatch, defect: str, blamed: str, path: str) -> None:
    monkeypatch.setenv("TOY_DEFECT", defect)
    found = judged()
    differ = {j.handler: {d.shape for d in j.differences} for j in found if j.verdict is Verdict.MISMATCH}
    assert any(shape.startswith(path) for shape in differ[blamed]), differ
    assert not any(j.verdict is Verdict.UNDECIDED for j in found)
    if path == "$.effects.started":
        assert any(j.verdict is Verdict.UNPAIRED and j.handler == "build" for j in found)
    instance = defect in ("lost attribute", "wrong job")  # it is part of what its parent started
    assert set(differ) <= {blamed, "dispatch"} if instance else set(differ) == {blamed}, differ


def test_without_a_defect_nothing_is_found() -> None:
    assert {j.verdict for j in judged()} <= {Verdict.MATCH, Verdict.ACCEPTED}


@pytest.mark.parametrize("defect", ["lost attribute", "not committed"])
def test_a_run_with_a_defect_fails(monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    monkeypatch.setenv("TOY_DEFECT", defect)
    review = run(messages=10)
    assert handler(review, "build").decision.answer is Answer.FAIL, handler(review, "build").decision
    assert review.answer is Answer.FAIL


def test_an_unsent_handler_is_missing_on_its_own_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_DEFECT", "unsent")
    build = handler(run(messages=10), "build")
    assert build.decision.answer is Answer.FAIL
    assert any(r.startswith("missing") for r in build.evidence.unpaired_reasons)


def test_an_undeclared_call_of_the_split_is_named_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_DEFECT", "socket")
    review = run(messages=10)
    findings = handler(review, "dispatch").evidence.findings
    assert "undeclared-call" in codes(findings)
    assert all("acts.py" in f.text for f in findings if f.code == "undeclared-call")


def test_an_undeclared_call_on_both_sides_never_passes() -> None:
    review = run(lambda n: [step("build", ["careless", ["leave"]], job="a")], messages=40)
    assert handler(review, "build").decision.answer is not Answer.PASS
    assert any(f.code == "undeclared-call" and f.blocks for f in handler(review, "build").evidence.findings)


def test_noise_of_legacy_is_said_and_never_passes() -> None:
    review = run(lambda n: [step("build", ["noisy"], job="a"), step("report")], messages=40)
    build = handler(review, "build")
    assert build.evidence.capture_complete is False
    assert "$.effects.calls" in build.evidence.capture_note
    assert build.decision.answer is not Answer.PASS
    assert handler(review, "report").evidence.capture_complete


def test_what_is_lost_or_undecided_is_counted_and_never_passes() -> None:
    def steps(n: int) -> list[dict[str, object]]:
        act = {5: ["end", "exit"], 6: ["value", "unwritable"]}.get(n, ["call", n])
        return [step("build", act, job="a")]

    review = run(steps, messages=40)
    assert (review.ledger.lost, review.ledger.paired, review.ledger.pending) == (1, 39, 0)
    assert handler(review, "build").evidence.tally.undecided == 1
    assert review.harness_errors
    assert all(h.decision.answer is not Answer.PASS for h in review.handlers)


def test_a_task_sent_before_the_commit_is_a_finding() -> None:
    review = run(lambda n: [step("build", ["flush_and_send", step("report", job="i")], job="a")], messages=10)
    assert any(f.code == "sent-before-commit" for f in handler(review, "report").evidence.findings)
    assert handler(review, "report").decision.answer is Answer.FAIL


def test_tasks_whose_order_matters_are_found() -> None:
    review = run(
        lambda n: [step("build", ["insert"], ["row", "first"], job="a"), step("build", ["row", "second"], job="b")]
    )
    assert any(d.first == "build" and d.then == "build" and d.on == "builds" for d in review.dependencies)
    assert any(d.hazard for d in review.dependencies)


def test_two_tasks_that_race_for_a_guard_never_pass() -> None:
    review = run(lambda n: [step("build", ["take", "a"], job="a"), step("report", ["take", "b"])], messages=40)
    assert review.answer is not Answer.PASS, [h.decision for h in review.handlers]


def test_the_usual_steps_are_what_they_say() -> None:
    assert {s["handler"] for n in range(20) for s in usual(n)} == {"build", "report"}


@pytest.mark.parametrize("count", [0, 1])
def test_recordings_of_fewer_messages_than_processes_come_to_an_end(count: int) -> None:
    plan = Plan(migration=migration, path=PATH, messages=messages_of(usual, count), at_once=4)
    assert RecordedRun(plan).run().ledger.paired == count


def test_legacy_that_always_raises_never_passes() -> None:
    review = run(lambda n: [step("build", ["fail", "ValueError", "no table"])])
    evidence = handler(review, "build").evidence
    assert evidence.tally.match == 20
    assert [(f.code, f.waits, f.blocks) for f in evidence.findings] == [("always-raised", True, False)]
    assert handler(review, "build").decision.answer is Answer.WAIT


def test_inputs_that_could_not_be_traced_are_no_clean_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = messages_of(usual, 1)[0]
    with running(Side.LEGACY, trace=True) as runner:
        monkeypatch.setattr("tasksplit.capture.trace.reach", lambda *_a, **_k: 1 / 0)
        replayed = runner.run(taken)
    assert any("tracing the inputs" in error for error in replayed.harness_errors)
    assert replayed.observations[0].undecided


def test_messages_left_out_of_a_form_are_in_its_ledger() -> None:
    taken = messages_of(usual, 4)
    review = RecordedRun(Plan(migration=migration, path=PATH, messages=taken, left_out=("a", "b"))).run()
    assert review.ledger.balanced
    assert (review.ledger.expected, review.ledger.sampled_out, review.ledger.paired) == (6, 2, 4)
