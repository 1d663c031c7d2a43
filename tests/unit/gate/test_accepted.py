"""Which differences may stand for a while: of this code, until a day, below a ceiling, and each by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tasksplit import DeclarationError
from tasksplit.flow import Flow
from tasksplit.gate.accepted import NONE_ACCEPTED, Accepted
from tasksplit.model.accepted import Acceptance
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Evidence, Finding, Ledger, Tally
from tasksplit.model.message import Message, Origin, Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH, Observation
from tasksplit.model.verdict import Judged, Verdict
from tasksplit.wire.canonical import canonical
from tests.unit.gate.judging import difference

TODAY = date(2026, 11, 21)


def acceptance(fingerprint: str = "x", **fields: Any) -> Acceptance:
    told: dict[str, Any] = {
        "handler": "build", "because": "a clock", "by": "ann", "since": TODAY - timedelta(40),
        "until": TODAY, "legacy": "1", "split": "2",
    }  # fmt: skip
    return Acceptance(fingerprint=fingerprint, **(told | fields))


def accepted(*entries: Acceptance, today: date = TODAY, legacy: str = "1", split: str = "2") -> Accepted:
    return Accepted(entries, today=today, legacy=legacy, split=split)


def why(known: Accepted, *names: str, handler: str = "build") -> str:
    return known.of(handler, [difference(name) for name in names])


def found(known: Accepted, pairs: int = 100, **seen: int) -> dict[str, Finding]:
    tally = Tally(match=pairs - sum(seen.values()), accepted=sum(seen.values()))
    return {finding.code: finding for finding in known.findings("build", tally, seen)}


# Which pairs


def test_a_pair_with_exactly_what_was_accepted_is_accepted_in_the_words_of_who_did() -> None:
    known = accepted(acceptance("x"), acceptance("y", by="bob", because="a list", until=TODAY + timedelta(1)))
    assert why(known, "x", "x") == "accepted by ann until 2026-11-21: a clock"
    assert why(known, "x", "y") == f"{why(known, 'x')}; accepted by bob until 2026-11-22: a list"


def test_one_other_difference_and_it_is_not() -> None:
    known = accepted(acceptance("x"))
    assert why(known, "x", "y") == ""
    assert why(known, "y") == ""
    assert why(known) == ""


def test_it_is_of_its_handler_alone() -> None:
    assert why(accepted(acceptance("x", handler="ship")), "x") == ""
    assert why(accepted(acceptance("x", handler="ship")), "x", handler="ship") != ""
    assert why(NONE_ACCEPTED, "x") == ""


def test_it_holds_to_the_end_of_its_last_day() -> None:
    assert why(accepted(acceptance("x"), today=TODAY), "x") != ""
    assert why(accepted(acceptance("x"), today=TODAY + timedelta(1)), "x") == ""


@pytest.mark.parametrize("code", [{"legacy": "7"}, {"split": "7"}, {"legacy": "2", "split": "1"}], ids=str)
def test_it_is_of_its_code_alone(code: dict[str, str]) -> None:
    assert why(accepted(acceptance("x"), **code), "x") == ""


# What a reviewer must know


def test_one_that_holds_and_is_seen_is_no_finding() -> None:
    assert found(accepted(acceptance("x")), x=5) == {}
    assert found(NONE_ACCEPTED, x=5) == {}


def test_one_that_is_over_fails() -> None:
    finding = found(accepted(acceptance("x", shape="$.a"), today=TODAY + timedelta(1)))["accepted-expired"]
    assert finding.blocks
    assert finding.text == "x ($.a) was accepted until 2026-11-21: mend it, or accept it anew"


def test_one_of_other_code_is_said_with_what_changed() -> None:
    finding = found(accepted(acceptance("x"), split="7"), x=5)["accepted-of-other-code"]
    assert finding.text == (
        "x (accepted by ann) does not hold: it was accepted for other code: split was 2, and is 7; accept it anew"
    )
    assert not finding.blocks  # its pairs are mismatches again


@pytest.mark.parametrize(("pairs", "codes"), [(100, []), (99, ["accepted-over-ceiling"])])
def test_one_that_shows_more_often_than_its_ceiling_fails(pairs: int, codes: list[str]) -> None:
    each = found(accepted(acceptance("x", ceiling=0.05)), pairs, x=5)
    assert [(code, one.blocks) for code, one in each.items()] == [(code, True) for code in codes]
    for one in each.values():
        assert one.text == "x (accepted by ann) shows in 5 of 99 pairs, above its ceiling of 5 %"


def test_one_that_nobody_shows_is_to_be_taken_out() -> None:
    finding = found(accepted(acceptance("x")), y=3)["accepted-never-seen"]
    assert not finding.blocks
    assert "take it out of accepted.toml" in finding.text


@pytest.mark.parametrize(("ages", "said"), [((0, 1, 2), False), ((0, 0, 0, 29), True), ((0, 0, 0, 30), False)])
def test_more_than_three_within_thirty_days_is_a_handler_that_is_not_ready(ages: tuple[int, ...], said: bool) -> None:
    entries = [acceptance(str(n), since=TODAY - timedelta(age)) for n, age in enumerate(ages)]
    others = [acceptance(f"o{n}", handler="ship", since=TODAY) for n in range(4)]
    each = found(accepted(*entries, *others), **{str(n): 1 for n in range(len(ages))})
    assert ("accepted-too-many" in each) is said
    if said:
        assert each["accepted-too-many"].text == "4 differences accepted within 30 days: is this handler ready?"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"because": " "}, "without because"),
        ({"by": ""}, "without by"),
        ({"fingerprint": ""}, "without fingerprint"),
        ({"handler": None}, "with handler = None"),
        ({"legacy": ""}, "without legacy"),
        ({"ceiling": 0}, "the ceiling 0"),
        ({"ceiling": 1.01}, "the ceiling 1.01"),
        ({"until": TODAY - timedelta(41)}, "until 2026-10-11"),
    ],
    ids=str,
)
def test_one_that_cannot_be_is_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(DeclarationError, match=f"^Found .*{says}.* Expected .* To mend it: "):
        replace(acceptance("x"), **fields)


# In the flow


def _did(side: Side, **inputs: object) -> Observation:
    effects: dict[str, object] = {"calls": [], "rows": {}, "started": []}
    whole = {"inputs": inputs, "outcome": {"kind": "returned", "value": 1}, "effects": effects}
    return Observation(
        message="m", handler=DISPATCH, instance="", attempt=0, ordinal=0, side=side, content=canonical(whole),
        duration=0.0, ended="returned",
    )  # fmt: skip


def _judged(flow: Flow, legacy: dict[str, object], split: dict[str, object], key: str = "k") -> Judged:
    message = Message(id="m", payload={}, entry="e", key=key, digest="0" * 32)
    (one,) = flow.message(message, [_did(Side.LEGACY, **legacy)], [_did(Side.SPLIT, **split)])
    return one


MIGRATION = Migration(name="m")


def _flow(*fingerprints: str, **fields: Any) -> Flow:
    entries = [acceptance(one, handler=DISPATCH, **fields) for one in fingerprints]
    return Flow(MIGRATION, accepted(*entries))


def _fingerprint(**inputs: object) -> str:
    (one,) = _judged(Flow(MIGRATION), dict.fromkeys(inputs, 0), inputs).differences
    return one.fingerprint


def _evidence(flow: Flow) -> Evidence:
    found = flow.tallies[DISPATCH].evidence(capture=True, note="", findings=())
    return replace(found, findings=tuple(flow.beside(found)))


def _answer(flow: Flow) -> Answer:
    return flow.decide([_evidence(flow)], Ledger(expected=1, paired=1), Origin.TEST)[DISPATCH].answer


def test_a_pair_with_an_accepted_and_one_other_difference_stays_a_mismatch() -> None:
    flow = _flow(_fingerprint(a=1), ceiling=1)
    assert _judged(flow, {"a": 0}, {"a": 1}).verdict is Verdict.ACCEPTED
    assert _judged(flow, {"a": 0, "b": 0}, {"a": 1, "b": 1}).verdict is Verdict.MISMATCH
    assert _judged(flow, {"a": 0}, {"a": "1"}).verdict is Verdict.MISMATCH  # another type is another fingerprint
    assert _judged(flow, {"a": 0}, {"a": 0}).verdict is Verdict.MATCH
    assert flow.tallies[DISPATCH].verdicts == Tally(match=1, mismatch=2, accepted=1)


def test_what_is_seen_beside_other_differences_is_seen() -> None:
    """The pair is a mismatch; that nobody shows what was accepted would be wrong all the same."""
    flow = _flow(_fingerprint(a=1), ceiling=1)
    _judged(flow, {"a": 0, "b": 0}, {"a": 1, "b": 1})
    assert [finding.code for finding in flow.beside(_evidence(flow))] == []


def test_more_differences_than_are_described_are_never_accepted() -> None:
    def many(count: int, value: int) -> dict[str, object]:
        return {"a": [value] * count}

    (fingerprint,) = {one.fingerprint for one in _judged(Flow(MIGRATION), many(50, 0), many(50, 1)).differences}
    flow = _flow(fingerprint, ceiling=1)
    assert _judged(flow, many(50, 0), many(50, 1)).verdict is Verdict.ACCEPTED
    assert _judged(flow, many(51, 0), many(51, 1)).verdict is Verdict.MISMATCH


def test_accepted_pairs_are_no_evidence_and_may_not_hide_how_often_they_come() -> None:
    flow = _flow(_fingerprint(a=1), ceiling=0.01)
    for n in range(600):
        _judged(flow, {"a": 0}, {"a": 0}, key=str(n))
    assert _answer(flow) is Answer.PASS
    for n in range(6):
        assert _judged(flow, {"a": 0}, {"a": 1}, key=f"new {n}").verdict is Verdict.ACCEPTED
    assert _evidence(flow).keys_seen == 600
    assert _answer(flow) is Answer.PASS
    _judged(flow, {"a": 0}, {"a": 1})
    assert _answer(flow) is Answer.FAIL


def test_one_that_is_over_fails_the_gate_whether_or_not_it_is_seen() -> None:
    flow = Flow(MIGRATION, accepted(acceptance(_fingerprint(a=1), handler=DISPATCH), today=TODAY + timedelta(1)))
    for n in range(600):
        _judged(flow, {"a": 0}, {"a": 0}, key=str(n))
    assert _answer(flow) is Answer.FAIL
