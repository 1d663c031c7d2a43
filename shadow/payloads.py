"""What does each task receive?

One frozen class for each: its fields are the keyword arguments of the task, and all that the handler needs.
What is not typed more closely than `Any` comes from outside and is carried as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from legacy.models import TriggerType
from shadow.events import TestingFarmResult
from shadow.package_config import Job, JobTrigger
from shadow.wire import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRow(Payload):
    """Which row says what started it? Of a table by the type, with that id."""

    type: TriggerType
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Payload):
    """Which commit is built or tested, and for which jobs?"""

    project_url: str
    commit_sha: str
    identifier: str
    """What names it in the project: the pull request's number or the branch."""
    git_ref: str | None
    """None: the pull request is checked out."""
    pr_id: int | None
    trigger: TriggerRow | None
    starts: set[JobTrigger]
    """Jobs with one of these triggers can be started by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForJob(Payload):
    """Which change is something done about, and for which job of the package config?"""

    change: Change
    jobs: list[Job]
    job: int
    """Its place among the jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestCoprBuild(ForJob):
    """A pull request is to be built."""

    task: ClassVar[str] = "task.run_pr_copr_build_handler"

    user_login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoprBuildStart(ForJob):
    """The build of a chroot began."""

    task: ClassVar[str] = "task.run_copr_build_start_handler"

    build_id: Any
    chroot: str
    timestamp: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CoprBuildEnd(ForJob):
    """The build of a chroot ended."""

    task: ClassVar[str] = "task.run_copr_build_end_handler"

    build_id: Any
    chroot: str
    timestamp: Any
    status: Any
    owner: Any
    project_name: Any
    congratulate: bool
    """The package config allows a comment about a build that ended well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestingFarm(ForJob):
    """What was built for a chroot is to be tested."""

    __test__ = False  # not a test class
    task: ClassVar[str] = "task.run_testing_farm_handler"

    chroot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestingFarmResults(Payload):
    """A test run told how it ended."""

    __test__ = False  # not a test class
    task: ClassVar[str] = "task.run_testing_farm_results_handler"

    project_url: str
    commit_sha: Any
    pr_id: int | None
    pipeline_id: Any
    result: TestingFarmResult
    tests: list[Any]
    """The names of the tests that were run."""
    message: Any
    log_url: Any
    copr_chroot: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation(Payload):
    """An account installed the app."""

    task: ClassVar[str] = "task.run_installation_handler"

    account_login: Any
    account_id: Any
    account_url: Any
    account_type: Any
    created_at: datetime
    repositories: list[Any]
    sender_id: Any
    sender_login: Any


def keyword_arguments(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a handler receives -> the keyword arguments of its task."""
    payload: Payload = inputs["payload"]
    return payload.to_wire()
