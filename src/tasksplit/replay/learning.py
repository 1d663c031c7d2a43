"""What did the runs teach beside the verdicts: what was exercised, what depends on what, what is amiss?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tasksplit.compare.hidden import PARTS
from tasksplit.model.evidence import Finding
from tasksplit.model.message import Message
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH, OutcomeKind
from tasksplit.model.review import Dependency, Way
from tasksplit.pair.strata import did_nothing
from tasksplit.replay.exercised import Exercised
from tasksplit.replay.side import Replayed, Run

_UNDECLARED = b'"call": "undeclared"'  # as the canonical form writes it


class Learning:
    """What did the runs teach?"""

    def __init__(self, migration: Migration) -> None:
        self._migration = migration
        self.exercised = Exercised(migration)
        self._tied: Counter[tuple[str, str, str]] = Counter()
        self._open: Counter[tuple[str, str]] = Counter()
        self._findings: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
        self._blocking: set[str] = set()
        self._ways: Counter[tuple[str, str, str, str]] = Counter()
        self.ignored: list[str] = []
        """Messages of which legacy made nothing: of no known event, or nothing to do."""

    def legacy(self, message: Message, replayed: Replayed) -> None:
        """Learn from what legacy did."""
        nothing = did_nothing(replayed.observations)
        if nothing:
            self.ignored.append(replayed.message)
        self.exercised.add(message, replayed.runs, nothing=nothing)
        tried = [o.handler for o in replayed.observations if _UNDECLARED in o.content] or [DISPATCH]
        for alarm in (a for a in replayed.alarms if a.event != "view"):  # a view's makes its pair undecided
            for handler in dict.fromkeys(tried):
                self.note(
                    handler, "undeclared-call",
                    f"legacy tried {alarm.event} {alarm.target} at {alarm.site}; declare it in the World", blocks=True,
                )  # fmt: skip

    def split(self, replayed: Replayed) -> None:
        """Learn from what the split did."""
        self._ways.update(replayed.ways)
        for name in replayed.left:
            text = f"the split leaves {name} in the process, where a worker's next task finds it; replays take it away"
            self.note(DISPATCH, "state-left", text, blocks=False)
        for handler in replayed.uncommitted:
            self.note(
                handler, "sent-before-commit",
                "its task was sent while the sender had changes that were not committed: a worker may run it before "
                "they are there; send it after the commit", blocks=True,
            )  # fmt: skip
        for alarm in replayed.alarms:
            text = f"the split tried {alarm.event} {alarm.target} at {alarm.site}, which was refused"
            self.note(DISPATCH, "undeclared-call", text, blocks=False)

    def traced(self, replayed: Replayed) -> None:
        """Learn which inputs legacy read that its view does not carry."""
        for handler in replayed.untraced:
            text = "its inputs are no objects of the project, so what it reads beside its view cannot be told"
            self.note(handler, "untraced-inputs", text, blocks=False)
        for handler, attribute in replayed.unread:
            self.note(
                handler, "unread-input",
                f"legacy reads {attribute}, and the view does not carry it; add it to the view, or to context= when "
                "the split finds it for itself", blocks=True,
            )  # fmt: skip

    def note(self, handler: str, code: str, text: str, *, blocks: bool) -> None:
        """Keep a finding once, with a count."""
        name = (code, text)
        self._findings[handler][name] = self._findings[handler].get(name, 0) + 1
        if blocks:
            self._blocking.add(code + text)

    def findings(self, handler: str) -> tuple[Finding, ...]:
        """Return the findings of a handler; how often each was made is in its text."""
        noted = (
            Finding(code=code, text=f"{text} ({count}x)" if count > 1 else text, blocks=code + text in self._blocking)
            for (code, text), count in sorted(self._findings[handler].items())
        )
        return (*noted, *_never_ended(self.exercised.seen(handler)), *self.exercised.findings(handler))

    def dependencies(self) -> tuple[Dependency, ...]:
        """Return which handlers are tied by which table, and whether the split leaves their order open."""
        return tuple(
            Dependency(first=a, then=b, on=table, messages=n, hazard=bool(self._open[a, b]))
            for (a, b, table), n in sorted(self._tied.items())
        )

    def ways(self) -> tuple[Way, ...]:
        """Return which tasks the split sent, by sender."""
        return tuple(
            Way(sender=sender, task=task, queue=queue, receiver=receiver, times=times)
            for (sender, task, queue, receiver), times in sorted(self._ways.items())
        )

    def depend(self, legacy: Sequence[Run], split: Sequence[Run]) -> None:
        """A changes what B of the same message later reads or changes; is B ordered after A in the split as well?"""
        ordered = _ordered(split)
        after = {h.name: set(h.after) for h in self._migration.handlers}
        tied: set[tuple[str, str, str]] = set()
        for a, b, tables in _ties(legacy):
            tied |= {(a.handler, b.handler, table) for table in tables}
            names = ((a.handler, a.instance), (b.handler, b.instance))
            if names not in ordered and a.handler not in after.get(b.handler, set()):
                self._open[a.handler, b.handler] += 1
        self._tied.update(tied)


def _ties(runs: Sequence[Run]) -> Iterator[tuple[Run, Run, set[str]]]:
    """Yield pairs of runs, neither inside the other, with the tables that the first changed and the second used."""
    for place, later in enumerate(runs):
        if later.handler == DISPATCH:
            continue
        used = {table for table, _key in later.rows} | later.reads
        for before, earlier in enumerate(runs[:place]):
            if earlier.handler == DISPATCH or before in later.before:
                continue
            tables = {table for table, _key in earlier.rows} & used
            if tables:
                yield earlier, later, tables


def _ordered(runs: Sequence[Run]) -> set[tuple[tuple[str, str], tuple[str, str]]]:
    """Return which runs of the split have an order: started inside, chained, or after one that is."""
    names = [(run.handler, run.instance) for run in runs]
    before: list[set[int]] = []
    for run in runs:
        before.append(set().union(run.before, *(before[b] for b in run.before if b < len(before))))
    return {(names[b], names[place]) for place, befores in enumerate(before) for b in befores}


def _never_ended(seen: Mapping[str, int]) -> tuple[Finding, ...]:
    """Legacy that only ever raises agrees with a split that only ever raises, whatever either would do."""
    if not seen or not seen.keys() <= {OutcomeKind.RAISED.value, OutcomeKind.RETRIED.value}:
        return ()
    text = f"legacy raised on all {sum(seen.values())} runs, so what it does when it works was never compared"
    return (Finding(code="always-raised", text=f"{text}; mend the fixture, or add messages", waits=True),)


def hiding(parts: Sequence[str]) -> tuple[Finding, ...]:
    """Return a finding where rules leave out whole parts of the observations; with none left the handler waits."""
    if not parts:
        return ()
    if len(parts) == len(PARTS):
        text = "the rules leave out all that the handler receives, returns and does; narrow their paths"
        return (Finding(code="rules-hide-all", text=text, waits=True),)
    text = f"the rules leave out {', '.join(parts)} as a whole, and with it every defect there; narrow their paths"
    return (Finding(code="rules-hide", text=text),)


def never_seen(described: Iterable[Mapping[str, int]]) -> tuple[Finding, ...]:
    """Return a finding for each declared service and call that no process ever saw."""
    total: Counter[str] = Counter()
    for counts in described:
        total.update(dict.fromkeys(counts, 0))
        total.update(counts)
    return tuple(
        Finding(code="effect-never-seen", text=f"{name} is declared and was never seen; exercise it, or take it out")
        for name, n in sorted(total.items())
        if not n
    )
