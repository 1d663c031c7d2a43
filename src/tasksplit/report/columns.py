"""Which columns has the table of handlers? The same on every paper; those that say nothing are one line below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tasksplit.report.table import NOT_MEASURED, Row
from tasksplit.report.words import count


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What is shown of each handler under which heading?"""

    name: str
    about: str
    """For who asks what the heading means."""
    cell: Callable[[Row], str]
    empty: str = ""
    """What a cell says that says nothing; where all of them do, the column is left out and that is said once."""
    number: bool = True

    def silent(self, rows: Sequence[Row]) -> bool:
        """Return whether no row says anything here."""
        return bool(self.empty) and all(self.cell(row) == self.empty for row in rows)


COLUMNS: tuple[Column, ...] = (
    Column(name="handler", about="the unit of cutover", cell=lambda row: row.handler, number=False),
    Column(name="stage", about="off, shadow, canary, live, retired", cell=lambda row: row.stage, number=False),
    Column(
        name="decision", about="may it move: pass, fail or wait", cell=lambda row: row.decision.value, number=False
    ),
    Column(name="pairs", about="pairs that are evidence: match and mismatch", cell=lambda row: count(row.pairs)),
    Column(name="keys", about="keys with evidence; a project is one key", cell=lambda row: count(row.keys)),
    Column(name="differ", about="keys of which at least one pair differs", cell=lambda row: count(row.differ)),
    Column(name="rate", about="share of the keys that differ", cell=lambda row: row.rate.text),
    Column(name="bound", about="the true rate is below this, at the bar's confidence", cell=lambda row: row.bound.text),
    Column(name="limit", about="the bound must be below this", cell=lambda row: row.limit.text),
    Column(name="strata", about="seen, of those that are known", cell=lambda row: row.strata_text),
    Column(
        name="branches", about="taken: share of legacy's → of the split's", cell=lambda row: row.branches_text,
        empty=NOT_MEASURED,
    ),
    Column(
        name="p99", about="time of legacy → of the split, at the 99th percentile", cell=lambda row: row.time_text,
        empty=NOT_MEASURED,
    ),
    Column(name="groups", about="of differences, by fingerprint", cell=lambda row: count(row.groups), empty="0"),
    Column(name="match", about="pairs that agree", cell=lambda row: count(row.tally.match)),
    Column(name="mismatch", about="pairs that differ", cell=lambda row: count(row.tally.mismatch), empty="0"),
    Column(
        name="accepted", about="pairs that differ as somebody accepted", cell=lambda row: count(row.tally.accepted),
        empty="0",
    ),
    Column(name="unpaired", about="one side never came", cell=lambda row: count(row.tally.unpaired), empty="0"),
    Column(name="undecided", about="nobody could tell", cell=lambda row: count(row.tally.undecided), empty="0"),
    Column(
        name="trend", about="earlier runs, oldest first, and this one", cell=lambda row: row.trend_text,
        empty="no earlier run", number=False,
    ),
)  # fmt: skip


def telling(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Return the columns in which at least one row says something."""
    return tuple(column for column in COLUMNS if not column.silent(rows))


def silent(rows: Sequence[Row]) -> str:
    """Return what the columns that are left out say of every row, on one line; empty where none is left out."""
    said: dict[str, list[str]] = {}
    for column in COLUMNS:
        if column.silent(rows):
            said.setdefault(column.empty, []).append(column.name)
    told = "; ".join(f"{', '.join(names)}: {empty}" for empty, names in said.items())
    return f"Of every handler: {told}." if told and rows else ""
