"""What do all events have in common?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from shadow.wire import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeEvent(Payload):
    """Something happened in a repository. Plain values: what has to be asked for is not here."""

    kind: ClassVar[str]
    """What legacy calls its trigger."""

    project_url: Any
    """Where the repository is; nothing: only a row knows."""
    commit_sha: Any = None
    """None: the message does not say it."""
    pr_id: Any = None
    user_login: Any = None
    """Who did it, where that matters."""

    @property
    def identifier(self) -> Any:
        """What names the change in its project."""
        return "" if self.pr_id is None else str(self.pr_id)

    @property
    def git_ref(self) -> Any:
        """What is checked out; None: the pull request."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryEvent(ForgeEvent):
    """The message says in which repository: the row of what changed belongs to that one."""

    namespace: Any
    repo_name: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentEvent(RepositoryEvent):
    """Somebody wrote a comment, which may be a command."""

    comment: Any


def moment(value: Any) -> datetime:
    """When it happened: seconds or ISO text; now, where nothing is said."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return datetime.now(UTC)
