"""How does a row come out of a message that names it?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from legacy.models import DbTrigger, GitBranch, ProjectIssue, ProjectRelease, PullRequest, TriggerType
from shadow import wire

Row = TypeVar("Row")

KINDS: Mapping[str, type[DbTrigger]] = {
    TriggerType.pull_request.value: PullRequest,
    TriggerType.branch_push.value: GitBranch,
    TriggerType.release.value: ProjectRelease,
    TriggerType.issue.value: ProjectIssue,
}


class UnknownKindError(LookupError):
    """A message named a kind of rows that nobody may have looked up by a message."""


def locked(session: Session, model: type[Row], row_id: Any) -> Row | None:
    """Load a row to change it: as it is now, and nobody else changes it until the session ends; None: it is gone."""
    return session.get(model, row_id, with_for_update=True, populate_existing=True)


def of_kind(session: Session, kind: str, row_id: Any) -> DbTrigger | None:
    """Load a row of a kind that a message named; None: it is gone.

    Raises:
        UnknownKindError: the kind is not on the list; it is counted in `wire.refused`.
    """
    model: Any = KINDS.get(kind)
    if model is None:
        wire.refused[f"kind {kind}"] += 1
        raise UnknownKindError(f"No rows of the kind {kind}.")
    row: DbTrigger | None = session.get(model, row_id)
    return row
