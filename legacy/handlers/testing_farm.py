"""What is done to test what was built, when a build ends or somebody asks, and about results that come back?"""

from __future__ import annotations

from legacy.config import ServiceConfig
from legacy.events import CoprBuildEvent, TestingFarmResult, TestingFarmResultsEvent
from legacy.handlers.abstract import HandlerResults, JobHandler, use_for
from legacy.models import TestRun
from legacy.package_config import JobConfig, JobType
from legacy.reporting import StatusReporter, check_name
from legacy.testing_farm import TestingFarmHelper
from legacy.triggers import Trigger

INSTALLATION_TEST = "/install/copr-build"


class GithubTestingFarmHandler(JobHandler):
    """Called when a build has ended; no event selects it."""

    triggers = (Trigger.pull_request,)

    def __init__(self, config: ServiceConfig, job_config: JobConfig, event: CoprBuildEvent, chroot: str) -> None:
        super().__init__(config, job_config, event)
        self.chroot = chroot

    def run(self) -> HandlerResults:
        event = self.event
        helper = TestingFarmHelper(self.config, event.package_config, event.project, event, self.job_config)
        return helper.run_tests(self.chroot)


@use_for(JobType.tests)
class GitHubPullRequestCommentTestingFarmHandler(JobHandler):
    """Somebody asked for the tests; how each of them was taken is not its result."""

    triggers = (Trigger.pr_comment,)

    def run(self) -> HandlerResults:
        if not self.may_act():
            return self.refuse()
        event = self.event
        helper = TestingFarmHelper(self.config, event.package_config, event.project, event, self.job_config)
        for chroot in sorted(helper.tests_targets):
            helper.run_tests(chroot)
        return HandlerResults(True)


@use_for(JobType.tests)
class TestingFarmResultsHandler(JobHandler):
    __test__ = False  # not a test class

    triggers = (Trigger.testing_farm_results,)

    def run(self) -> HandlerResults:
        event: TestingFarmResultsEvent = self.event
        run = TestRun.get_by_pipeline_id(event.pipeline_id)
        if run is not None:
            run.set_status(event.result.value)
            if event.log_url:
                run.set_web_url(event.log_url)
        passed = event.result is TestingFarmResult.passed
        reporter = StatusReporter(self.event.project, event.commit_sha, event.pr_id)
        name = check_name(self.config.check_prefix, "testing-farm", event.copr_chroot)
        reporter.report("success" if passed else "failure", self._text(), event.log_url or "", [name])
        return HandlerResults(True)

    def _text(self) -> str:
        event: TestingFarmResultsEvent = self.event
        if len(event.tests) == 1 and event.tests[0].name == INSTALLATION_TEST:
            return f"Installation {'passed' if event.result is TestingFarmResult.passed else 'failed'}"
        return event.message or ""
