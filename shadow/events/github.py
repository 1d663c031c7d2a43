"""What happened on GitHub?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from shadow.events.common import CommentEvent, RepositoryEvent
from shadow.wire import Payload


class PullRequestAction(Enum):
    opened = "opened"
    reopened = "reopened"
    synchronize = "synchronize"


class PullRequestCommentAction(Enum):
    created = "created"
    edited = "edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEvent(RepositoryEvent):
    """A release was published; which commit it is, the forge knows."""

    kind: ClassVar[str] = "release"

    tag_name: Any

    @property
    def identifier(self) -> Any:
        return self.tag_name

    @property
    def git_ref(self) -> Any:
        return self.tag_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PushGitHubEvent(RepositoryEvent):
    """Commits were pushed to a branch, or a tag was; deleting one is a push too."""

    kind: ClassVar[str] = "push"

    branch: Any
    """The ref without what it begins with: refs/heads/topic -> topic."""

    @property
    def identifier(self) -> Any:
        return self.branch

    @property
    def git_ref(self) -> Any:
        return self.branch


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestGithubEvent(RepositoryEvent):
    """A pull request was opened, reopened, or got new commits."""

    kind: ClassVar[str] = "pull_request"

    action: PullRequestAction


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestCommentGithubEvent(CommentEvent):
    """A comment on a pull request; which commit is its newest, the forge knows."""

    kind: ClassVar[str] = "pr_comment"

    action: PullRequestCommentAction


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCommentEvent(CommentEvent):
    """A comment on an issue."""

    kind: ClassVar[str] = "issue_comment"

    issue_id: Any
    commit_sha: Any = ""  # there is none: the default branch is meant

    @property
    def identifier(self) -> Any:
        return str(self.issue_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationEvent(Payload):
    """An account installed the app, or gave it more repositories."""

    kind: ClassVar[str] = "installation"

    account_login: Any
    account_id: Any
    account_url: Any
    account_type: Any
    created_at: datetime
    repositories: list[Any]
    sender_id: Any
    sender_login: Any
