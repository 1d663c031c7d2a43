"""Which tables does a statement ask?"""

from __future__ import annotations

import re
from typing import Any

from tasksplit.worlds.asked import ASKED
from tasksplit.worlds.sink import ACTIVE

_NAME = r'"?\w+"?(?:\s+AS\s+"?\w+"?)?'
_READ = re.compile(rf"\b(?:FROM|JOIN)\s+({_NAME}(?:\s*,\s*{_NAME})*)", re.IGNORECASE)
_TABLES: dict[str, frozenset[str]] = {}  # statement text -> tables: services have few statements and many executions


def on_statement(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
    """Tell whoever listens what is about to be asked; SQLAlchemy calls it before each statement."""
    sink = ACTIVE.sink
    if sink is None:
        return
    tables = tables_of(statement)
    sink.reads(tables)
    if ASKED.listener is not None and tables:
        ASKED.listener.read((statement, repr(parameters)), tables)


def tables_of(statement: str) -> frozenset[str]:
    """Return the names that stand behind FROM and JOIN."""
    tables = _TABLES.get(statement)
    if tables is None:
        if len(_TABLES) > 2000:  # statements with literals in them
            _TABLES.clear()
        tables = _TABLES[statement] = frozenset(
            name.split()[0].strip('"') for found in _READ.findall(statement) for name in found.split(",")
        )
    return tables
