"""Does what shadow workers see speak against a handler that acts, and who steps it back? It never steps forward.

Once with ``look_once``, or by Celery's beat with ``watch_task``. What was looked at and what follows is kept together
in the evidence store, so two watches at once do no harm: whichever saves last, a pair counts once in what it saved; and
the flags are changed by compare-and-set, so that the second finds the handler stepped back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from celery import Celery

from tasksplit.errors import DeclarationError, FlagConflict, StoreError, sentence
from tasksplit.gate.watch import ARL
from tasksplit.live.watch_kept import keep, kept, names, same_code
from tasksplit.live.watched import Sight, State, Watched, came, looked, new_pairs, sight
from tasksplit.model.evidence import Evidence
from tasksplit.model.migration import Migration
from tasksplit.model.rollout import Change, Flags, Stage
from tasksplit.rollout import Grounds, Plan, Request, Structure, plan
from tasksplit.rollout.laws import behind
from tasksplit.stores import Archive, Store, merge, open_store
from tasksplit.stores.flags_protocol import open_flag_store
from tasksplit.stores.live_runs import TRIES, code_of
from tasksplit.worlds.references import resolve

WHO = "tasksplit watch"
EVERY = 10.0  #: seconds between two looks: what came in between is one batch, and an alarm waits for its end

_log = logging.getLogger(__name__)


class Flagged(Protocol):
    """Where are flags read and changed? What of a ``FlagStore`` is needed to step back."""

    def read(self) -> Flags:
        """Return all flags of one moment."""

    def apply(self, changes: Sequence[Change], expected: int) -> None:
        """Apply the changes of one plan; raise ``FlagConflict`` where the revision is another by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What did one look see, and what was done?"""

    sights: tuple[Sight, ...] = ()
    """Of each handler for which the split acted."""
    changes: tuple[Change, ...] = ()
    """Flags that were stepped back, those that went along included."""
    notes: tuple[str, ...] = ()
    """Why others went along, in sentences."""


def look_once(
    migration: Migration,
    *,
    flags: Flagged,
    evidence: Store,
    arl: float = ARL,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Look:
    """Look at what came since the last look, and step back to ``shadow`` what alarms in canary or live.

    Args:
        migration: The declaration: handlers, their groups and bars.
        flags: Where they are read and changed.
        evidence: The store that shadow workers save in; the state of the watch is kept there too.
        arl: Mean number of pairs between false alarms of a handler, at least.
        now: The time that a change is said to be of.

    Raises ``StoreError`` where a store is away, or flags change each time; the next look then sees the same again.
    """
    runs = same_code(Archive(evidence))
    code = code_of(runs[-1]) if runs else {}
    number, last = kept(evidence, migration.name)
    state = last if last.code == code else State(code=code)
    known = {each.handler: each for each in merge(runs).evidence} if runs else {}
    shown, flagged, at = came(runs), flags.read(), now().timestamp()
    handlers: dict[str, Watched] = {}
    sights: list[Sight] = []
    for name in migration.names:
        flag, found, new = flagged.of(name), known.get(name, Evidence(handler=name)), new_pairs(state, shown, name)
        before = _before(state, name, migration.bar_of(name).max_mismatch_rate, arl)
        handlers[name] = looked(before, flag, found, new=new, at=at)
        if handlers[name].acting:
            sights.append(sight(handlers[name], flag, found, new=new, at=at))
    plans = [_step_back(flags, each, migration, names(runs), now) for each in sights if each.why]
    after = State(code=code, seen=shown, handlers=handlers)
    if runs and after != last:  # while nothing is there nothing was seen
        keep(evidence, migration.name, number + 1, after)
    return Look(
        sights=tuple(sights),
        changes=tuple(change for made in plans for change in made.changes),
        notes=tuple(dict.fromkeys(note for made in plans for note in made.notes)),
    )


def _before(state: State, handler: str, limit: float, arl: float) -> Watched:
    """Return what is known of a handler; where it is held against another limit now, its detectors begin anew."""
    found = state.handlers.get(handler)
    if found is None:
        return Watched.fresh(limit, arl)
    if (found.pairs.limit, found.pairs.arl) == (limit, arl):
        return found
    fresh = Watched.fresh(limit, arl)
    return replace(found, pairs=fresh.pairs, keys=fresh.keys)


def watch_task(  # noqa: PLR0913  # each is a setting
    app: Celery, migration: str, *, store: str, evidence: str, every: float = EVERY, arl: float = ARL
) -> str:
    """Register a task on the application that looks once, and have Celery's beat send it; return its name.

    Args:
        app: The application; its beat sends the task, any of its workers may run it.
        migration: Dotted path of the declaration.
        store: Where the flags are, as in ``tasksplit.install``.
        evidence: Where shadow workers keep the evidence: a database URL.
        every: Seconds between two looks; one that waited for longer in its queue is left out.
        arl: Mean number of pairs between false alarms of a handler, at least.
    """
    name = f"tasksplit.watch {migration}"

    @app.task(name=name, ignore_result=True, shared=False)  # type: ignore[untyped-decorator]  # Celery ships no types
    def watch() -> None:
        declared = _declared(migration)
        with closing(open_flag_store(store, declared.name)) as flags, closing(open_store(evidence)) as kept:
            look = look_once(declared, flags=flags, evidence=kept, arl=arl)
        for change in look.changes:
            _log.warning("%s stepped back from %s to %s: %s", change.handler, *_stages(change), change.why)
        for each in look.sights:
            if each.doubt:
                _log.warning("%s (%s): %s", each.handler, each.stage, each.doubt)

    app.add_periodic_task(every, app.signature(name), name=name, expires=every)
    return name


def _step_back(flags: Flagged, found: Sight, migration: Migration, run: str, now: Callable[[], datetime]) -> Plan:
    """Return what was changed; nothing where the handler is back already."""
    structure = Structure.of(migration)
    who = ""
    for _ in range(TRIES):
        read = flags.read()
        here = read.of(found.handler)
        if behind(here, Stage.CANARY) or here.stage is Stage.RETIRED:
            return Plan()
        asked = Request(handler=found.handler, stage=Stage.SHADOW, who=WHO, when=now(), because=found.why)
        made = plan(read, asked, structure=structure, grounds=Grounds(told={"run": run}))
        try:
            flags.apply(made.changes, read.revision)
        except FlagConflict as error:
            who = error.who
        else:
            return made
    raise StoreError(
        sentence(
            found=f"flags that others change each time ({who} the last of them), {TRIES} times in a row",
            expected=f"a moment in which {found.handler!r} can be stepped back",
            do="see who changes them without end; the next look tries again",
        )
    )


def _declared(path: str) -> Migration:
    found = resolve(path).value
    if not isinstance(found, Migration):
        raise DeclarationError(
            sentence(
                found=f"{path!r}, which is {type(found).__name__}",
                expected="a tasksplit.Migration",
                do="name the migration, for example shadow.migration:migration",
            )
        )
    return found


def _stages(change: Change) -> tuple[Any, Any]:
    return change.before.stage, change.after.stage
