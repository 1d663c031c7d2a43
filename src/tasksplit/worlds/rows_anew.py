"""Which ids do the rows get that a replay makes anew, and which answers does it ask for by them?

A row that legacy inserted on its worker has the id that the real database gave. A replay inserts it again, and counts
from ``FIRST_ID``. What was asked by the one id will be asked by the other, so such an answer is kept under both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product

from sqlalchemy import MetaData

from tasksplit.worlds.rows_recorded import Answer, RecordedRows
from tasksplit.worlds.scratch import first_ids

MOST_ALIKE = 4  #: parameters of one statement that may mean a new row; with more the answer is kept as it is


def kept_under_both(recorded: RecordedRows, metadata: MetaData) -> RecordedRows:
    """Return the rows with each answer also under the ids that a replay will give to rows made in this message.

    A parameter that only looks like such an id does no harm: nobody will ask for the answer that it adds.
    """
    ids = _ids(recorded, metadata)
    if not ids:
        return recorded
    return replace(recorded, answers=tuple(more for answer in recorded.answers for more in _under(answer, ids)))


def _ids(recorded: RecordedRows, metadata: MetaData) -> Mapping[int, tuple[int, ...]]:
    """Return id in the real database -> ids that a replay may know that row by."""
    made: dict[str, set[int]] = defaultdict(set)
    for _frame, table, op, key, _columns in recorded.effects:
        value = next(iter(key.values())) if len(key) == 1 else None
        if op == "insert" and type(value) is int:
            made[table].add(value)
    first = first_ids(metadata)
    found: dict[int, list[int]] = defaultdict(list)
    for table, values in made.items():
        for place, value in enumerate(sorted(values), 1):
            found[value].append(first[table] + place)
    return {value: tuple(others) for value, others in found.items()}


def _under(answer: Answer, ids: Mapping[int, tuple[int, ...]]) -> Iterator[Answer]:
    statement, parameters, tables, rows = answer
    ways: list[Iterable[object]] = [
        (value, *ids[value]) if type(value) is int and value in ids else (value,) for _name, value in parameters
    ]
    if sum(type(value) is int and value in ids for _name, value in parameters) > MOST_ALIKE:
        yield answer
        return
    for values in product(*ways):
        named = tuple((name, value) for (name, _was), value in zip(parameters, values, strict=True))
        yield (statement, named, tables, rows)
