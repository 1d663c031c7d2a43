"""What does the evidence that is kept say of each handler, and of when is it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime

from tasksplit.cli.exits import strictest
from tasksplit.cli.summed import summed
from tasksplit.errors import DeclarationError, StoreError
from tasksplit.flow import Flow
from tasksplit.gate.accepted import Accepted
from tasksplit.model.decision import Answer, Decision
from tasksplit.model.evidence import Finding
from tasksplit.model.migration import Migration
from tasksplit.model.review import HandlerReview, Review
from tasksplit.replay.accepted import accepted
from tasksplit.replay.versions import changes, versions
from tasksplit.stores import Archive, Run, open_store
from tasksplit.stores.live_runs import code_of, live_runs, steady
from tasksplit.stores.run_names import call_of, is_live, when_of

REHEARSAL = frozenset({"skip-rehearsal", "payload-differs"})
"""Findings that say what legacy without the handler, or what it would send in its place, does wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of each handler, from the latest call of ``tasksplit run``?"""

    run: str = ""
    """Which call; empty: none is kept."""
    at: datetime | None = None
    """When it ended; None where its name does not say."""
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    rehearsals: Mapping[str, str] = field(default_factory=dict)
    """As of ``Grounds``: what the skip rehearsal found; empty: nothing. Not in it: not rehearsed."""
    problem: str = ""
    """Why nothing is known, as a sentence."""


def latest(url: str, migration: Migration, path: str) -> Known:
    """Return what the latest run says of the migration declared at ``path``; a store that is away is no evidence."""
    try:
        with closing(open_store(url)) as store:
            archive = Archive(store)
            now = dict(versions(migration, path))
            kept = together(archive, migration, now, accepted=accepted(migration, path))
    except (StoreError, DeclarationError) as error:  # of what is accepted, too: a step back must not wait for that
        return Known(problem=str(error))
    run = call_of(kept[0][0].run)
    reviews = [review for _, review in kept]
    if why := next((said_stale(each, now) for each, _ in kept if code_of(each) != now), ""):
        return Known(run=run, at=when_of(kept[0][0].run), decisions=dict.fromkeys(migration.names, _waits(why)))
    return Known(run=run, at=when_of(kept[0][0].run), decisions=decided(reviews), rehearsals=rehearsed(reviews))


def stale(archive: Archive, now: Mapping[str, str]) -> Finding | None:
    """Return what of the latest evidence no longer counts, and why; None where all of it does."""
    try:
        run = archive.load_run()
    except StoreError:
        return None  # there is none
    return None if code_of(run) == now else Finding(code="stale-evidence", text=said_stale(run, now))


def said_stale(run: Run, now: Mapping[str, str]) -> str:
    """Return what no longer counts, and what became another since."""
    what = " and ".join(changes(code_of(run), now))
    pairs = sum(one.tally.pairs for one in run.evidence)
    since = call_of(run.run)
    return f"{what} changed since run {since}: its {pairs:,} pairs are evidence of another version; run again"


def forms(archive: Archive, run: str = "") -> list[str]:
    """Return the runs that count together: of one call of ``tasksplit run`` a form each, none may be left out.

    By default it is the latest call, and with it what live messages have shown: of the same code, or later.
    """
    names = archive.runs()
    if run:
        return [name for name in names if call_of(name) == call_of(run)] or [run]
    live = [name for name in names if is_live(name)][-1:]
    tests = [name for name in names if not is_live(name)][-1:]
    if not tests:
        return live or [archive.load_run().run]  # raises, and says that there is none
    if live and live < tests and code_of(archive.load_run(live[0])) != code_of(archive.load_run(tests[0])):
        live = []  # of code that was replaced since
    return [*(name for name in names if call_of(name) == call_of(tests[0])), *live]


def together(
    archive: Archive, migration: Migration, now: Mapping[str, str], run: str = "", *, accepted: Accepted
) -> list[tuple[Run, Review]]:
    """Return the runs that count, see ``forms``; what shadow workers have shown of the code ``now`` is one of them.

    ``accepted``: as of today, which may be later than the runs.
    """
    found = steady(lambda: _together(archive, Flow(migration, accepted), now, run))
    return [(one, _as_of_today(review, accepted)) for one, review in found]


def _together(archive: Archive, flow: Flow, now: Mapping[str, str], run: str) -> list[tuple[Run, Review]]:
    found = [(archive.load_run(name), archive.load_review(name)) for name in forms(archive, run)]
    live = [] if run else [one for one in live_runs(archive) if code_of(one) == dict(now)]
    if not live:
        return found
    # one of other code stays beside it: that is what makes everything wait
    others = [pair for pair in found if not is_live(pair[0].run) or code_of(pair[0]) != now]
    tests = [one for one, _ in others if not is_live(one.run)]
    total, review = summed([(one, archive.load_review(one.run)) for one in live], flow, beside=bool(tests))
    apart = _apart(tests, total) if tests else ()
    return [*others, (total, replace(review, findings=(*review.findings, *apart)))]


def _as_of_today(review: Review, accepted: Accepted) -> Review:
    """Return a review in which what was accepted, and no longer is, fails its handlers."""
    over = {
        one.name: [finding for finding in accepted.over(one.name) if finding not in one.evidence.findings]
        for one in review.handlers
    }
    handlers = tuple(_failed(one, over[one.name]) if over[one.name] else one for one in review.handlers)
    return replace(review, handlers=handlers, answer=Answer.FAIL if any(over.values()) else review.answer)


def _failed(one: HandlerReview, over: Sequence[Finding]) -> HandlerReview:
    reason = "; ".join(f"{finding.code}: {finding.text}" for finding in over)
    return replace(
        one,
        evidence=replace(one.evidence, findings=(*one.evidence.findings, *over)),
        decision=replace(one.decision, answer=Answer.FAIL, reason=reason),
    )


def _apart(tests: Sequence[Run], live: Run) -> Iterator[Finding]:
    """Yield which strata the one kind of messages showed and the other never did."""
    tested = {one.handler: set[str]() for one in live.evidence}
    for evidence in (one for run in tests for one in run.evidence):
        tested.setdefault(evidence.handler, set()).update(evidence.strata)
    for one in live.evidence:
        untested = sorted(one.strata.keys() - tested[one.handler])
        if untested:
            text = f"{one.handler}: no test message is of what live messages showed: {'; '.join(untested)}"
            yield Finding(code="stratum-untested", text=text)


def of_workers(archive: Archive, code: Mapping[str, str]) -> list[Run]:
    """Return what each shadow worker has shown so far of that code, in the order in which they began."""
    return [run for run in steady(lambda: live_runs(archive)) if code_of(run) == dict(code)]


def decided(reviews: Sequence[Review]) -> dict[str, Decision]:
    """Return the strictest decision of each handler, as each form came to it; what blocks a run blocks them all."""
    found: dict[str, list[Decision]] = {}
    for review in reviews:
        for handler in review.handlers:
            found.setdefault(handler.name, []).append(handler.decision)
            found[handler.name] += [
                Decision(answer=Answer.FAIL, reason=f"{f.code}: {f.text}") for f in review.findings if f.blocks
            ]
    return {name: _strictest(each) for name, each in found.items()}


def rehearsed(reviews: Sequence[Review]) -> dict[str, str]:
    """Return what the skip rehearsals found, empty where nothing; handlers that were not rehearsed are not in it."""
    found: dict[str, str] = {}
    for handler in (handler for review in reviews for handler in review.handlers):
        against = "; ".join(dict.fromkeys(_against(handler)))
        if against or handler.rehearsed is False:
            found[handler.name] = found.get(handler.name) or against or "it did not come out clean"
        elif handler.rehearsed:
            found.setdefault(handler.name, "")
    return found


def _against(handler: HandlerReview) -> Iterator[str]:
    for finding in handler.evidence.findings:
        if finding.blocks and finding.code in REHEARSAL:
            yield f"{finding.code}: {finding.text}"


def _strictest(decisions: Sequence[Decision]) -> Decision:
    answer = strictest(decision.answer for decision in decisions)
    agreed = [decision for decision in decisions if decision.answer is answer]
    reason = "; ".join(dict.fromkeys(decision.reason for decision in agreed))
    bounds = [decision.upper_bound for decision in agreed if decision.upper_bound is not None]
    return Decision(answer=answer, reason=reason, upper_bound=max(bounds, default=None))


def _waits(why: str) -> Decision:
    return Decision(answer=Answer.WAIT, reason=why)
