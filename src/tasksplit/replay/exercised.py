"""On which kinds of event did legacy end in which way, and of which messages did it make nothing?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tasksplit.model.evidence import Finding
from tasksplit.model.message import Message
from tasksplit.model.migration import Migration
from tasksplit.model.strata import NO_KIND, NOTHING, UNKNOWN, WAYS, bare
from tasksplit.pair.naming import Names
from tasksplit.replay.side import Run


class Exercised:
    """What did legacy go through? Counted once per message, in the process that reviews."""

    def __init__(self, migration: Migration) -> None:
        self._migration = migration
        self._kind = Names("Migration.event", "event", migration.event)
        self._reason = Names("Dispatch.refusal", "refusal", migration.dispatch.refusal)
        self._counts: dict[str, dict[str, Counter[str]]] = {n: defaultdict(Counter) for n in migration.names}
        self._unwanted: Counter[str] = Counter()

    def add(self, message: Message, runs: Iterable[Run], *, nothing: bool) -> None:
        """Count how legacy ended on one message; ``nothing``: it started nothing and returned None."""
        kind = self._kind.of(message) or NO_KIND
        for run in runs:
            if run.ended:
                self._counts[run.handler][kind][NOTHING if nothing else run.ended] += 1
        if nothing:
            self._unwanted[self._reason.of(message) or kind] += 1

    def seen(self, handler: str) -> dict[str, int]:
        """Return way -> count, whatever the kind of event."""
        total: Counter[str] = Counter()
        for ways in self._counts[handler].values():
            total.update(ways)
        return dict(total)

    def table(self, handler: str) -> dict[str, dict[str, int]] | None:
        """Return kind of event -> way -> count, with 0 for what is declared only; None where no kinds are named."""
        if self._migration.event is None:
            return None
        strata, counts = bare(self._migration.strata_of(handler)), self._counts[handler]
        return {
            kind: _counted(strata.get(kind, ()), counts.get(kind, {}))
            for kind in dict.fromkeys([*strata, *sorted(counts)])
        }

    def unwanted(self) -> dict[str, int] | None:
        """Return of how many messages legacy made nothing, by reason; None where the migration names nothing."""
        named = self._migration.event is not None or self._migration.dispatch.refusal is not None
        return dict(self._unwanted) if named else None

    def findings(self, handler: str) -> Iterator[Finding]:
        """Yield what legacy went through and the handler's strata do not name."""
        strata, counts = bare(self._migration.strata_of(handler)), self._counts[handler]
        if not strata:
            return
        events = {kind: sum(counts[kind].values()) for kind in counts if kind not in strata and kind != UNKNOWN}
        ways = {
            f"{kind}: {way}": count
            for kind in strata
            for way, count in counts.get(kind, {}).items()
            if way not in strata[kind]
        }
        for code, found in (("undeclared-event", events), ("undeclared-outcome", ways)):
            if found:
                text = f"legacy showed {_listed(found)}, which the strata do not name; declare what can happen"
                yield Finding(code=code, text=text)

    def unnamed(self) -> Iterator[Finding]:
        """Yield what the declared functions could not name."""
        yield from self._kind.findings()
        yield from self._reason.findings()


def _counted(declared: Sequence[str], seen: Mapping[str, int]) -> dict[str, int]:
    return {way: seen.get(way, 0) for way in WAYS if way in declared or way in seen}


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count}x)" for name, count in sorted(counts.items()))
