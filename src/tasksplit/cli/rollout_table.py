"""At which stage is each handler, who moved it there, and what would the gate say to more?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tasksplit.cli import rollout_waits
from tasksplit.cli.evidence import Known
from tasksplit.cli.rollout_words import LOUD, STYLES, age, at, line, overridden, share, source, still_forced, when
from tasksplit.live.waited import Waited
from tasksplit.model.decision import Answer
from tasksplit.model.rollout import Change, Flag, Flags, Stage
from tasksplit.report.words import clipped
from tasksplit.rollout import Structure, broken
from tasksplit.stores.flags_protocol import FlagStore

WIDE = 120  # columns from which on the table fits
_LOOK_BACK = 200  # changes of a handler, in search of a forced one


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is known of one handler?"""

    flag: Flag
    declared: bool
    last: Change | None
    """The newest change."""
    forced: Change | None
    """What was forced since it left ``shadow``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of all of them?"""

    migration: str
    store: str
    flags: Flags
    rows: Sequence[Row]
    known: Known
    problems: Sequence[str]
    """What is wrong, in sentences."""
    now: datetime


def rows(flags: Flags, structure: Structure, store: FlagStore | None, only: str | None = None) -> Iterator[Row]:
    """Yield a row for each handler, declared or not; without a store nobody knows who moved it."""
    undeclared = sorted(set(flags.flags) - set(structure.names))
    for name in [only] if only else [*structure.names, *undeclared]:
        flag = flags.of(name)
        changes = store.history(name, limit=_LOOK_BACK) if store and flag.revision else ()
        yield Row(
            flag=flag,
            declared=name in structure.names,
            last=changes[0] if changes else None,
            forced=still_forced(changes) if flag.stage.position > Stage.SHADOW.position else None,
        )


def broken_laws(flags: Flags, structure: Structure) -> list[str]:
    """Return which laws the flags break: the declaration may have changed since they were closed."""
    return [f"Not closed: {law}. Step one of them back, then forward again." for law in broken(flags, structure)]


def draw(state: State, console: Console) -> None:
    """Draw the table, what is forced, how long tasks waited here, and what the gate says."""
    line(console, f"{state.migration}: flags {source(state.flags, state.store, state.now)}")
    for problem in state.problems:
        line(console, problem, LOUD)
    if console.width >= WIDE:
        console.print(_table(state))
    else:
        for row in state.rows:
            line(console, _in_a_line(row), LOUD if row.forced else "")
    for row in state.rows:
        if row.forced:
            line(console, _shout(row.forced), LOUD)
    _waits(state, console)
    _gate(state, console)


def document(state: State) -> str:
    """Return the same as JSON."""
    flags, known = state.flags, state.known
    waits, problem = rollout_waits.waits(state.migration)
    told = {
        "migration": state.migration,
        "store": state.store,
        "source": flags.source,
        "revision": flags.revision,
        "read_at": flags.read_at.isoformat() if flags.read_at else None,
        "age_seconds": flags.age(state.now),
        "problems": [*state.problems, *([problem] if problem else [])],
        "evidence": {
            "run": known.run or None,
            "at": known.at.isoformat() if known.at else None,
            "age_seconds": (state.now - known.at).total_seconds() if known.at else None,
            "problem": known.problem or None,
        },
        "handlers": [_entry(row, known, waits.get(row.flag.handler)) for row in state.rows],
    }
    return json.dumps(told, indent=2)


def _entry(row: Row, known: Known, waited: Waited | None) -> dict[str, Any]:
    flag, last = row.flag, row.last
    decision = known.decisions.get(flag.handler)
    found = known.rehearsals.get(flag.handler)
    return {
        "handler": flag.handler,
        "declared": row.declared,
        "stage": flag.stage,
        "share": flag.terms.share,
        "allow": sorted(flag.terms.allow),
        "deny": sorted(flag.terms.deny),
        "salt": flag.terms.salt,
        "hashed_as": flag.terms.hashed_as,
        "revision": flag.revision,
        "changed_at": flag.changed_at.isoformat() if flag.changed_at else None,
        "who": last.who if last else None,
        "why": last.why if last else None,
        "forced": row.forced is not None,
        "overridden": list(row.forced.evidence.get("overridden", ())) if row.forced else [],
        "decision": {"answer": decision.answer, "reason": decision.reason, "upper_bound": decision.upper_bound}
        if decision
        else None,
        "rehearsed": None if found is None else not found,
        "waited": rollout_waits.as_json(waited),
    }


def _table(state: State) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("handler", "stage"):
        table.add_column(name, overflow="fold")
    for name in ("share", "allow", "deny"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("since", no_wrap=True)
    for name in ("who", "why"):
        table.add_column(name, overflow="fold")
    table.add_column("gate", no_wrap=True)
    for row in state.rows:
        flag, last = row.flag, row.last
        decision = state.known.decisions.get(flag.handler)
        cells = [_name(row), flag.stage + (" FORCED" if row.forced else ""), share(flag)]
        cells += [str(len(keys)) if keys else "" for keys in (flag.terms.allow, flag.terms.deny)]
        cells += [when(flag.changed_at), clipped(last.who, 24) if last else "", clipped(last.why, 60) if last else ""]
        answer = Text(decision.answer, style=STYLES[decision.answer]) if decision else Text("unknown")
        table.add_row(*(Text(cell) for cell in cells), answer, style=LOUD if row.forced else "")
    return table


def _in_a_line(row: Row) -> str:
    by = f", since {when(row.flag.changed_at)} by {row.last.who}, because {row.last.why}" if row.last else ""
    return f"{_name(row)}: {at(row.flag)}{' FORCED' if row.forced else ''}{by}"


def _name(row: Row) -> str:
    return clipped(row.flag.handler, 80) + ("" if row.declared else " (not declared)")


def _shout(change: Change) -> str:
    return (
        f"FORCED: {change.handler} to {change.after.stage} by {change.who} at {when(change.when)}, "
        f"because {change.why}. But: {overridden(change)}"
    )


def _waits(state: State, console: Console) -> None:
    waits, problem = rollout_waits.waits(state.migration)
    if problem:
        line(console, problem, LOUD)
    for row in state.rows:
        if row.flag.handler in waits:
            line(console, rollout_waits.in_a_line(row.flag.handler, waits[row.flag.handler]))


def _gate(state: State, console: Console) -> None:
    known = state.known
    console.print()
    if not known.decisions:
        line(console, f"The gate has no evidence. {known.problem}", STYLES[Answer.WAIT])
        return
    line(console, f"evidence of run {known.run}, {age(known.at, state.now)}")
    for row in state.rows:
        decision = known.decisions.get(row.flag.handler)
        if decision is not None:
            line(console, f"{decision.answer} {row.flag.handler}: {decision.reason}", STYLES[decision.answer])
        if row.declared and (found := known.rehearsals.get(row.flag.handler)):
            line(console, f"  skip rehearsal not clean: {found}", LOUD)
