"""What do the tasks about Copr builds receive?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from shadow.payloads.common import ForJob
from shadow.payloads.ways import StoredId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCoprBuild(ForJob):
    """A release is to be built."""

    task: ClassVar[str] = "task.run_release_copr_build_handler"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestCoprBuild(ForJob):
    """A pull request is to be built."""

    task: ClassVar[str] = "task.run_pr_copr_build_handler"

    user_login: str
    needs_permission: bool
    """Whether its author has to be allowed to merge it; on Pagure nobody is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushCoprBuild(ForJob):
    """A branch is to be built."""

    task: ClassVar[str] = "task.run_push_copr_build_handler"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestCommentCoprBuild(ForJob):
    """A comment asks that a pull request be built."""

    task: ClassVar[str] = "task.run_pr_comment_copr_build_handler"

    user_login: str
    issue_id: int | None
    """The issue that it stands on; None: it stands on the pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoprBuildStart(StoredId):
    """The build of a chroot began."""

    task: ClassVar[str] = "task.run_copr_build_start_handler"

    build: int | None
    """Id of the row of this chroot of the build; None: there is none (source packages, chroots added in Copr)."""
    build_id: Any
    """Copr's number of the build."""
    chroot: str
    timestamp: Any
    checks: list[str]
    """Names of the checks of this chroot, in the order in which they are set."""
    job: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoprBuildEnd(ForJob):
    """The build of a chroot ended."""

    task: ClassVar[str] = "task.run_copr_build_end_handler"

    build_id: Any
    """Copr's number of the build."""
    chroot: str
    timestamp: Any
    status: Any
    owner: Any
    project_name: Any
