"""What do the tasks about tests receive?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from shadow.events import TestingFarmResult
from shadow.package_config import Job
from shadow.payloads.common import ForJob
from shadow.payloads.ways import Minimal, StoredId


@dataclass(frozen=True, slots=True, kw_only=True)
class TestingFarmComment(ForJob):
    """A comment asks that a pull request be tested."""

    __test__ = False  # not a test class
    task: ClassVar[str] = "task.run_testing_farm_comment_handler"

    user_login: str
    issue_id: int | None
    """The issue that it stands on; None: it stands on the pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestingFarm(StoredId):
    """What was built for a chroot is to be tested."""

    __test__ = False  # not a test class
    task: ClassVar[str] = "task.run_testing_farm_handler"

    build: int
    """Id of the row of the build; what was built, for which change, is read from it and from what it leads to."""
    jobs: list[Job]
    job: int
    """Place of the tests job among the jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestingFarmResults(Minimal):
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
