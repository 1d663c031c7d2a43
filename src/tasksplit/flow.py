"""What is the way from observations to a decision? pair -> compare -> tally -> decide, on one page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tasksplit.compare import Comparison, Plan, compare, compile_rules
from tasksplit.compare.hidden import hidden_parts
from tasksplit.errors import TasksplitError
from tasksplit.gate.accepted import NONE_ACCEPTED, Accepted
from tasksplit.gate.decide import decide
from tasksplit.gate.noise import findings as noise
from tasksplit.gate.tally import Tallying
from tasksplit.model.decision import Bar, Decision
from tasksplit.model.evidence import Evidence, Finding, Ledger
from tasksplit.model.message import Message, Origin
from tasksplit.model.migration import Migration
from tasksplit.model.observation import Observation, OutcomeKind
from tasksplit.model.strata import declared_names
from tasksplit.model.verdict import Difference, Judged, Kind, Verdict
from tasksplit.pair import Paired, pairs
from tasksplit.pair.strata import Strata, did_nothing

Found = tuple[Verdict, str, tuple[Difference, ...], tuple[str, ...]]  # with its reason, and the rules that touched it


class Flow:
    """What do the observations of both sides say about each handler of a migration?"""

    def __init__(
        self, migration: Migration, accepted: Accepted = NONE_ACCEPTED, *, bars: Mapping[str, Bar] | None = None
    ) -> None:
        """``accepted``: differences that somebody accepted by name, of this code, until a day. ``bars``: of handlers
        that are to be held to another bar than is declared.
        """
        self._migration, self._accepted = migration, accepted
        self._bars = {name: migration.bar_of(name) for name in migration.names} | dict(bars or {})
        self.strata = Strata(migration)
        self._plans: Mapping[str, Plan] = {n: compile_rules(migration.rules_of(n)) for n in migration.names}
        self.tallies: Mapping[str, Tallying] = {n: Tallying(n) for n in migration.names}

    def held_to(self, bars: Mapping[str, Bar]) -> Flow:
        """Return one like this that has seen nothing, and holds handlers to these bars."""
        return Flow(self._migration, self._accepted, bars=bars)

    def message(self, message: Message, legacy: Sequence[Observation], split: Sequence[Observation]) -> list[Judged]:
        """Pair, compare and tally what both sides did on one message; return the verdicts."""
        found = pairs(legacy, split, independent=self._migration.independent)
        nothing = did_nothing(legacy)
        around = {one.parent for one in legacy}  # legacy's time is that of what runs inside, too; the split's is not
        judged = [self.judge(message, pair, nothing=nothing, timed=pair.either.handler not in around) for pair in found]
        for one in judged:
            self.tallies[one.handler].add(one)
        return judged

    def hidden(self, handler: str) -> tuple[str, ...]:
        """Return the parts of a handler's observations that its rules leave out as a whole."""
        return hidden_parts(self._plans[handler])

    def judge(self, message: Message, pair: Paired, *, nothing: bool = False, timed: bool = True) -> Judged:
        """Compare one pair; ``nothing``: legacy made nothing of the message; ``timed``: it alone took that time."""
        verdict, reason, differences, touched = self._verdict(pair)
        name, legacy, split = pair.either.handler, pair.legacy, pair.split
        return Judged(
            message=message.id, handler=name, instance=pair.either.instance, key=message.key,
            verdict=verdict, reason=reason, differences=differences, touched=touched,
            stratum=self.strata.of(message, pair, nothing=nothing), content=message.digest, at=message.at,
            seconds=(legacy.duration, split.duration) if timed and legacy and split else None,
            contents=(legacy.content, split.content) if differences and legacy and split else None,
        )  # fmt: skip

    def beside(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield what is said of noise and of accepted differences."""
        yield from noise(evidence)
        seen = {fingerprint: one.between for fingerprint, one in evidence.shapes.items()}  # beside others, too
        yield from self._accepted.findings(evidence.handler, evidence.tally, seen)

    def decide(
        self, evidence: Sequence[Evidence], ledger: Ledger, origin: Origin, *, beside: bool = False
    ) -> Mapping[str, Decision]:
        """Decide about every handler; their number corrects the confidence.

        ``beside``: there is evidence of test messages too, which shows the strata that are declared: of these live
        messages need not.
        """
        return {
            e.handler: decide(
                e, self._bars[e.handler], handlers=len(evidence), origin=origin, ledger=ledger,
                declared=() if beside else declared_names(self._migration.strata_of(e.handler)),
            )
            for e in evidence
        }  # fmt: skip

    def _verdict(self, pair: Paired) -> Found:
        legacy, split = pair.legacy, pair.split
        if pair.verdict is not None or legacy is None or split is None:
            return pair.verdict or Verdict.UNDECIDED, pair.reason, (), ()
        doubt = legacy.undecided or split.undecided
        if any(o.undecided and o.calls_before_miss is None for o in (legacy, split)):  # from where on, nobody knows
            return Verdict.UNDECIDED, doubt or "", (), ()
        try:
            found = compare(legacy.content, split.content, self._plans[legacy.handler], legacy.handler)
        except TasksplitError as error:  # a rule that raised, a value without a form: ours to say, never a mismatch
            return Verdict.UNDECIDED, f"comparing failed: {error}", (), ()
        if found.equal and not doubt:
            return Verdict.MATCH, "", (), found.touched
        return self._unequal(legacy, split, found, doubt)

    def _unequal(self, legacy: Observation, split: Observation, found: Comparison, doubt: str | None) -> Found:
        differences = _before_the_miss(found.differences, legacy, split) if doubt else found.differences
        if self._goes_on(legacy) and not legacy.undecided:
            return _after_the_child(differences, found, legacy)
        if not doubt and self._ended_by_a_task(legacy, split, found):
            return Verdict.ACCEPTED, f"its end is that of {legacy.interrupted}, a task of its own", (), found.touched
        if doubt and not differences:
            return Verdict.UNDECIDED, doubt, (), found.touched
        known = "" if doubt or found.found > len(differences) else self._accepted.of(legacy.handler, differences)
        return (Verdict.ACCEPTED if known else Verdict.MISMATCH), known, differences, found.touched

    def _ended_by_a_task(self, legacy: Observation, split: Observation, found: Comparison) -> bool:
        """Return whether a handler's error went through it in legacy, and all else agrees: the handler's pair says so.

        In the split that handler is a task of its own, whose error nobody who sent it can see.
        """
        every = found.found == len(found.differences)
        if not every or not split.ended.startswith(OutcomeKind.RETURNED):
            return False
        of_a_task = any(h.name == legacy.interrupted and h.split for h in self._migration.handlers)
        return of_a_task and all(d.path.startswith("$.outcome") for d in found.differences)

    def _goes_on(self, legacy: Observation) -> bool:
        return self._migration.independent and legacy.interrupted is not None


def _after_the_child(differences: Sequence[Difference], found: Comparison, legacy: Observation) -> Found:
    """A child raised and ended legacy here, and the split goes on by declaration: what it does more is accepted."""
    left = tuple(d for d in differences if not _is_going_on(d))
    if left:
        return Verdict.MISMATCH, "", left, found.touched
    if found.found > len(found.differences):
        return Verdict.UNDECIDED, f"{found.found} differences, of which not all were described", (), found.touched
    why = f"declared independent: {legacy.interrupted} raised and ended it in legacy"
    return Verdict.ACCEPTED, why, (), found.touched


def _is_going_on(difference: Difference) -> bool:
    """Return whether it is how a side ends, or what it does more, when it goes on."""
    more = difference.kind is Kind.EXTRA and difference.path.startswith("$.effects")
    return more or difference.path.startswith("$.outcome")


def _before_the_miss(found: Sequence[Difference], *sides: Observation) -> tuple[Difference, ...]:
    """Return the differences that come before the first miss of either side: these stand."""
    calls = min(o.calls_before_miss for o in sides if o.calls_before_miss is not None)
    return tuple(d for d in found if d.path.startswith("$.inputs") or _call(d.path) < calls)


def _call(path: str) -> float:
    prefix = "$.effects.calls["
    if not path.startswith(prefix):
        return float("inf")
    index = path[len(prefix) :].split("]", 1)[0]
    return int(index) if index.isdigit() else float("inf")
