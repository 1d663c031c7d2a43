"""Reviews in which every text that somebody else wrote is hostile: names, reasons, paths, values, messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from tasksplit.model.accepted import Acceptance
from tasksplit.model.branches import Branches, Covered
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Finding, Grouped, Ledger, ShownPair, Stratum, Tally
from tasksplit.model.message import Origin
from tasksplit.model.review import Dependency, HandlerReview, Past, Review, RuleUse, Step, Way
from tasksplit.model.verdict import Difference, Kind
from tasksplit.wire.canonical import CanonicalError, canonical

_ANSWERS = tuple(Answer)


def reviews(payloads: Sequence[Any], at_once: int = 40) -> Iterator[tuple[Review, list[Any]]]:
    """Yield reviews of so many handlers, each with the payloads that its handlers stand for, in their order."""
    for start in range(0, len(payloads), at_once):
        some = list(payloads[start : start + at_once])
        yield _review(some), some


def harmless() -> Iterator[Review]:
    """Yield reviews of the same form with words in place of all that is hostile: few, long ones, and many."""
    for some in (["word"], [f"word {n}" for n in range(40)], [f"{'word ' * 4_000}{n}" for n in range(40)]):
        yield from (review for review, _ in reviews(some))


def text_of(payload: Any) -> str:
    """Return the payload as a text: what is no text is put as its ``repr``."""
    return payload if isinstance(payload, str) else repr(payload)[:10_000]


def _review(payloads: Sequence[Any]) -> Review:
    texts = [text_of(payload) for payload in payloads]
    one = texts[0]
    names = dict.fromkeys(texts, 3)
    return Review(
        migration=one, form=one, origin=Origin.TEST, isolation=one, answer=Answer.FAIL,
        ledger=Ledger(expected=9, paired=9),
        handlers=tuple(_handler(payload, place) for place, payload in enumerate(payloads)),
        rules=tuple(RuleUse(name=text, because=text, touched=1) for text in texts),
        dependencies=tuple(Dependency(first=t, then=t, on=t, messages=1, hazard=True) for t in texts),
        findings=tuple(Finding(code=text, text=text) for text in texts),
        harness_errors=names, refused=names, unwanted=names, dropped=names, versions={text: text for text in texts},
        ways=tuple(Way(sender=t, task=t, queue=t, receiver=t if n % 2 else "", times=n) for n, t in enumerate(texts)),
    )  # fmt: skip


def _handler(payload: Any, place: int) -> HandlerReview:
    text = text_of(payload)
    difference = Difference(
        path=f"$.inputs{text}", shape=f"$.inputs{text}", kind=Kind.VALUE, legacy=text, split=f"{text}.",
        fingerprint=f"{place:012x}",
    )  # fmt: skip
    pair = ShownPair(
        id=f"{place:012x}", message=text, instance=text, stratum=text, legacy=_content(payload, ""),
        split=_content(payload, "."), size=100, differences=(difference, replace(difference, path="$.inputs.value")),
    )  # fmt: skip
    group = Grouped(
        fingerprint=difference.fingerprint, shape=difference.shape, kind="value", count=3, example=difference,
        example_message=text, strata={text: 1}, pairs=(pair.id,),
    )  # fmt: skip
    return HandlerReview(
        name=text, stage=text, decision=Decision(answer=_ANSWERS[place % 3], reason=text, upper_bound=0.5), bar=Bar(),
        evidence=Evidence(
            handler=text, tally=Tally(match=2, mismatch=1), keys={text: True}, unpaired_reasons={text: 1},
            undecided_reasons={text: 1}, capture_complete=False, capture_note=text,
            findings=(Finding(code=text, text=text, blocks=True),), strata={text: Stratum(tally=Tally(match=1))},
            covered=Covered(legacy=Branches(known=(f"{text}:1->2",)), split=Branches(known=(text,))),
        ),
        differences=(group,), pairs=(pair,), seen={text: 1}, exercised={text: {"returned": 1, "raised": 0}},
        trend=(Past(run=text, at=1.0, answer=Answer.PASS, tally=Tally(), keys=1, keys_mismatched=0),),
        steps=(Step(at=1.0, before=text, after=text, who=text, because=text, forced=True),),
        acceptances=(_acceptance(text),),
    )  # fmt: skip


def _acceptance(text: str) -> Acceptance:
    said = (text.strip() and text) or "-"
    return Acceptance(
        handler=said, fingerprint=said, because=said, by=said, since=date(2026, 1, 1), until=date(2026, 2, 1),
        legacy=said, split=said, shape=text,
    )  # fmt: skip


def _content(payload: Any, end: str) -> str:
    """Return what a side did, with the payload as a value, as a name and as a message; nothing where it has no form."""
    text = text_of(payload)
    try:
        return canonical(
            {
                "inputs": {"value": payload, "text": text + end, text[:200]: end},
                "outcome": {"kind": "raised", "type": text, "message": text + end},
                "effects": {
                    "calls": [{"call": text, "body": payload}],
                    "rows": {text: [{"op": "insert", "key": {"id": text}, "columns": {text: payload, "end": end}}]},
                    "started": [{"handler": text, "instance": text}],
                },
            }
        ).decode()
    except CanonicalError:
        return ""
