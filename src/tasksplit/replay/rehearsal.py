"""Does anything else of a message change when legacy does not run a handler?

A skip rehearsal: where a handler is routed to the split, legacy gets the declared ``skipped`` back and goes on. Here it
does so in the fixture world, on a sample, and all else of the message is held against what it was with the handler.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasksplit.flow import Flow
from tasksplit.model.evidence import Finding
from tasksplit.model.message import Message
from tasksplit.model.migration import Handler, Migration
from tasksplit.model.observation import DISPATCH, Observation
from tasksplit.model.verdict import Judged, Verdict
from tasksplit.rollout.structure import Structure

if TYPE_CHECKING:
    from tasksplit.replay.process import Lost
    from tasksplit.replay.side import Replayed, Run

CHANGES = "skip-rehearsal"
UNTRIED = "not-rehearsed"
NOT_ALONE = "not-routable-alone"
NOT_ALONE_ONWARDS = (
    "its task sends what comes next, as legacy does itself, so no route can send it alone: it goes over with dispatch, "
    "as a whole"
)
NOT_ALONE_WHY = "it has no task of its own, so no route can send it anywhere: it goes over with dispatch, as a whole"
PER_STRATUM = 2  #: messages of each handler, kind of outcome, set of handlers beside it and tables that tie them
PER_HANDLER = 4  #: messages of each handler, where its strata are fewer
MOST = 150  #: replays of legacy in one run


@dataclass(frozen=True, slots=True)
class Without:
    """Which handlers are not to run? A ``Divert`` that sends nothing."""

    handlers: frozenset[str]

    def __call__(self, handler: Handler, inputs: Mapping[str, Any] | None, instance: str) -> bool:  # noqa: ARG002
        """Return whether legacy gets ``skipped`` back instead of running it."""
        return handler.name in self.handlers


class Rehearsal:
    """Which messages is legacy replayed on without which handlers, and what came of it?"""

    def __init__(self, migration: Migration) -> None:
        self._names = {h.name for h in migration.handlers if h.payload is not None}
        self._structure = Structure.of(migration)
        self._flow = Flow(migration)
        self._taken: Counter[tuple[str, ...]] = Counter()
        self._due: dict[tuple[str, frozenset[str]], list[str]] = {}  # message, skipped -> for which handlers
        self._whole: dict[str, Replayed] = {}
        self._found: dict[str, dict[str, tuple[int, str]]] = defaultdict(dict)  # handler -> text -> count, first on
        self.clean: Counter[str] = Counter()
        """Handler -> on how many messages nothing else changed without it."""

    def wanted(self, legacy: Replayed) -> list[frozenset[str]]:
        """Return what to skip on this message, one replay of legacy each; none where there are enough of its kind.

        ``legacy``: what it did with all its handlers. It must be replayed once more like that before, see ``whole``.
        """
        due: dict[frozenset[str], list[str]] = defaultdict(list)
        for name in sorted({run.handler for run in legacy.runs} & self._names):
            skipped = self._moving(name, legacy.runs)
            if self._few(name, skipped, legacy.runs) and (skipped in due or len(self._due) + len(due) < MOST):
                due[skipped].append(name)
        self._due.update({(legacy.message, skipped): names for skipped, names in due.items()})
        return list(due)

    def whole(self, again: Replayed) -> None:
        """Keep what legacy did in the same process with all its handlers: what is held against has no other noise."""
        if any(message == again.message for message, _skipped in self._due):
            self._whole[again.message] = again

    def came(self, message: Message, result: Replayed) -> None:
        """Hold a replay without some handlers against the one with them."""
        whole = self._whole.get(message.id)
        if whole is None:  # lost, and said so
            return
        skipped = result.without
        judged = self._flow.message(message, _rest(whole, skipped), _rest(result, skipped))
        changed = [text for one in judged if (text := _change(one))]
        for name in self._due[message.id, skipped]:
            for text in changed:
                self._note(name, f"without {_listed(name, skipped)} {text}", message.id)
            if not changed and not any(one.verdict is Verdict.UNDECIDED for one in judged):
                self.clean[name] += 1

    def lost(self, lost: Lost) -> None:
        """Note that legacy did not come back from a message without some handlers."""
        for name in self._due[lost.message, lost.without]:
            self._note(name, f"without {_listed(name, lost.without)} legacy was lost ({lost.reason})", lost.message)

    def findings(self, name: str) -> tuple[Finding, ...]:
        """Return what changed without a handler, each with the message on which it did first."""
        return tuple(
            Finding(code=CHANGES, text=f"{text}; first on {first}{f' ({n}x)' if n > 1 else ''}", blocks=True)
            for text, (n, first) in sorted(self._found[name].items())
        )

    def _few(self, name: str, skipped: frozenset[str], runs: Sequence[Run]) -> bool:
        """Return whether the message shows of a handler what few others did; then it counts as taken."""
        beside = {run.handler for run in runs} - skipped - {DISPATCH}
        tied = _tied(runs, skipped)
        strata = {(name, run.ended, *sorted(beside), *sorted(tied)) for run in runs if run.handler == name}
        most = PER_STRATUM if beside else 1  # alone, there is only dispatch to change
        if self._taken[name,] >= PER_HANDLER and all(self._taken[stratum] >= most for stratum in strata):
            return False
        self._taken.update([(name,), *strata])
        return True

    def _moving(self, name: str, runs: Sequence[Run]) -> frozenset[str]:
        """Return a handler with its group and all that these start in this message: routes are closed over both."""
        names = frozenset({name})
        while True:
            started = {runs[place].handler for place in _inside(runs, names)}
            wider = names.union(*(self._structure.group(one) for one in names | started))
            if wider == names:
                return names
            names = wider

    def _note(self, name: str, text: str, message: str) -> None:
        count, first = self._found[name].get(text, (0, message))
        self._found[name][text] = (count + 1, first)


def _inside(runs: Sequence[Run], names: frozenset[str]) -> Iterator[int]:
    """Yield the positions of the runs of these handlers, and of all that was started in them."""
    for place, run in enumerate(runs):
        if run.handler in names or any(runs[before].handler in names for before in run.before):
            yield place


def _tied(runs: Sequence[Run], skipped: frozenset[str]) -> set[str]:
    """Return the tables that these handlers change and that other handlers of the message change or read."""
    gone = set(_inside(runs, skipped))
    others = [run for place, run in enumerate(runs) if place not in gone and run.handler != DISPATCH]
    used = {table for run in others for table, _key in run.rows}.union(*(run.reads for run in others))
    return used & {table for place in gone for table, _key in runs[place].rows}


def _rest(replayed: Replayed, skipped: frozenset[str]) -> list[Observation]:
    gone = set(_inside(replayed.runs, skipped))
    return [one for place, one in enumerate(replayed.observations) if place not in gone]


def _change(judged: Judged) -> str:
    """Return in words what is not as before; "" where nothing is, or where we cannot tell."""
    if judged.verdict is Verdict.MISMATCH:
        return f"{judged.handler} differs at {judged.differences[0].shape} ({judged.differences[0].kind})"
    if judged.verdict is not Verdict.UNPAIRED:
        return ""
    if judged.reason.startswith(("extra", "unreached: legacy")):
        return f"{judged.handler} runs, which it does not otherwise"
    return f"{judged.handler} does not run any more"


def _listed(name: str, skipped: frozenset[str]) -> str:
    return " and ".join(["it", *sorted(skipped - {name})])
