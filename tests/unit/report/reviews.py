"""Reviews of every shape, and one of each value that a payload could bring."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from tasksplit.model.accepted import Acceptance
from tasksplit.model.branches import Branches, Covered
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.distinct import Distinct
from tasksplit.model.evidence import (
    Evidence,
    Finding,
    Grouped,
    Ledger,
    Shape,
    ShownPair,
    Sides,
    Stratum,
    Tally,
)
from tasksplit.model.message import Origin
from tasksplit.model.review import Dependency, HandlerReview, Past, Review, RuleUse, Step, Times, Way
from tasksplit.model.sketch import Sketch
from tasksplit.model.strata import WAYS
from tasksplit.model.verdict import Difference, Kind

HOSTILE = (
    "</details><script>x</script> | `a` ``b`` **b** [l](http://x) @all #1 $x$ \n# h\n\x1b[31m\u202e\\|<!-- www.x.org"
)

numbers = st.integers(0, 10**7)
texts = st.one_of(
    st.text(max_size=30),
    st.text("`|\\<>&*_[]()#@$!\n\r\x1b~=+-:. \u2028w", max_size=12),
    st.just(HOSTILE),
)
names = st.text("abcdefghij_", min_size=1, max_size=12)
counts = st.dictionaries(texts, st.integers(1, 10**6), max_size=3)
kinds = st.dictionaries(texts, st.dictionaries(st.sampled_from(WAYS), numbers, max_size=4), max_size=3)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=3,
)  # what a difference holds: JSON


def difference(legacy: object = 1, split: object = 2, path: str = "$.inputs.job", message: str = "m1") -> Grouped:
    example = Difference(path=path, shape=path, kind=Kind.VALUE, legacy=legacy, split=split, fingerprint="0123456789ab")
    return Grouped(
        fingerprint="0123456789ab",
        shape=path,
        kind="value",
        count=7,
        example=example,
        example_message=message,
    )


findings = st.builds(Finding, code=names, text=texts, blocks=st.booleans(), waits=st.booleans())
differences = st.builds(difference, legacy=values, split=values, path=texts, message=texts)
tallies = st.builds(Tally, match=numbers, mismatch=numbers, accepted=numbers, unpaired=numbers, undecided=numbers)
keyed = st.dictionaries(st.text(max_size=5), st.booleans(), max_size=5)
instants = st.just(0.0) | st.floats(0, 4e9)
sketches = st.builds(Sketch, st.dictionaries(st.integers(0, 700), st.integers(1, 10**6), max_size=3))
some = st.lists(texts, max_size=3).map(tuple)
branches = st.builds(Branches, known=some, touched=some)
evidences = st.builds(
    Evidence,
    handler=names,
    tally=tallies,
    keys=keyed,
    strata=st.dictionaries(
        texts.filter(bool), st.builds(Stratum, tally=tallies, keys=keyed, clean=st.just(Distinct())), max_size=2
    ),
    sides=st.builds(Sides, legacy=sketches, split=sketches, wire=sketches),
    shapes=st.dictionaries(st.just("0123456789ab"), st.builds(Shape, between=numbers, itself=numbers), max_size=1),
    covered=st.none() | st.builds(Covered, legacy=branches, split=branches),
    unpaired_reasons=counts,
    undecided_reasons=counts,
    capture_complete=st.sampled_from([True, False, None]),
    capture_note=texts,
    findings=st.lists(findings, max_size=2).map(tuple),
)


def _handler(name: str, answer: Answer, reason: str, bound: float, evidence: Evidence, **rest: object) -> HandlerReview:
    decision = Decision(answer=answer, reason=reason, upper_bound=bound if evidence.keys else None)
    return HandlerReview(name=name, decision=decision, evidence=evidence, **rest)  # type: ignore[arg-type]


def _shown(handler: HandlerReview) -> HandlerReview:
    """Give each group of differences a pair that shows it."""
    groups = [replace(one, pairs=(f"{n:012x}",)) for n, one in enumerate(handler.differences)]
    pairs = [
        ShownPair(id=group.pairs[0], message=group.example_message, differences=(group.example,)) for group in groups
    ]
    return replace(handler, differences=tuple(groups), pairs=tuple(pairs))


def _acceptance(text: str, days: int) -> Acceptance:
    begin, known = date(2026, 1, 1), text if text.strip() else "x"
    return Acceptance(
        handler="x", fingerprint="0123456789ab", because=known, by=known, since=begin, until=begin + timedelta(days),
        legacy=known, split=known, shape=text,
    )  # fmt: skip


handlers = st.builds(
    _handler,
    name=names,
    answer=st.sampled_from(Answer),
    reason=texts,
    bound=st.floats(0, 1),
    evidence=evidences,
    stage=st.sampled_from(["off", "shadow"]),
    differences=st.lists(differences, max_size=3).map(tuple),
    seen=st.none() | counts,
    exercised=st.none() | kinds,
    rehearsed=st.sampled_from([True, False, None]),
    bar=st.builds(Bar, max_mismatch_rate=st.floats(1e-9, 0.999)),
    trend=st.lists(
        st.builds(
            Past, run=texts, at=instants, answer=st.sampled_from(Answer), tally=tallies, keys=numbers,
            keys_mismatched=numbers, same_code=st.booleans(),
        ),
        max_size=7,
    ).map(tuple),
    steps=st.lists(
        st.builds(Step, at=instants, before=texts, after=texts, who=texts, because=texts, forced=st.booleans()),
        max_size=2,
    ).map(tuple),
    acceptances=st.lists(st.builds(_acceptance, texts, st.integers(0, 400)), max_size=1).map(tuple),
).map(_shown)  # fmt: skip

reviews = st.builds(
    Review,
    migration=texts,
    form=st.sampled_from(["fixtures", "recordings"]),
    origin=st.sampled_from(Origin),
    isolation=st.sampled_from(["guarded, not isolated", "isolated"]),
    answer=st.sampled_from(Answer),
    ledger=st.builds(Ledger, expected=numbers, paired=numbers, pending=numbers, lost=numbers, sampled_out=numbers),
    handlers=st.lists(handlers, max_size=3, unique_by=lambda h: h.name).map(tuple),
    rules=st.lists(st.builds(RuleUse, name=texts, because=texts, touched=numbers), max_size=3).map(tuple),
    dependencies=st.lists(
        st.builds(Dependency, first=names, then=names, on=texts, messages=numbers, hazard=st.booleans()),
        max_size=2,
    ).map(tuple),
    findings=st.lists(findings, max_size=3).map(tuple),
    harness_errors=st.none() | counts,
    refused=st.none() | counts,
    unwanted=st.none() | counts,
    seconds=st.floats(0, 10**6),
    versions=st.none() | st.dictionaries(texts, texts, max_size=2),
    times=st.none() | st.builds(Times, legacy=st.floats(0, 1e6), split=st.floats(0, 1e6), tasksplit=st.floats(0, 1e6)),
    at=instants,
    dropped=st.none() | counts,
    ways=st.lists(
        st.builds(Way, sender=texts, task=texts, queue=texts, receiver=texts, times=numbers), max_size=2
    ).map(tuple),
)  # fmt: skip


def review(*handlers: HandlerReview, **rest: object) -> Review:
    known: dict[str, object] = {
        "migration": "process_message",
        "form": "fixtures",
        "origin": Origin.TEST,
        "isolation": "guarded, not isolated",
        "answer": Answer.WAIT,
        "ledger": Ledger(expected=600, paired=600),
    }
    return Review(handlers=handlers, **(known | rest))  # type: ignore[arg-type]


def handler(name: str = "copr_build_end", answer: Answer = Answer.FAIL, **rest: object) -> HandlerReview:
    known: dict[str, object] = {
        "stage": "shadow",
        "decision": Decision(answer=answer, reason="3 of 40 keys differ", upper_bound=0.2),
        "bar": Bar(),
        "evidence": Evidence(handler=name, tally=Tally(match=37, mismatch=3), keys={"a": True, "b": False}),
    }
    return HandlerReview(name=name, **(known | rest))  # type: ignore[arg-type]
