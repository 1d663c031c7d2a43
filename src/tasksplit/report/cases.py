"""Which cases does a review hold, as tests would? The decision of each handler, each of its strata, and the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tasksplit.gate import noise
from tasksplit.gate.strata import Shown, alarming, lacking, shown, spent
from tasksplit.gate.words import many, of, share
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Evidence, Finding, Grouped, Tally
from tasksplit.model.message import Origin
from tasksplit.model.review import HandlerReview, Review
from tasksplit.model.strata import FEATURES
from tasksplit.report import sentences
from tasksplit.report.examples import values
from tasksplit.report.words import clipped, count, counted

MOST_CASES = 10_000  #: of one run; those that pass are left out first, and what is left out is a case of its own
MOST_CHARACTERS = 2_000  #: of a reason; a value or a path gets a fifth of it
MOST_ITEMS = 10  #: differences, findings and reasons, of each

_STRICTEST = (Answer.FAIL, Answer.WAIT, Answer.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is one thing that passes, fails or waits?"""

    handler: str = ""
    """Empty: the run as a whole."""
    stratum: str = ""
    """Empty: the handler's whole decision."""
    answer: Answer
    said: str
    """Why, on one line; nothing in it acts."""
    lines: tuple[str, ...] = ()
    """What there is to look at: findings and differences."""

    @property
    def declared(self) -> str:
        """Return the stratum as a declaration names it, without features."""
        return self.stratum.partition(FEATURES)[0]

    @property
    def text(self) -> str:
        """Return all of it, a line each."""
        return "\n".join((self.said, *self.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Which cases has one form of a run?"""

    migration: str
    form: str
    seconds: float
    """Wall time of the run."""
    cases: tuple[Case, ...]

    @property
    def answer(self) -> Answer:
        """Return fail before wait before pass; of nothing, wait."""
        return strictest(case.answer for case in self.cases)


def strictest(answers: Iterable[Answer]) -> Answer:
    """Return fail before wait before pass; of nothing, wait."""
    given = set(answers) or {Answer.WAIT}
    return next(answer for answer in _STRICTEST if answer in given)


def suite(
    review: Review, declared: Mapping[str, Sequence[str]], *, handlers: Sequence[str] = (), stale: str = ""
) -> Suite:
    """Return the cases of a review.

    ``declared``: handler -> its declared strata: one that was never seen is a case that waits. ``handlers``: only of
    these; none: of all. ``stale``: why the evidence is of other code than now; then everything waits.
    """
    found = [_whole(review)]
    for handler in review.handlers:
        if not handlers or handler.name in handlers:
            found += [_decision(handler), *_strata(handler, review, declared.get(handler.name, ()))]
    if stale:
        said = clipped(stale, MOST_CHARACTERS)
        found = [replace(case, answer=Answer.WAIT, said=said, lines=()) for case in found]
    return Suite(
        migration=review.migration, form=review.form, seconds=review.seconds, cases=_bounded(found)
    )  # fmt: skip


def _bounded(cases: Sequence[Case]) -> tuple[Case, ...]:
    if len(cases) <= MOST_CASES:
        return tuple(cases)
    ranked = sorted(cases, key=lambda case: (bool(case.stratum), _STRICTEST.index(case.answer)))
    others = ranked[MOST_CASES:]
    answer = strictest(case.answer for case in others)
    return *ranked[:MOST_CASES], Case(stratum="others", answer=answer, said=f"{count(len(others))} more strata")


def _whole(review: Review) -> Case:
    blocking = [finding for finding in review.findings if finding.blocks]
    said = "; ".join(f"{finding.code}: {finding.text}" for finding in blocking) or "nothing blocks the run as a whole"
    return Case(
        answer=Answer.FAIL if blocking else Answer.PASS, said=clipped(said, MOST_CHARACTERS),
        lines=(sentences.ledger(review), *_findings(review.findings)),
    )  # fmt: skip


def _decision(handler: HandlerReview) -> Case:
    evidence, decision = handler.evidence, handler.decision
    lines = (
        sentences.standing(handler), sentences.bar(handler), _cut(sentences.capture(handler)),
        *_reasons(evidence), *_findings(evidence.findings), *_differences(handler.differences),
    )  # fmt: skip
    return Case(
        handler=handler.name, answer=decision.answer, said=clipped(decision.reason, MOST_CHARACTERS), lines=lines
    )  # fmt: skip


def _strata(handler: HandlerReview, review: Review, declared: Sequence[str]) -> Iterator[Case]:
    bar, evidence = handler.bar, handler.evidence
    alpha = (1 - bar.confidence) / len(review.handlers)
    known = shown(evidence, alpha, declared)
    each = spent(alpha, known)
    for one in known:
        tally = evidence.strata[one.name].tally if one.name in evidence.strata else Tally()
        # that any stratum may fail is corrected for, as the gate does it
        alarms = alarming((one,), bar, each) if review.origin is Origin.LIVE else ()
        defect = "" if review.origin is Origin.LIVE else _defect(one, tally, evidence)
        fails = [*alarms, *filter(None, (defect,))]
        waits = [*_open(tally, evidence, review.origin), *lacking((one,), bar, alpha)]
        answer = Answer.FAIL if fails else Answer.WAIT if waits else Answer.PASS
        said = clipped("; ".join(fails or waits) or _passing(one), MOST_CHARACTERS)
        lines: list[str] = []
        if tally.undecided or tally.unpaired:
            lines += _reasons(evidence)
        if tally.mismatch:
            lines += _differences(
                [group for group in handler.differences if not group.strata or one.name in group.strata]
            )
        yield Case(handler=handler.name, stratum=one.name, answer=answer, said=said, lines=tuple(lines))


def _defect(one: Shown, tally: Tally, evidence: Evidence) -> str:
    if not (tally.mismatch or one.mismatched) or noise.excused(evidence):
        return ""
    pairs, keys = of(tally.mismatch, tally.pairs, "pair"), of(one.mismatched, one.keys, "key")
    return f"{pairs} and {keys} differ: on test messages a mismatch is a defect, not a rate"


def _open(tally: Tally, evidence: Evidence, origin: Origin) -> Iterator[str]:
    if tally.mismatch and origin is Origin.TEST and noise.excused(evidence):
        yield f"{of(tally.mismatch, tally.pairs, 'pair')} differ where legacy differs from itself: write a rule"
    if tally.undecided:
        yield f"{many(tally.undecided, 'pair')} undecided"
    if tally.unpaired:
        yield f"{many(tally.unpaired, 'pair')} unpaired"


def _passing(one: Shown) -> str:
    proved = "" if one.upper_bound is None else f"; below {share(one.upper_bound)}"
    known = f"; {many(one.accepted, 'pair')} differ as accepted" if one.accepted else ""
    return f"{many(one.clean, 'clean pair')} of different contents, {many(one.keys, 'key')}{proved}{known}"


def _reasons(evidence: Evidence) -> Iterator[str]:
    for word, reasons in (("unpaired", evidence.unpaired_reasons), ("undecided", evidence.undecided_reasons)):
        for line in _some([f"{word}: {line}" for line in sentences.tallied(reasons)], "reason"):
            yield _cut(line)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    lines = [f"finding {sentences.finding(one)}" for one in findings]
    return (_cut(line) for line in _some(lines, "finding"))


def _differences(groups: Sequence[Grouped]) -> Iterator[str]:
    """Yield what differs, counted over all strata of the handler."""
    for group in groups[:MOST_ITEMS]:
        legacy, split = values(group.example)
        yield f"{_short(group.shape)} ({group.kind}), {count(group.count)} × {_short(group.fingerprint)}"
        yield f"  legacy: {_short(legacy)}"
        yield f"  split: {_short(split)}"
        yield f"  for example on message {_short(group.example_message)} at {_short(group.example.path)}"
    if len(groups) > MOST_ITEMS:
        yield f"({counted(len(groups) - MOST_ITEMS, 'more group')} of differences: see report.json)"


def _some(lines: Sequence[str], noun: str) -> Iterator[str]:
    yield from lines[:MOST_ITEMS]
    if len(lines) > MOST_ITEMS:
        yield f"({counted(len(lines) - MOST_ITEMS, f'more {noun}')}: see report.json)"


def _cut(text: str) -> str:
    return clipped(text, MOST_CHARACTERS)


def _short(text: str) -> str:
    return clipped(text, MOST_CHARACTERS // 5)
