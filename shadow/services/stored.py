"""Which row does an id in a message mean, and what if it means none any more?"""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from legacy.models import BuildTrigger, DbTrigger
from shadow import rows
from shadow.payloads import NamedRow

gone: Counter[str] = Counter()
"""How often was a row gone when its task ran? Kind -> times."""

Row = TypeVar("Row")


class MissingError(Exception):
    """What a message names cannot be had; the text says what."""


def of(session: Session, model: type[Row], row_id: Any, *, called: str) -> Row:
    """Load a row that is only looked at.

    Raises:
        MissingError: it is gone.
    """
    return _found(session.get(model, row_id), row_id, called=called)


def locked(session: Session, model: type[Row], row_id: Any, *, called: str) -> Row:
    """Load a row that is changed: of two messages about it, the second one finds what the first one did.

    Raises:
        MissingError: it is gone.
    """
    return _found(rows.locked(session, model, row_id), row_id, called=called)


def named(session: Session, row: NamedRow) -> DbTrigger:
    """Load a row of a kind that the message names.

    Raises:
        MissingError: it is gone, or messages may not name rows of that kind.
    """
    try:
        found = rows.of_kind(session, row.kind, row.id)
    except rows.UnknownKindError as error:
        raise MissingError(str(error)) from error
    return _found(found, row.id, called=row.kind)


def started_by(session: Session, link: BuildTrigger) -> DbTrigger:
    """Load the row of what a build was started by.

    Raises:
        MissingError: it is gone.
    """
    return _found(rows.started_by(session, link), link.trigger_id, called=link.type)


def _found(row: Row | None, row_id: Any, *, called: str) -> Row:
    if row is None:
        gone[called] += 1
        raise MissingError(f"{called} row {row_id} is gone.")
    return row
