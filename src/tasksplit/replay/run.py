"""What do both sides do on these messages, and what follows? One run, from messages to a review."""

from __future__ import annotations

import os
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from tasksplit.flow import Flow
from tasksplit.gate.accepted import NONE_ACCEPTED, Accepted
from tasksplit.gate.decide import overall
from tasksplit.model.evidence import Evidence, Finding, Ledger
from tasksplit.model.message import Message, Origin, Refused, Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH
from tasksplit.model.review import HandlerReview, Review, RuleUse
from tasksplit.model.rollout import Stage
from tasksplit.model.verdict import Judged, Verdict
from tasksplit.pair import Book
from tasksplit.replay.learning import Learning, hiding, never_seen
from tasksplit.replay.payloads import PayloadCheck
from tasksplit.replay.process import Job, Lost, SideProcess, together
from tasksplit.replay.redacted import alike, shown
from tasksplit.replay.rehearsal import NOT_ALONE, NOT_ALONE_ONWARDS, NOT_ALONE_WHY, UNTRIED, Rehearsal
from tasksplit.replay.side import Replayed
from tasksplit.replay.spent import Spent
from tasksplit.replay.versions import versions
from tasksplit.wire.redaction import Redactor
from tasksplit.wire.redaction_values import scrubbed
from tasksplit.worlds.recording import Recording

A_A_PER_STRATUM = 15  #: messages of each handler and kind of outcome on which legacy is replayed against itself
ORDERS_PER_STRATUM = 10  #: messages of each set of handlers that run together, for the split in another order


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be run?"""

    migration: Migration
    path: str
    """Dotted path of the migration: every process loads it for itself."""
    messages: Sequence[Message]
    refused: Sequence[Refused] = ()
    left_out: Sequence[str] = ()
    """Ids of messages that another form of the run took and this one does not: counted as sampled out."""
    at_once: int = field(default_factory=lambda: os.cpu_count() or 1)
    """Processes at the same time."""
    seconds_per_message: float = 60.0
    accepted: Accepted = NONE_ACCEPTED
    """Differences that somebody accepted by name."""
    stages: Mapping[str, str] = field(default_factory=dict)
    """Handler -> its stage, for the review; not in it: off."""
    progress: Callable[[int], None] = lambda _done: None


class Run:
    """What do both sides do on these messages? Used once."""

    form = "fixtures"
    origin = Origin.TEST
    rehearses = True
    """Whether legacy is replayed without its handlers too: in full worlds only, where it may read anything."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.stages = plan.stages
        self.flow = Flow(plan.migration, plan.accepted)
        self.book = Book()
        self.learning = Learning(plan.migration)
        self.review: Review
        """What came of it; there once it ran."""
        self.verdicts: dict[tuple[str, str, str], Verdict] = {}
        """Message, handler and instance -> the verdict: what two forms of a run are held against."""
        self._by_id = {m.id: m for m in plan.messages}
        self._waiting: dict[str, dict[Side, Replayed]] = defaultdict(dict)
        self._kept: dict[str, Replayed] = {}
        self._strata: Counter[tuple[str, str]] = Counter()
        self._recordings: dict[str, Recording] = {}
        self._legacy_again: SideProcess
        self._backwards: SideProcess | None = None
        # legacy against itself: nothing is declared independent there, so nothing that differs is accepted
        self._noise = Flow(replace(plan.migration, independent=False))
        self._order = Flow(plan.migration)
        self._payloads = PayloadCheck(plan.migration)
        self._rehearsal = Rehearsal(plan.migration)
        self._times = Spent()
        self._errors: Counter[str] = Counter()
        self._described: dict[str, Counter[str]] = defaultdict(Counter)
        self._capture: dict[str, tuple[bool, str]] = {}
        self._token_key = secrets.token_bytes(32)
        self._redactor: Redactor | None = None
        self._dropped: Counter[str] = Counter()
        self._began = time.perf_counter()

    def run(self) -> Review:
        """Run both sides, then legacy against itself and the split in another order; return the review."""
        for message in self.plan.messages:
            self.book.expect(message.id)
        for name in self.plan.left_out:
            self.book.expect(name)
            self.book.sampled_out(name)
        first, second = self._both_sides(), self._again()
        for side in second if self.plan.messages else ():  # without any, no result would come to close them
            side.keep_open()
        at_once = max(2, self.plan.at_once) + len(second)  # a sample waits more than it works
        with closing(together([*first, *second], at_once=at_once)) as results:
            for side, result in results:
                if side in second:
                    self._came_again(side, result)
                    continue
                self._came(side, result)
                if all(side.finished for side in first):
                    for sample in second:
                        sample.close()
        self.review = self._review()
        return self.review

    # --- both sides ---------------------------------------------------------------------------------------------

    def _both_sides(self) -> list[SideProcess]:
        shards = max(1, self.plan.at_once // 2)
        return [
            self._process(f"{side.value}-{shard}", self.plan.messages[shard::shards], side=side, payloads=True)
            for shard in range(shards)
            for side in Side
        ]

    def _came(self, side: SideProcess, result: Replayed | Lost) -> None:
        """Take what a side did on a message, or that it never came back from it."""
        if isinstance(result, Lost):
            self._lost(result)
        else:
            self._take(side, result)

    def _take(self, side: SideProcess, result: Replayed) -> None:
        self._errors.update(result.harness_errors)
        self._described[side.job.name].update(result.seen)
        self._arrived(side.job.side, result)

    def _process(self, name: str, messages: Iterable[Message], **circumstances: Any) -> SideProcess:
        job = Job(name=name, migration=self.plan.path, token_key=self._token_key, **circumstances)
        return SideProcess(job, messages, seconds=self.plan.seconds_per_message)

    @property
    def redactor(self) -> Redactor:
        """Return what hides secrets here as the processes of both sides do."""
        if self._redactor is None:
            self._redactor = Redactor(self.plan.migration.redact, self._token_key)
        return self._redactor

    def _lost(self, lost: Lost) -> None:
        self.book.lost(lost.message, lost.reason)
        self._errors[lost.reason] += 1
        self._waiting.pop(lost.message, None)
        self.plan.progress(1)

    def _arrived(self, side: Side, replayed: Replayed) -> None:
        if replayed.message in self.book.gone:
            return
        here = self._waiting[replayed.message]
        here[side] = replayed
        if len(here) < len(Side):
            return
        legacy, split = alike(self.redactor, here[Side.LEGACY], here[Side.SPLIT])
        del self._waiting[replayed.message]
        message = shown(self._by_id[replayed.message], self.redactor)
        self._dropped.update(legacy.dropped)
        self._dropped.update(split.dropped)
        self.learning.legacy(message, legacy)
        self.learning.split(split)
        self.learning.depend(legacy.runs, split.runs)
        for one in self.flow.message(message, legacy.observations, split.observations):
            self.verdicts.setdefault((message.id, one.handler, one.instance), one.verdict)
        for position, payload in split.payloads.items():
            self.flow.tallies[split.observations[position].handler].sent(len(payload.content))
        self._payloads.message(message, legacy, split)
        self._times.add(legacy, split)
        self.book.arrived(message.id, *Side)
        self._keep(self._by_id[message.id], legacy, split)
        self.plan.progress(1)

    def _keep(self, message: Message, legacy: Replayed, split: Replayed) -> None:
        """Keep a few messages of each handler and kind of outcome, for A/A, for other orders and for rehearsals."""
        strata = [(run.handler, run.ended) for run in legacy.runs]
        together = ("together", ",".join(sorted({run.handler for run in split.runs})))  # for the other order
        rare = any(self._strata[s] < A_A_PER_STRATUM for s in strata) or self._strata[together] < ORDERS_PER_STRATUM
        strata.append(together)
        rehearsed = self._rehearsal.wanted(legacy) if self.rehearses else []
        if rare or rehearsed:
            self._kept[message.id] = legacy
            self._strata.update(strata)
            self._legacy_again.add(message, self._recordings.get(message.id))
            for handlers in rehearsed:
                self._legacy_again.add(message, None, without=handlers)
            if self._backwards is not None and sum(bool(run.before) for run in split.runs) > 1:
                self._backwards.add(message, None)

    # --- legacy against itself, and the split in another order, on a sample of what came ----------------------------

    def _again(self) -> list[SideProcess]:
        """Return the processes that ``_keep`` hands the sample on to."""
        self._legacy_again = self._process("legacy again", (), side=Side.LEGACY, trace=True, hash_seed=1)
        self._backwards = self._process("split backwards", (), side=Side.SPLIT, backwards=True)
        return [self._legacy_again, self._backwards]

    def _came_again(self, side: SideProcess, result: Replayed | Lost) -> None:
        if isinstance(result, Lost):
            self._lost_again(side, result)
            return
        self._errors.update(result.harness_errors)
        message = shown(self._by_id[result.message], self.redactor)
        first, result = alike(self.redactor, self._kept[result.message], result)
        if result.without:
            self._rehearsal.came(message, result)
        elif side.job.side is Side.LEGACY:
            self._rehearsal.whole(result)
            self.learning.traced(result)
            self._same(self._noise.message(message, first.observations, result.observations))
        else:
            self._ordered(self._order.message(message, first.observations, result.observations))

    def _lost_again(self, side: SideProcess, lost: Lost) -> None:
        self._errors[lost.reason] += 1
        if side.job.backwards:
            text = f"with its tasks run in another order the split was lost ({lost.reason})"
            self.learning.note(DISPATCH, "order-matters", text, blocks=True)
        elif lost.without:
            self._rehearsal.lost(lost)
        else:
            self._unlike(lost)

    def _unlike(self, lost: Lost) -> None:
        """Legacy did not come back a second time: for what it ran on that message A/A was not complete."""
        for run in self._kept[lost.message].runs:
            self._capture[run.handler] = (False, f"{lost.reason} on {lost.message}")

    def _same(self, judged: Sequence[Judged]) -> None:
        for one in judged:
            self.flow.tallies[one.handler].same(one)
            complete, note = self._capture.get(one.handler, (True, ""))
            if one.verdict is not Verdict.MATCH and complete and one.verdict is not Verdict.ACCEPTED:
                where = one.differences[0].path if one.differences else one.reason
                complete, note = False, f"{where} on {one.message}"
            self._capture[one.handler] = (complete, note)

    def _ordered(self, judged: Sequence[Judged]) -> None:
        for one in judged:
            forward = self.verdicts.get((one.message, one.handler, one.instance))
            if one.verdict not in (Verdict.MISMATCH, Verdict.UNPAIRED) or forward is one.verdict:
                continue  # what differs in any order is no matter of order
            what = f"{one.differences[0].shape} differs" if one.differences else one.reason
            self.learning.note(
                one.handler, "order-matters",
                f"with its tasks run in another order {what}; chain them, or declare after=",
                blocks=True,
            )  # fmt: skip

    # --- the review ------------------------------------------------------------------------------------------------

    def _review(self) -> Review:
        ledger = self._ledger()
        evidence = [self._evidence(name) for name in self.plan.migration.names]
        decisions = self.flow.decide(evidence, ledger, self.origin)
        exercised = self.learning.exercised
        review = Review(
            migration=self.plan.migration.name, form=self.form, origin=self.origin, isolation="guarded, not isolated",
            answer=overall(decisions.values()), ledger=ledger,
            handlers=tuple(
                HandlerReview(
                    name=e.handler, stage=self.stages.get(e.handler, Stage.OFF.value), decision=decisions[e.handler],
                    bar=self.plan.migration.bar_of(e.handler), evidence=e,
                    differences=self.flow.tallies[e.handler].differences(),
                    pairs=self.flow.tallies[e.handler].pairs(),
                    acceptances=self.plan.accepted.entries(e.handler),
                    seen=exercised.seen(e.handler), exercised=exercised.table(e.handler),
                    rehearsed=self._rehearsed(e.handler)[0],
                )
                for e in evidence
            ),
            rules=self._rules(), dependencies=self.learning.dependencies(), findings=self._findings(),
            harness_errors=dict(self._errors), refused=dict(Counter(r.reason for r in self.plan.refused)),
            unwanted=exercised.unwanted(),
            seconds=time.perf_counter() - self._began, times=self._times.summed(),
            versions=versions(self.plan.migration, self.plan.path), at=time.time(), ways=self.learning.ways(),
            dropped=dict(self._dropped),
        )  # fmt: skip
        return scrubbed(review, self.redactor)

    def _ledger(self) -> Ledger:
        return self.book.ledger()

    def _evidence(self, name: str) -> Evidence:
        complete, note = self._capture.get(name, (None, ""))
        tallying = self.flow.tallies[name]
        own = (*self.learning.findings(name), *hiding(self.flow.hidden(name)), *self._rehearsed(name)[1])
        found = tallying.evidence(capture=complete, note=note, findings=(*own, *self.flow.strata.findings(name)))
        return replace(found, findings=(*found.findings, *self.flow.beside(found)))

    def _rehearsed(self, name: str) -> tuple[bool | None, tuple[Finding, ...]]:
        """Return whether a route to the split would change nothing else; with what is against it, or why not tried."""
        if name == DISPATCH:  # no boundary: the entry goes over as a whole
            return None, ()
        against = (*self._payloads.findings(name), *self._rehearsal.findings(name))
        if against:
            return False, against
        untried = ""
        handler = self.plan.migration.handler(name)
        if handler.hands_on or not handler.split:
            why = NOT_ALONE_ONWARDS if handler.split else NOT_ALONE_WHY
            return None, (Finding(code=NOT_ALONE, text=why, blocks=False),)
        if handler.payload is None:
            untried = "it declares no payload=, so no route can send its task; declare it before it leaves shadow"
        elif not self.rehearses:
            untried = "a skip rehearsal needs fixture worlds"
        elif not self._payloads.same[name]:
            untried = (
                "no payload of it could be held against what the split sends: no message on which both sides sent it"
            )
        elif not self._rehearsal.clean[name]:
            untried = "no replay of legacy without it came to a result"
        return (None, (Finding(code=UNTRIED, text=untried),)) if untried else (True, ())

    def _rules(self) -> tuple[RuleUse, ...]:
        return tuple(
            RuleUse(
                name=f"{name}: {rule.name}",
                because=rule.because,
                touched=self.flow.tallies[name].touched[rule.name] + self._payloads.touched[name][rule.name],
            )
            for name in self.plan.migration.names
            for rule in self.plan.migration.rules_of(name)
        )

    def _findings(self) -> tuple[Finding, ...]:
        idle = tuple(
            Finding(code="rule-never-used", text=f"the rule {use.name} touched nothing; take it out")
            for use in self._rules()
            if not use.touched
        )
        ignored = len(self.learning.ignored)
        text = f"legacy started nothing and returned nothing on {ignored} messages: of no known event, or not for it"
        nothing = (Finding(code="nothing-done", text=text),) if ignored else ()
        return (*never_seen(self._described.values()), *idle, *nothing, *self.learning.exercised.unnamed())
