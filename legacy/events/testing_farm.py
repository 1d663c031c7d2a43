"""What did Testing Farm tell?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from legacy.events.base import ResultEvent
from legacy.models import DbTrigger, PullRequest, TestRun
from legacy.triggers import Trigger


class TestingFarmResult(Enum):
    __test__ = False  # not a test class

    passed = "passed"
    failed = "failed"
    error = "error"
    running = "running"


@dataclass
class TestResult:
    __test__ = False  # not a test class

    name: str
    result: TestingFarmResult
    log_url: str | None


class TestingFarmResultsEvent(ResultEvent):
    __test__ = False  # not a test class

    def __init__(
        self,
        *,
        pipeline_id: str,
        result: TestingFarmResult,
        environment: str | None,
        message: str | None,
        log_url: str | None,
        copr_repo_name: str | None,
        copr_chroot: str,
        tests: list[TestResult],
        repo_namespace: str | None,
        repo_name: str | None,
        git_ref: str | None,
        project_url: str | None,
        commit_sha: str,
    ) -> None:
        super().__init__(Trigger.testing_farm_results, project_url=project_url)
        self.pipeline_id = pipeline_id
        self.result = result
        self.environment = environment
        self.message = message
        self.log_url = log_url
        self.copr_repo_name = copr_repo_name
        self.copr_chroot = copr_chroot
        self.tests = tests
        self.repo_namespace = repo_namespace
        self.repo_name = repo_name
        self.git_ref = git_ref
        self.identifier = git_ref or ""
        self.commit_sha = commit_sha

    @property
    def pr_id(self) -> int | None:
        """Known by the row of the test run only."""
        if self._pr_id is None and isinstance(self.db_trigger, PullRequest):
            self._pr_id = self.db_trigger.pr_id
        return self._pr_id

    def _find_trigger(self) -> DbTrigger | None:
        run = TestRun.get_by_pipeline_id(self.pipeline_id)
        return run.trigger.get_trigger_object() if run is not None else None
