"""Of a message counts what a decided pair took; what it showed is kept for the choice of the fewest."""

from __future__ import annotations

from typing import Any

import pytest

from tasksplit.capture.arrival import message
from tasksplit.flow import Flow
from tasksplit.model.branches import Covered
from tasksplit.model.message import Side
from tasksplit.model.verdict import Difference, Judged, Kind, Verdict
from tasksplit.replay.coverage import Coverage
from tasksplit.replay.minimise import keep
from tasksplit.replay.side import Replayed
from tasksplit.replay.touched import Touched
from tests.unit.replay.choosy.marks import called, way
from tests.unit.replay.choosy.migration import migration
from tests.unit.replay.replayed import running, step
from tests.unit.replay.toy.migration import migration as toy

Sides = dict[Side, Touched]
EVERYTHING = {"do": ["greet", "part"]}
QUIET, LOUD = {"name": "ann", **EVERYTHING}, {"name": "bob", "loud": True, **EVERYTHING}


@pytest.fixture(scope="module")
def touched() -> dict[str, Sides]:
    """What two messages touch: in this process, side by side."""
    found: dict[str, Sides] = {"quiet": {}, "loud": {}}
    for side in Side:
        with running(side, migration, coverage=True) as runner:
            for name, payload in (("quiet", QUIET), ("loud", LOUD)):
                found[name][side] = runner.run(message(migration, name, payload)).touched
    return found


def judged(name: str, verdict: Verdict = Verdict.MATCH, **more: Any) -> Judged:
    known: dict[str, Any] = {"message": name, "handler": "greet", "instance": "", "key": None, "stratum": name}
    return Judged(**known | more, verdict=verdict)


def covering(touched: dict[str, Sides], *pairs: Judged) -> Coverage:
    coverage = Coverage(migration)
    for one in pairs:
        sides = touched[one.message]
        coverage.add([one], sides[Side.LEGACY], sides[Side.SPLIT])
    return coverage


def test_what_two_messages_took_is_the_union(touched: dict[str, Sides]) -> None:
    first, second = (covering(touched, judged(name)).covered("greet") for name in ("quiet", "loud"))
    both = covering(touched, judged("quiet"), judged("loud")).covered("greet")
    assert both == first + second
    for side, file in ((both.legacy, "legacy"), (both.split, "split")):
        assert {way(file, "loud?", "loud"), way(file, "loud?", "quiet")} <= set(side.touched)
    assert way("legacy", "loud?", "loud") not in first.legacy.touched
    assert way("split", "loud?", "quiet") not in second.split.touched


def test_the_order_of_messages_changes_nothing(touched: dict[str, Sides]) -> None:
    forth, back = ([judged("quiet"), judged("loud")], [judged("loud"), judged("quiet")])
    assert covering(touched, *forth).covered("greet") == covering(touched, *back).covered("greet")


@pytest.mark.parametrize("verdict", list(Verdict), ids=str)
def test_only_what_is_evidence_counts(touched: dict[str, Sides], verdict: Verdict) -> None:
    taken = covering(touched, judged("loud", verdict)).covered("greet")
    evidence = verdict in (Verdict.MATCH, Verdict.MISMATCH)
    assert (bool(taken.legacy.touched), bool(taken.split.touched)) == (evidence, evidence)
    assert way("legacy", "loud?", "loud") in taken.legacy.known


def test_a_handler_of_which_one_run_is_undecided_counts_for_nothing(touched: dict[str, Sides]) -> None:
    coverage = Coverage(migration)
    pairs = [judged("loud", instance="1"), judged("loud", Verdict.UNDECIDED, instance="2")]
    coverage.add(pairs, touched["loud"][Side.LEGACY], touched["loud"][Side.SPLIT])
    assert coverage.covered("greet").legacy.touched == ()


def test_another_handler_of_the_message_is_not_touched_by_it(touched: dict[str, Sides]) -> None:
    coverage = covering(touched, judged("loud"))
    assert coverage.covered("part").legacy.touched == ()
    part = covering(touched, judged("loud", handler="part")).covered("part")
    assert called("legacy", "polite") in part.legacy.touched
    assert all("greet" not in one and "loud" not in one for one in part.legacy.known)


def test_before_any_message_the_own_code_is_known(touched: dict[str, Sides]) -> None:
    part = Coverage(migration).covered("part")
    assert called("legacy", "polite") in part.legacy.untouched
    assert Coverage(migration).covered("dispatch") != Covered()
    own = Coverage(migration).covered("dispatch").split.known
    assert called("split", "process") in own
    assert called("split", "greet_service") not in own  # another handler's


def test_what_a_message_showed_is_kept(touched: dict[str, Sides]) -> None:
    difference = Difference(path="$", shape="$", kind=Kind.VALUE, legacy=1, split=2, fingerprint="f")
    pairs = [judged("quiet"), judged("loud", Verdict.MISMATCH, differences=(difference,))]
    shown = covering(touched, *pairs).messages
    assert (shown["quiet"].strata, shown["loud"].strata) == (0b1, 0b10)
    assert (shown["quiet"].differences, shown["loud"].differences) == (0, 1)
    assert shown["quiet"].branches & ~shown["loud"].branches
    assert shown["loud"].branches & ~shown["quiet"].branches


def test_a_stratum_is_shown_by_a_pair_that_is_no_evidence_too(touched: dict[str, Sides]) -> None:
    shown = covering(touched, judged("quiet", Verdict.ACCEPTED)).messages["quiet"]
    assert (shown.strata, shown.branches) == (1, 0)


def test_the_few_that_are_kept_cover_what_all_of_them_did() -> None:
    payloads = [
        {"name": name, "loud": name > "m", "do": do}
        for name in ("ann", "bartholomew", "zoe")
        for do in (["greet"], ["part"], ["greet", "part"], [])
    ]
    every = through(payloads)
    kept = keep(every.messages).messages
    assert len(kept) < len(payloads)
    few = through([payloads[int(name)] for name in kept])
    assert {n: few.covered(n) for n in migration.names} == {n: every.covered(n) for n in migration.names}


def through(payloads: list[dict[str, Any]]) -> Coverage:
    """What these messages cover, each named by its number."""
    messages = [message(migration, str(n), payload) for n, payload in enumerate(payloads)]
    found: dict[Side, list[Replayed]] = {}
    for side in Side:
        with running(side, migration, coverage=True) as runner:
            found[side] = [runner.run(one) for one in messages]
    flow, coverage = Flow(migration), Coverage(migration)
    for one, legacy, split in zip(messages, found[Side.LEGACY], found[Side.SPLIT], strict=True):
        coverage.add(flow.message(one, legacy.observations, split.observations), legacy.touched, split.touched)
    return coverage


@pytest.mark.parametrize("side", list(Side), ids=str)
def test_what_a_side_does_is_the_same_whether_measured_or_not(side: Side) -> None:
    payload = {"ref": "r", "before": [["fresh"]], "steps": [step("build", ["http", "/s"], ["fresh"], ["row", "x"])]}
    seen = []
    for measured in (False, True):
        with running(side, coverage=measured) as runner:
            done = runner.run(message(toy, "m", payload))
            seen.append(([(o.handler, o.content) for o in done.observations], done.runs, done.harness_errors))
    assert seen[0] == seen[1]
