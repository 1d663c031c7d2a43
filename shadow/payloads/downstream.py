"""What do the tasks between upstream and distribution receive?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from shadow.payloads.common import ForJob
from shadow.payloads.ways import Minimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeDownstream(ForJob):
    """A release is to be proposed to the distribution."""

    task: ClassVar[str] = "task.run_propose_downstream_handler"

    tag_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeUpdateComment(ForJob):
    """A comment on an issue asks that the newest release be proposed to the distribution."""

    task: ClassVar[str] = "task.run_propose_update_comment_handler"

    issue_id: int | None
    """The issue that it stands on; None: it stands on a pull request."""
    user_login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DistGitCommit(Minimal):
    """A commit in the distribution's repository is to be brought upstream."""

    task: ClassVar[str] = "task.run_distgit_commit_handler"

    project_url: str
    commit_sha: Any
    branch: Any
    job: int
