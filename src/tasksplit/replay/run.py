"""What do both sides do on these messages, and what follows? One run, from messages to a review."""

from __future__ import annotations

import os
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from tasksplit.flow import Flow
from tasksplit.gate.decide import overall
from tasksplit.model.evidence import Evidence, Finding
from tasksplit.model.message import Message, Origin, Refused, Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH
from tasksplit.model.review import HandlerReview, Review, RuleUse
from tasksplit.model.verdict import Judged, Verdict
from tasksplit.pair import Book
from tasksplit.replay.learning import Learning, hiding, never_seen
from tasksplit.replay.process import Job, Lost, SideProcess, together
from tasksplit.replay.side import Replayed
from tasksplit.replay.versions import versions

A_A_PER_STRATUM = 25  #: messages of each handler and kind of outcome on which legacy is replayed against itself
ORDERS_PER_STRATUM = 10  #: messages of each set of handlers that run together, for the split in another order
A_A_PER_PROCESS = 200  #: messages of that sample: fewer are not worth the start of another process


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
    progress: Callable[[int], None] = lambda _done: None


class Run:
    """What do both sides do on these messages? Used once."""

    form = "fixtures"

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.flow = Flow(plan.migration)
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
        self._several: list[Message] = []
        self._errors: Counter[str] = Counter()
        self._described: dict[str, Counter[str]] = defaultdict(Counter)
        self._capture: dict[str, tuple[bool, str]] = {}
        self._token_key = secrets.token_bytes(32)
        self._began = time.perf_counter()

    def run(self) -> Review:
        """Run both sides, then legacy against itself and the split in another order; return the review."""
        for message in self.plan.messages:
            self.book.expect(message.id)
        for name in self.plan.left_out:
            self.book.expect(name)
            self.book.sampled_out(name)
        self._both_sides()
        self._again()
        self.review = self._review()
        return self.review

    # --- both sides ---------------------------------------------------------------------------------------------

    def _both_sides(self) -> None:
        shards = max(1, self.plan.at_once // 2)
        sides: list[SideProcess] = []
        for shard in range(shards):
            mine = self.plan.messages[shard::shards]
            sides.extend(self._process(f"{side.value}-{shard}", mine, side=side) for side in Side)
        with closing(together(sides, at_once=max(2, self.plan.at_once))) as results:
            for side, result in results:
                if isinstance(result, Lost):
                    self._lost(result)
                    continue
                self._take(side, result)

    def _take(self, side: SideProcess, result: Replayed) -> None:
        self._errors.update(result.harness_errors)
        self._described[side.job.name].update(result.seen)
        self._arrived(side.job.side, result)

    def _process(self, name: str, messages: Iterable[Message], **circumstances: Any) -> SideProcess:
        job = Job(name=name, migration=self.plan.path, token_key=self._token_key, **circumstances)
        return SideProcess(job, messages, seconds=self.plan.seconds_per_message)

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
        legacy, split = here[Side.LEGACY], here[Side.SPLIT]
        del self._waiting[replayed.message]
        message = self._by_id[replayed.message]
        self.learning.legacy(message, legacy)
        self.learning.split(split)
        self.learning.depend(legacy.runs, split.runs)
        for one in self.flow.message(message, legacy.observations, split.observations):
            self.verdicts.setdefault((message.id, one.handler, one.instance), one.verdict)
        self.book.arrived(message.id, *Side)
        self._keep(message, legacy, split)
        self.plan.progress(1)

    def _keep(self, message: Message, legacy: Replayed, split: Replayed) -> None:
        """Keep a few messages of each handler and kind of outcome, for A/A and for other orders."""
        strata = [(run.handler, run.ended) for run in legacy.runs]
        together = ("together", ",".join(sorted({run.handler for run in split.runs})))  # for the other order
        rare = any(self._strata[s] < A_A_PER_STRATUM for s in strata) or self._strata[together] < ORDERS_PER_STRATUM
        strata.append(together)
        if rare:
            self._kept[message.id] = legacy
            self._strata.update(strata)
            if sum(bool(run.before) for run in split.runs) > 1:
                self._several.append(message)

    # --- legacy against itself, and the split in another order -----------------------------------------------------

    def _again(self) -> None:
        sample = [self._by_id[name] for name in self._kept]
        shards = min(self.plan.at_once, 1 + len(sample) // A_A_PER_PROCESS)  # the longest of what is left
        sides = [self._process("split backwards", self._several, side=Side.SPLIT, backwards=True)]
        for shard in range(shards):
            mine = sample[shard::shards]
            sides.append(self._process(f"legacy again-{shard}", mine, side=Side.LEGACY, trace=True, hash_seed=1))
        noise = self._noise()
        order = Flow(self.plan.migration)
        with closing(together(sides, at_once=max(2, self.plan.at_once))) as results:
            for side, result in results:
                if isinstance(result, Lost):
                    self._lost_again(side, result)
                    continue
                self._errors.update(result.harness_errors)
                message, first = self._by_id[result.message], self._kept[result.message]
                if side.job.side is Side.LEGACY:
                    self.learning.traced(result)
                    self._same(noise.message(message, first.observations, result.observations))
                else:
                    self._ordered(order.message(message, first.observations, result.observations))

    def _lost_again(self, side: SideProcess, lost: Lost) -> None:
        self._errors[lost.reason] += 1
        if side.job.backwards:
            text = f"with its tasks run in another order the split was lost ({lost.reason})"
            self.learning.note(DISPATCH, "order-matters", text, blocks=True)
        else:
            self._unlike(lost)

    def _noise(self) -> Flow:
        """Legacy against itself: nothing is declared independent there, so nothing that differs is accepted."""
        return Flow(replace(self.plan.migration, independent=False))

    def _unlike(self, lost: Lost) -> None:
        """Legacy did not come back a second time: for what it ran on that message A/A was not complete."""
        for run in self._kept[lost.message].runs:
            self._capture[run.handler] = (False, f"{lost.reason} on {lost.message}")

    def _same(self, judged: Sequence[Judged]) -> None:
        for one in judged:
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
        ledger = self.book.ledger()
        evidence = [self._evidence(name) for name in self.plan.migration.names]
        decisions = self.flow.decide(evidence, ledger, Origin.TEST)
        exercised = self.learning.exercised
        return Review(
            migration=self.plan.migration.name, form=self.form, origin=Origin.TEST, isolation="guarded, not isolated",
            answer=overall(decisions.values()), ledger=ledger,
            handlers=tuple(
                HandlerReview(
                    name=e.handler, stage="off", decision=decisions[e.handler],
                    bar=self.plan.migration.bar_of(e.handler), evidence=e,
                    differences=self.flow.tallies[e.handler].differences(),
                    seen=exercised.seen(e.handler), exercised=exercised.table(e.handler),
                )
                for e in evidence
            ),
            rules=self._rules(), dependencies=self.learning.dependencies(), findings=self._findings(),
            harness_errors=dict(self._errors), refused=dict(Counter(r.reason for r in self.plan.refused)),
            unwanted=exercised.unwanted(),
            seconds=time.perf_counter() - self._began, versions=versions(self.plan.migration, self.plan.path),
        )  # fmt: skip

    def _evidence(self, name: str) -> Evidence:
        complete, note = self._capture.get(name, (None, ""))
        findings = (*self.learning.findings(name), *hiding(self.flow.hidden(name)))
        return self.flow.tallies[name].evidence(capture=complete, note=note, findings=findings)

    def _rules(self) -> tuple[RuleUse, ...]:
        return tuple(
            RuleUse(
                name=f"{name}: {rule.name}",
                because=rule.because,
                touched=self.flow.tallies[name].touched[rule.name],
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
