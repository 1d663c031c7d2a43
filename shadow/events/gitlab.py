"""What happened on GitLab?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from shadow.events.common import CommentEvent, RepositoryEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRequestGitlabEvent(RepositoryEvent):
    """A merge request was opened or changed."""

    kind: ClassVar[str] = "pull_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRequestCommentGitlabEvent(CommentEvent):
    """A comment on a merge request."""

    kind: ClassVar[str] = "pr_comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCommentGitlabEvent(CommentEvent):
    """A comment on an issue."""

    kind: ClassVar[str] = "issue_comment"

    issue_id: Any
    commit_sha: Any = ""  # there is none: the default branch is meant

    @property
    def identifier(self) -> Any:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushGitlabEvent(RepositoryEvent):
    """Commits were pushed to a branch."""

    kind: ClassVar[str] = "push"

    branch: Any

    @property
    def identifier(self) -> Any:
        return self.branch

    @property
    def git_ref(self) -> Any:
        return self.branch
