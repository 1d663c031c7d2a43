"""May this handler move on? First what fails, then what is still open, and only then what passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tasksplit.errors import DeclarationError, sentence
from tasksplit.gate import bound, noise
from tasksplit.gate.strata import Shown, alarming, lacking, loosest, shown, spent
from tasksplit.gate.words import count, many, of, reasons, share
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Finding, Ledger
from tasksplit.model.message import Origin

_ONE_SIDED = ("missing", "extra")  #: first words of the reasons of a pair of which one side acted alone
_NAMED = 3  #: findings named in a reason; the others are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What is decided about, all in one place?"""

    evidence: Evidence
    bar: Bar
    handlers: int
    origin: Origin
    ledger: Ledger
    counts: tuple[int, int]
    """Keys seen and keys mismatched: counted once."""
    strata: tuple[Shown, ...] = ()

    @property
    def alpha(self) -> float:
        """Return the allowed probability of a wrong pass of this handler: Bonferroni over those gated at once."""
        return (1 - self.bar.confidence) / self.handlers

    @property
    def at_confidence(self) -> str:
        return f"at {share(self.bar.confidence)} (corrected over {many(self.handlers, 'decision')})"


def decide(  # noqa: PLR0913  # what is decided about, and how it came to be
    evidence: Evidence, bar: Bar, *, handlers: int, origin: Origin, ledger: Ledger, declared: Iterable[str] = ()
) -> Decision:
    """Decide about one handler.

    ``handlers`` is how many are gated at once: the confidence of the bar holds for all of them together. Of test
    messages a mismatch is a defect; of live ones it is a rate, bounded at every look (``gate.bound``). ``declared``:
    strata that must have been seen beside those that the evidence knows.
    """
    if handlers < 1:
        raise DeclarationError(
            sentence(
                found=f"a decision out of {handlers} handlers",
                expected="at least 1",
                do="count the handlers gated at once, dispatch included",
            )
        )
    keys, mismatched = counts = evidence.keys_seen, evidence.keys_mismatched
    case = _Case(
        evidence=evidence, bar=bar, handlers=handlers, origin=origin, ledger=ledger, counts=counts,
        strata=shown(evidence, (1 - bar.confidence) / handlers, declared),
    )  # fmt: skip
    upper = bound.upper_bound(keys, mismatched, case.alpha) if keys else None
    for answer, why in ((Answer.FAIL, _failing(case)), (Answer.WAIT, _waiting(case))):
        said = "; ".join(why)
        if said:
            return Decision(answer=answer, reason=said, upper_bound=upper)
    return Decision(answer=Answer.PASS, reason="; ".join(_passing(case, upper or 0.0)), upper_bound=upper)


def overall(decisions: Iterable[Decision]) -> Answer:
    """Return fail if any handler fails, else wait if any waits, else pass; nothing decided is no pass."""
    answers = {decision.answer for decision in decisions} or {Answer.WAIT}
    for answer in (Answer.FAIL, Answer.WAIT):
        if answer in answers:
            return answer
    return Answer.PASS


def _failing(case: _Case) -> Iterator[str]:
    yield from _in_the_way([finding for finding in case.evidence.findings if finding.blocks])
    yield from _defects(case) if case.origin is Origin.TEST else _alarms(case)


def _in_the_way(findings: Sequence[Finding]) -> Iterator[str]:
    if findings:
        named = "; ".join(f"{finding.code}: {finding.text}" for finding in findings[:_NAMED])
        others = len(findings) - _NAMED
        yield f"{many(len(findings), 'finding')} in the way: {named}" + (f"; and {others} more" if others > 0 else "")


def _defects(case: _Case) -> Iterator[str]:
    tally = case.evidence.tally
    keys, mismatched = case.counts
    if (tally.mismatch or mismatched) and not noise.excused(case.evidence):
        yield (
            f"{of(tally.mismatch, tally.pairs, 'pair')} and {of(mismatched, keys, 'key')} differ: "
            "on test messages a mismatch is a defect, not a rate"
        )
    alone = _one_sided(case.evidence)
    if alone:
        yield f"{many(sum(alone.values()), 'run')} on one side only: {reasons(alone)}"


def _alarms(case: _Case) -> Iterator[str]:
    keys, mismatched = case.counts
    if bound.alarm(keys, mismatched, case.bar.max_mismatch_rate, case.alpha):
        yield f"{of(mismatched, keys, 'key')} differ: above {share(case.bar.max_mismatch_rate)} {case.at_confidence}"
    yield from alarming(case.strata, case.bar, spent(case.alpha, case.strata))


def _waiting(case: _Case) -> Iterator[str]:
    evidence, tally = case.evidence, case.evidence.tally
    yield from _in_the_way([finding for finding in evidence.findings if finding.waits])
    if not case.ledger.balanced:
        yield _unbalanced(case.ledger)
    if evidence.capture_complete is None:
        yield "A/A was not looked at: legacy was not replayed against itself"
    elif not evidence.capture_complete:
        yield f"capture incomplete: legacy did not match itself{_tail(evidence.capture_note)}"
    undecided = max(tally.undecided, sum(evidence.undecided_reasons.values()))
    if undecided:
        yield f"{many(undecided, 'pair')} undecided{_tail(reasons(evidence.undecided_reasons))}"
    unpaired = max(tally.unpaired, sum(evidence.unpaired_reasons.values()))
    if unpaired:
        yield f"{many(unpaired, 'pair')} unpaired{_tail(reasons(evidence.unpaired_reasons))}"
    unkeyed = evidence.unkeyed or (tally.mismatch if not case.counts[1] else 0)
    if (tally.mismatch or case.counts[1]) and case.origin is Origin.TEST:
        yield f"{of(tally.mismatch, tally.pairs, 'pair')} differ where legacy differs from itself: write a rule"
    elif unkeyed:
        yield f"{many(unkeyed, 'differing pair')} on messages without a key, which no bound covers"
    yield from _not_yet(case)
    yield from lacking(case.strata, case.bar, case.alpha)
    yield from _lately(case)
    yield from _uncovered(case)
    yield from _slower(case)


def _lately(case: _Case) -> Iterator[str]:
    """A bound over all that came says little of the last hour: 17 in a row after 33,000 clean pairs are a defect."""
    recent = case.evidence.recent
    last = max(recent, default=0)
    newest = [one for hour, one in recent.items() if hour > last - case.bar.clean_hours]
    mismatched = sum(one.mismatched for one in newest)
    if mismatched:
        pairs = sum(one.pairs for one in newest)
        yield (
            f"{of(mismatched, pairs, 'pair')} of the newest {many(case.bar.clean_hours, 'hour')} differ: "
            "a pass needs these clean"
        )


def _uncovered(case: _Case) -> Iterator[str]:
    least, covered = case.bar.min_branches, case.evidence.covered
    if least is None:
        return
    if covered is None:
        yield f"{share(least)} of the branches are asked for, and nothing was measured: run with --coverage"
        return
    for side, branches in (("legacy", covered.legacy), ("the split", covered.split)):
        taken = branches.share
        if taken is None:
            yield f"of {side} no branch is known: {share(least)} of them are asked for"
        elif taken < least:
            yield (
                f"{of(len(branches.touched), len(branches.known), 'branch', 'branches')} of {side} taken: "
                f"{share(least)} are asked for"
            )


def _slower(case: _Case) -> Iterator[str]:
    most, sides = case.bar.max_latency_ratio, case.evidence.sides
    if most is None:
        return
    legacy, split = sides.legacy.quantile(0.99), sides.split.quantile(0.99)
    if not legacy or split is None:
        yield f"at most {most:g} times legacy's time is asked for, and no pair says how long both took"
    elif split / legacy > most:
        yield f"at the 99th percentile the split takes {split / legacy:.2g} times as long as legacy: {most:g} at most"


def _not_yet(case: _Case) -> Iterator[str]:
    keys, mismatched = case.counts
    limit = case.bar.max_mismatch_rate
    if not keys:
        yield "no evidence: no key has a matched or mismatched pair"
    elif not bound.passes(keys, mismatched, limit, case.alpha):
        enough = bound.needed(limit, case.alpha, mismatched)
        so_far = (
            f"{of(keys, enough, 'clean key')}"
            if not mismatched
            else f"{of(mismatched, keys, 'key')} differ, {count(enough)} keys are needed if no other does,"
        )
        yield f"{so_far} to be below {share(limit)} {case.at_confidence}"


def _passing(case: _Case, upper: float) -> Iterator[str]:
    keys, mismatched = case.counts
    yield (
        f"{of(mismatched, keys, 'key')} differ: below {share(case.bar.max_mismatch_rate)} {case.at_confidence}, "
        f"bound {share(upper)}"
    )
    if looser := loosest(case.strata, case.bar.max_mismatch_rate):
        yield looser
    if case.origin is not Origin.LIVE:
        yield "on test messages, which show no production rate"


def _unbalanced(ledger: Ledger) -> str:
    return (
        f"the ledger does not balance: {many(ledger.expected, 'message')} expected, {count(ledger.paired)} paired, "
        f"{count(ledger.sampled_out)} sampled out, {count(ledger.pending)} pending, {count(ledger.lost)} lost"
    )


def _one_sided(evidence: Evidence) -> dict[str, int]:
    """Return the reasons, with counts, of pairs of which one side acted alone (``missing: ...``, ``extra: ...``)."""
    return {
        reason: n
        for reason, n in evidence.unpaired_reasons.items()
        if n and reason.split(":", 1)[0].split(" ", 1)[0] in _ONE_SIDED
    }


def _tail(text: str) -> str:
    return f": {text}" if text else ""
