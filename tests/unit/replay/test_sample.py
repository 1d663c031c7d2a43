"""Which messages does the second form of a run take?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasksplit.gate.bound import needed
from tasksplit.model.decision import Bar
from tasksplit.model.message import Message, Origin
from tasksplit.model.migration import Dispatch
from tasksplit.model.verdict import Verdict
from tasksplit.replay.run import Plan
from tasksplit.replay.sample import LEAST_PER_STRATUM, of_sample
from tests.unit.replay.replayed import PATH
from tests.unit.replay.toy.migration import migration


def _message(name: str) -> Message:
    return Message(id=name, payload={}, entry="message", key=name, digest=name, origin=Origin.TEST)


GIVEN = [_message(f"given-{n}") for n in range(30)]
GENERATED = [_message(f"generated/{n}") for n in range(1000)]
PLAN = Plan(migration=migration, path=PATH, messages=[*GIVEN, *GENERATED])
# each message has a dispatch, every tenth a build, and a few a build that differs
VERDICTS = {(m.id, "dispatch", ""): Verdict.MATCH for m in PLAN.messages}
VERDICTS |= {(m.id, "build", "a"): Verdict.MATCH for m in GENERATED[::10]}
VERDICTS |= {(m.id, "build", "a"): Verdict.MISMATCH for m in GENERATED[5:900:100]}


def _taken(plan: Plan, handler: str, verdict: Verdict) -> int:
    ids = {m.id for m in plan.messages}
    return sum(name in ids for (name, one, _instance), v in VERDICTS.items() if one == handler and v is verdict)


def test_given_messages_are_always_taken_and_what_is_left_out_is_said() -> None:
    sampled = of_sample(PLAN, VERDICTS, 0.2)
    ids = {m.id for m in sampled.messages}
    assert {m.id for m in GIVEN} <= ids
    assert ids | set(sampled.left_out) == {m.id for m in PLAN.messages}
    assert not ids & set(sampled.left_out)
    assert 230 <= len(ids) <= 300  # strata overlap: little more than the share


def test_each_handler_and_verdict_has_its_share_and_rare_ones_are_whole() -> None:
    sampled = of_sample(PLAN, VERDICTS, 0.2)
    assert _taken(sampled, "build", Verdict.MATCH) >= LEAST_PER_STRATUM
    assert _taken(sampled, "build", Verdict.MISMATCH) == 9
    assert _taken(sampled, "dispatch", Verdict.MATCH) >= 200


def test_the_same_messages_are_taken_whatever_their_order() -> None:
    other = Plan(migration=migration, path=PATH, messages=list(reversed(PLAN.messages)))
    verdicts = dict(reversed(VERDICTS.items()))
    assert {m.id for m in of_sample(other, verdicts, 0.2).messages} == {
        m.id for m in of_sample(PLAN, VERDICTS, 0.2).messages
    }


def test_all_of_them_are_no_sample_and_keep_their_bar() -> None:
    assert of_sample(PLAN, VERDICTS, 1) is PLAN
    given = Plan(migration=migration, path=PATH, messages=GIVEN)
    assert of_sample(given, VERDICTS, 0.2) is given


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_a_share_of_the_keys_that_the_bar_asks_for_reaches_the_bar_of_the_sample(share: float) -> None:
    bar = Bar()
    alpha = (1 - bar.confidence) / 20
    declared = replace(migration, handlers=[replace(handler, bar=bar) for handler in migration.handlers])
    sampled = of_sample(replace(PLAN, migration=declared), VERDICTS, share)
    wider = sampled.migration.bar_of("build")
    assert wider.confidence == bar.confidence
    assert wider.max_mismatch_rate == pytest.approx(bar.max_mismatch_rate / share)
    assert needed(wider.max_mismatch_rate, alpha) <= share * needed(bar.max_mismatch_rate, alpha) + 1
    assert declared.bar_of("build") == bar


def test_strata_and_branches_are_asked_of_the_first_form_alone() -> None:
    strict = Bar(stratum_floor=5, max_stratum_rate=0.1, min_branches=0.9, max_latency_ratio=2.0)
    asking = replace(PLAN, migration=replace(PLAN.migration, dispatch=Dispatch(bar=strict)))
    bar = of_sample(asking, VERDICTS, 0.2).migration.dispatch.bar
    assert (bar.stratum_floor, bar.max_stratum_rate, bar.min_branches, bar.max_latency_ratio) == (0, None, None, None)
    whole = of_sample(asking, VERDICTS, 1).migration.dispatch.bar
    assert whole == replace(strict, min_branches=None)
