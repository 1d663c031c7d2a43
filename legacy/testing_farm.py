"""How are the packages of one chroot tested?"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from legacy.build import CoprBuildHelper
from legacy.clients import Answer, TestingFarm
from legacy.handlers.abstract import HandlerResults
from legacy.models import TestRun

logger = logging.getLogger(__name__)


class TestingFarmHelper(CoprBuildHelper):
    __test__ = False  # not a test class

    def run_tests(self, chroot: str) -> HandlerResults:
        """Ask Testing Farm to test what was built in a chroot."""
        if chroot not in self.tests_targets:
            return HandlerResults(False, {"msg": f"Target {chroot} not defined for tests."})
        if chroot not in self.build_targets:
            message = f"No build defined for the target {chroot!r}."
            self.report_to_tests("error", message, "", chroot)
            return HandlerResults(False, {"msg": message})
        self.report_to_tests("pending", "Build succeeded. Submitting the tests ...", "", chroot)
        trigger = self.event.db_trigger
        if trigger is None:
            raise ValueError("A test run needs something that triggered it.")
        pipeline_id = str(uuid.uuid4())
        run = TestRun.create(pipeline_id=pipeline_id, commit_sha=self.event.commit_sha, target=chroot, trigger=trigger)
        return self._take(TestingFarm().trigger(self._request(pipeline_id, chroot)), run, chroot)

    def _request(self, pipeline_id: str, chroot: str) -> dict[str, Any]:
        return {
            "pipeline": {"id": pipeline_id},
            "api": {"token": self.config.testing_farm_secret},
            "response-url": f"{self.config.site}/api/testing-farm/results",
            "artifact": {
                "repo-name": self.project.repo,
                "repo-namespace": self.project.namespace,
                "copr-repo-name": f"{self.owner}/{self.copr_project}",
                "copr-chroot": chroot,
                "commit-sha": self.event.commit_sha,
                "git-url": f"{self.event.project_url}.git",
                "git-ref": self.event.git_ref or self.event.commit_sha,
            },
        }

    def _take(self, answer: Answer | None, run: TestRun, chroot: str) -> HandlerResults:
        if answer is None or answer.status != 200:
            message = "Failed to submit tests. The reason is unknown."
            if answer is not None:
                message = f"Failed to submit tests: {answer.body.get('message')}"
            self.report_to_tests("failure", message, "", chroot)
            run.set_status("error")
            return HandlerResults(False, {"msg": message})
        run.set_status("running")
        self.report_to_tests("pending", "Tests are running ...", answer.body["url"], chroot)
        return HandlerResults(True)
