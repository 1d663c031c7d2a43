"""Reviews of every shape, and one of each value that a payload could bring."""

from __future__ import annotations

from hypothesis import strategies as st

from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Finding, Grouped, Ledger, Tally
from tasksplit.model.message import Origin
from tasksplit.model.review import Dependency, HandlerReview, Review, RuleUse
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
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.binary(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3), st.tuples(inner)),
    max_leaves=3,
)


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
evidences = st.builds(
    Evidence,
    handler=names,
    tally=st.builds(Tally, match=numbers, mismatch=numbers, accepted=numbers, unpaired=numbers, undecided=numbers),
    keys=st.dictionaries(st.text(max_size=5), st.booleans(), max_size=5),
    unpaired_reasons=counts,
    undecided_reasons=counts,
    capture_complete=st.sampled_from([True, False, None]),
    capture_note=texts,
    findings=st.lists(findings, max_size=2).map(tuple),
)


def _handler(
    name: str, answer: Answer, reason: str, bound: float | None, evidence: Evidence, **rest: object
) -> HandlerReview:
    decision = Decision(answer=answer, reason=reason, upper_bound=bound)
    return HandlerReview(name=name, decision=decision, bar=Bar(), evidence=evidence, **rest)  # type: ignore[arg-type]


handlers = st.builds(
    _handler,
    name=names,
    answer=st.sampled_from(Answer),
    reason=texts,
    bound=st.none() | st.floats(0, 1),
    evidence=evidences,
    stage=st.sampled_from(["off", "shadow"]),
    differences=st.lists(differences, max_size=3).map(tuple),
    seen=st.none() | counts,
    exercised=st.none() | kinds,
    rehearsed=st.sampled_from([True, False, None]),
)

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
)


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
