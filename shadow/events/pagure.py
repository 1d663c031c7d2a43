"""What happened on the forge of CentOS?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from shadow.events.common import CommentEvent, RepositoryEvent
from shadow.wire import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork(Payload):
    """Whose copy of a repository holds a change?"""

    owner: Any
    namespace: Any
    repo_name: Any

    def url(self, project_url: str) -> str:
        """Where it is, beside the repository that it is a copy of."""
        return f"https://{urlsplit(project_url).hostname}/forks/{self.owner}/{self.namespace}/{self.repo_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestPagureEvent(RepositoryEvent):
    """A pull request was opened, reopened or updated."""

    kind: ClassVar[str] = "pull_request"

    fork: Fork
    """The author's, which holds the package config."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestCommentPagureEvent(CommentEvent):
    """A comment on a pull request was written or changed."""

    kind: ClassVar[str] = "pr_comment"

    fork: Fork


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestLabelPagureEvent(RepositoryEvent):
    """A pull request got labels."""

    kind: ClassVar[str] = "pr_label"

    labels: frozenset[Any]
    owner: Any
    """Whose repository it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushPagureEvent(RepositoryEvent):
    """Commits were pushed to a branch."""

    kind: ClassVar[str] = "push"

    branch: Any
    """As legacy names it: with refs/head/ before it."""

    @property
    def identifier(self) -> Any:
        return self.branch

    @property
    def git_ref(self) -> Any:
        return self.branch
