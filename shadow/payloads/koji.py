"""What do the tasks about Koji builds receive?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from shadow.payloads.common import ForJob, NamedRow
from shadow.payloads.ways import StoredId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseKojiBuild(ForJob):
    """A release is to be built in Koji."""

    task: ClassVar[str] = "task.run_release_koji_build_handler"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestKojiBuild(ForJob):
    """A pull request is to be built in Koji."""

    task: ClassVar[str] = "task.run_pr_koji_build_handler"

    user_login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PushKojiBuild(ForJob):
    """A branch is to be built in Koji."""

    task: ClassVar[str] = "task.run_push_koji_build_handler"


@dataclass(frozen=True, slots=True, kw_only=True)
class KojiBuildReport(StoredId):
    """A build in Koji changed its state."""

    task: ClassVar[str] = "task.run_koji_build_report_handler"

    build: int | None
    """Id of the row of the build; None: it is not ours."""
    trigger: NamedRow | None
    """The row of what was built, by the type of its build trigger."""
    build_id: Any
    """Koji's number of the build."""
    state: Any
    old_state: Any
    start_time: Any
    completion_time: Any
    rpm_build_task_id: Any
    job: int
