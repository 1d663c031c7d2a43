"""What did one side read from and change in its database, as plain data?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Conditions = tuple[tuple[str, tuple[Any, ...]], ...]
"""Per column the values that it may have: ``==`` gives one, ``IN`` several, ``IS NULL`` the value None."""
Effect = tuple[int, str, str, dict[str, Any], dict[str, Any]]
"""Frame, table, ``insert`` | ``update`` | ``delete``, key, columns."""
Query = tuple[str, Conditions, bool]
"""Table, conditions, and whether all rows that meet them were seen."""
Answer = tuple[str, tuple[tuple[str, Any], ...], tuple[str, ...], tuple[tuple[Any, ...], ...]]
"""Normalised statement, parameters, tables, rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRows:
    """What did one side read and change, from the start of a message to its end?"""

    rows: Mapping[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    """Per table the rows as they were before; a column that was not loaded is not a member."""
    effects: tuple[Effect, ...] = ()
    """What was committed, net per frame, table and key, in the order of the first change."""
    queries: tuple[Query, ...] = ()
    answers: tuple[Answer, ...] = ()
    """Of statements on tables that the side had not written before: these can be given again."""
    uncovered: tuple[tuple[int, str], ...] = ()
    """Frame and what was done there that we could not follow: its handler's evidence does not count."""
    selects: int = 0
    """How many SELECTs were seen."""
