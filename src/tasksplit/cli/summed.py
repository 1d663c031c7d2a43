"""What do several runs of one form show together? Decided anew, as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tasksplit.flow import Flow
from tasksplit.gate.decide import overall
from tasksplit.gate.showing import kept, told
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Evidence, Grouped, ShownPair
from tasksplit.model.review import HandlerReview, Review, RuleUse, Times, Way
from tasksplit.stores import Run, merge

_OF_PARTS = ("noise", "not-noise", "accepted-")  # codes of findings that a sum makes anew


def summed(kept: Sequence[tuple[Run, Review]], flow: Flow, *, beside: bool = False) -> tuple[Run, Review]:
    """Return several runs of one form as one, decided anew; ``flow``: of what is accepted now; ``beside``: as of its
    ``decide``.

    Raises ``StoreError`` where they are of several versions.
    """
    total = merge([run for run, _ in kept])
    reviews = [review for _, review in kept]
    last = reviews[-1]
    flow = flow.held_to({one.name: one.bar for one in last.handlers})
    evidence = {one.handler: _noted(one, flow) for one in total.evidence}
    decisions = flow.decide(tuple(evidence.values()), total.ledger, last.origin, beside=beside)
    findings = tuple(dict.fromkeys(finding for each in reviews for finding in each.findings))
    review = replace(
        last,
        answer=Answer.FAIL if any(finding.blocks for finding in findings) else overall(decisions.values()),
        ledger=total.ledger,
        handlers=tuple(
            replace(_handler(one.name, reviews), evidence=evidence[one.name], decision=decisions[one.name])
            for one in last.handlers
        ),
        findings=findings,
        rules=_rules(reviews),
        harness_errors=_counts(one.harness_errors for one in reviews),
        refused=_counts(one.refused for one in reviews),
        unwanted=_counts(one.unwanted for one in reviews) if last.unwanted is not None else None,
        seconds=sum(one.seconds for one in reviews),
        times=_times(reviews),
        at=max(one.at for one in reviews),
        ways=_ways(reviews),
        dropped=_counts(one.dropped for one in reviews) if last.dropped is not None else None,
    )
    return total, review


def _handler(name: str, reviews: Sequence[Review]) -> HandlerReview:
    """Return the last review of a handler, with what any saw, what differed in any, and a failed rehearsal of any."""
    found = [handler for review in reviews for handler in review.handlers if handler.name == name]
    tried = [handler.rehearsed for handler in found if handler.rehearsed is not None]
    differences, pairs = _differences(found)
    return replace(
        found[-1], differences=differences, pairs=pairs, rehearsed=all(tried) if tried else None,
        seen=_counts(one.seen for one in found), exercised=_exercised(found),
    )  # fmt: skip


def _differences(found: Sequence[HandlerReview]) -> tuple[tuple[Grouped, ...], tuple[ShownPair, ...]]:
    """Return what differed in any, and the pairs that show it."""
    pairs = {pair.id: pair for handler in found for pair in handler.pairs}
    groups: dict[str, Grouped] = {}
    for one in (each for handler in found for each in handler.differences):
        known = groups.get(one.fingerprint)
        groups[one.fingerprint] = _both(known, one) if known else one
    ranked = sorted(groups.values(), key=lambda one: (-one.count, one.fingerprint))
    shown = kept({one.fingerprint: told(pairs[name] for name in one.pairs if name in pairs) for one in ranked})
    differences = tuple(replace(one, pairs=tuple(pair.id for pair in shown[one.fingerprint])) for one in ranked)
    return differences, tuple({pair.id: pair for each in shown.values() for pair in each}.values())


def _both(one: Grouped, other: Grouped) -> Grouped:
    first = [at for at in (one.first_seen, other.first_seen) if at]
    return replace(
        one, count=one.count + other.count, strata=_counts((one.strata, other.strata)),
        pairs=tuple(dict.fromkeys((*one.pairs, *other.pairs))), first_seen=min(first, default=0.0),
        last_seen=max(one.last_seen, other.last_seen),
    )  # fmt: skip


def _ways(reviews: Sequence[Review]) -> tuple[Way, ...]:
    total: dict[tuple[str, str, str, str], Way] = {}
    for way in (way for one in reviews for way in one.ways):
        name = (way.sender, way.task, way.queue, way.receiver)
        total[name] = replace(way, times=way.times + (total[name].times if name in total else 0))
    return tuple(total[name] for name in sorted(total))


def _exercised(found: Sequence[HandlerReview]) -> dict[str, dict[str, int]] | None:
    if found[-1].exercised is None:
        return None
    kinds = dict.fromkeys(kind for one in found for kind in one.exercised or {})
    return {kind: _counts((one.exercised or {}).get(kind) for one in found) for kind in kinds}


def _rules(reviews: Sequence[Review]) -> tuple[RuleUse, ...]:
    touched = _counts({use.name: use.touched for use in one.rules} for one in reviews)
    return tuple(replace(use, touched=touched[use.name]) for use in reviews[-1].rules)


def _times(reviews: Sequence[Review]) -> Times | None:
    found = [one.times for one in reviews if one.times is not None]
    sums = (sum(one.legacy for one in found), sum(one.split for one in found), sum(one.tasksplit for one in found))
    return Times(legacy=sums[0], split=sums[1], tasksplit=sums[2]) if found else None


def _counts(found: Iterable[Mapping[str, int] | None]) -> dict[str, int]:
    """Return the sums; a name that is counted 0 times stays."""
    total: Counter[str] = Counter()
    for each in found:
        total.update(each or {})
    return dict(total)


def _noted(one: Evidence, flow: Flow) -> Evidence:
    """What each of them said of noise, and of what is accepted, was said of a part."""
    others = tuple(finding for finding in one.findings if not finding.code.startswith(_OF_PARTS))
    return replace(one, findings=(*others, *flow.beside(one)))
