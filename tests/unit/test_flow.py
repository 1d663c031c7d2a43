"""What cannot be judged is undecided, and only what goes on by declaration is accepted."""

from typing import Any

import pytest

from tasksplit import Dispatch, Handler, rules
from tasksplit.compare.hidden import PARTS
from tasksplit.flow import Flow
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Finding
from tasksplit.model.message import Message, Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH, Observation
from tasksplit.model.verdict import Judged, Verdict
from tasksplit.replay.agreement import compared, joined
from tasksplit.replay.learning import hiding
from tasksplit.wire.canonical import canonical
from tests.unit.report import reviews

MESSAGE = Message(id="m", payload={}, entry="e", key="k", digest="d")


RETURNED = {"kind": "returned", "value": None}


def _seen(side: Side, *, inputs: Any = None, calls: Any = (), outcome: Any = RETURNED, **fields: Any) -> Observation:
    effects = {"calls": list(calls), "rows": {}, "started": []}
    content = canonical({"inputs": inputs or {}, "outcome": outcome, "effects": effects})
    return Observation(
        message="m", handler=DISPATCH, instance="", attempt=0, ordinal=0, side=side, content=content, duration=0.0,
        **fields,
    )  # fmt: skip


def _judged(legacy: Observation, split: Observation, *, independent: bool = False) -> Judged:
    return Flow(Migration(name="m", independent=independent)).message(MESSAGE, [legacy], [split])[0]


def test_a_side_that_failed_by_us_is_no_mismatch_where_the_other_had_a_miss() -> None:
    legacy = _seen(Side.LEGACY, undecided="the view failed")
    split = _seen(Side.SPLIT, inputs={"a": 1}, undecided="not in the recording: x", calls_before_miss=0)
    one = _judged(legacy, split)
    assert (one.verdict, one.reason) == (Verdict.UNDECIDED, "the view failed")


def test_what_differs_before_a_miss_stands() -> None:
    split = _seen(Side.SPLIT, inputs={"a": 1}, undecided="not in the recording: x", calls_before_miss=0)
    assert _judged(_seen(Side.LEGACY), split).verdict is Verdict.MISMATCH


def test_a_split_that_goes_on_may_do_more_and_may_not_receive_more() -> None:
    legacy = _seen(Side.LEGACY, interrupted="child")
    more = _seen(Side.SPLIT, calls=[{"call": "a"}])
    assert _judged(legacy, more, independent=True).verdict is Verdict.ACCEPTED
    other = _judged(legacy, _seen(Side.SPLIT, inputs={"a": 1}, calls=[{"call": "a"}]), independent=True)
    assert [d.path for d in other.differences] == ["$.inputs.a"]
    assert other.verdict is Verdict.MISMATCH


RAISED = {"kind": "raised", "type": "ValueError", "message": "no"}


@pytest.mark.parametrize(
    ("split", "task", "verdict"),
    [
        ({"ended": "returned"}, "t", Verdict.ACCEPTED),
        ({"ended": "returned"}, "", Verdict.MISMATCH),  # it runs in the same task, whose end is compared
        ({"ended": "raised"}, "t", Verdict.MISMATCH),
        ({"ended": "returned", "calls": [{"call": "a"}]}, "t", Verdict.MISMATCH),
        ({"ended": "returned", "undecided": "no answer", "calls_before_miss": 0}, "t", Verdict.UNDECIDED),
    ],
)
def test_an_error_of_a_task_of_its_own_ends_nobody_else(split: dict[str, Any], task: str, verdict: Verdict) -> None:
    child = Handler("child", legacy="a:b", view=dict, split=task, implementation="a:c")
    legacy = _seen(Side.LEGACY, outcome=RAISED, interrupted="child", ended="raised")
    outcome = {"kind": split["ended"], "value": None}
    flow = Flow(Migration(name="m", handlers=[child]))
    one = flow.message(MESSAGE, [legacy], [_seen(Side.SPLIT, outcome=outcome, **split)])[0]
    assert one.verdict is verdict
    assert (one.reason == "its end is that of child, a task of its own") is (verdict is Verdict.ACCEPTED)


def test_what_was_not_described_is_not_accepted() -> None:
    """Only so many differences of a pair are kept: those left out may be of any kind."""
    legacy = _seen(Side.LEGACY, interrupted="child", inputs={"a": 1})
    split = _seen(Side.SPLIT, calls=[{"call": n} for n in range(80)])
    assert _judged(legacy, split, independent=True).verdict is not Verdict.ACCEPTED


def test_forms_that_disagree_are_no_pass() -> None:
    pair = ("m", DISPATCH, "")
    assert compared({pair: Verdict.MATCH}, {pair: Verdict.MISMATCH}).blocks
    assert not compared({pair: Verdict.MATCH}, {pair: Verdict.UNDECIDED}).blocks


def test_a_review_fails_where_the_forms_disagree() -> None:
    review = reviews.review()
    disagree = Finding(code="forms-disagree", text="...", blocks=True)
    assert joined(review, disagree).answer is Answer.FAIL
    assert joined(review, Finding(code="forms-agree", text="...")).answer is review.answer


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        (rules.ignore("$", because="b"), PARTS),
        (rules.ignore("$..*", because="b"), PARTS),
        (rules.normalise("$", lambda value: None, because="b"), PARTS),
        (rules.ignore("$.outcome", because="b"), ("$.outcome",)),
        (rules.ignore("$.effects.calls[*]", because="b"), ("$.effects.calls",)),
        (rules.ignore("$.outcome.value", because="b"), ()),
        (rules.unordered("$.effects.calls", because="b"), ()),
        (rules.normalise("$.inputs", lambda value: value["unknown"], because="b"), ()),
    ],
)
def test_rules_that_leave_out_a_whole_part_are_found(rule: rules.Rule, parts: tuple[str, ...]) -> None:
    assert Flow(Migration(name="m", dispatch=Dispatch(rules=[rule]))).hidden(DISPATCH) == parts


def test_rules_that_leave_out_everything_wait() -> None:
    assert [f.waits for f in (*hiding(PARTS), *hiding(("$.outcome",)), *hiding(()))] == [True, False]
