"""How is a change built in Koji, and which checks tell about it?"""

from __future__ import annotations

import logging
import re
from functools import cached_property

from legacy import packit
from legacy.aliases import DEFAULT_TARGET, koji_targets
from legacy.build import SRPM_FAILED, SRPM_PENDING, BuildHelper
from legacy.handlers.abstract import HandlerResults
from legacy.models import KojiBuild, SrpmBuild
from legacy.package_config import JobConfig, JobType
from legacy.reporting import check_name

logger = logging.getLogger(__name__)

SUPPORTED = frozenset({"rawhide", "f31", "f32", "epel6", "epel7", "epel8"})

TASK_ID = re.compile(r"Created task: (\d+)")
TASK_URL = re.compile(r"Task info: (\S+)")


class KojiBuildHelper(BuildHelper):
    """The production build of an event, its targets and their checks."""

    @cached_property
    def job_build(self) -> JobConfig | None:
        return self._job_of((JobType.production_build,))

    @cached_property
    def build_targets(self) -> list[str]:
        """The targets in Koji, known there or not, in order."""
        job = self.job_build
        return sorted(koji_targets((job.metadata.targets if job else None) or {DEFAULT_TARGET}))

    @property
    def is_scratch(self) -> bool:
        return bool(self.job_build and self.job_build.metadata.scratch)

    def report_to_target(self, state: str, description: str, url: str, target: str) -> None:
        name = check_name(self.config.check_prefix, "production-build", target)
        self.reporter.report(state, description, url, [name])

    def report_to_all(self, state: str, description: str, url: str = "") -> None:
        for target in self.build_targets:
            self.report_to_target(state, description, url, target)

    def run(self) -> HandlerResults:
        """Make the source package, submit a build for each target, remember the builds."""
        self.report_to_all("pending", SRPM_PENDING)
        source, _path = self._create_srpm()
        if not source.success:
            self.report_to_all("failure", SRPM_FAILED, self._srpm_logs(source))
            return HandlerResults(False, {"msg": SRPM_FAILED})
        try:
            packit.init_kerberos_ticket()
        except Exception as error:
            logger.exception("No ticket.")
            message = f"Kerberos authentication error: {error}"
            self.report_to_all("error", message)
            return HandlerResults(False, {"msg": message, "errors": {}})
        told = {target: self._build(target, source) for target in self.build_targets}
        errors = {target: error for target, error in told.items() if error is not None}
        if errors:
            return HandlerResults(False, {"msg": "Koji build submit was not successful.", "errors": errors})
        return HandlerResults(True)

    def _build(self, target: str, source: SrpmBuild) -> str | None:
        """Submit the build of one target and remember it; what went wrong, if anything did."""
        if target not in SUPPORTED:
            message = f"Target not supported: {target}"
            self.report_to_target("error", message, "", target)
            return message
        try:
            task_id, web_url = self._submit(target)
        except Exception as error:
            logger.exception("Submit failed.")
            self.report_to_target("error", f"Submit of the build failed: {error}", "", target)
            return str(error)
        row = KojiBuild.get_or_create(
            build_id=task_id,
            target=target,
            commit_sha=self.event.commit_sha,
            web_url=web_url,
            srpm=source,
            trigger=self._trigger(),
        )
        self.report_to_target("pending", "Building RPM ...", f"{self.config.site}/koji-build/{row.id}", target)
        return None

    def _submit(self, target: str) -> tuple[str, str]:
        """The id of the task in Koji and where people look at it, read from what the command printed."""
        url = self.event.project_url or self.project.url
        printed = packit.koji_build(url, self.event.git_ref, self.event.pr_id, target=target, scratch=self.is_scratch)
        task_id, web_url = TASK_ID.search(printed), TASK_URL.search(printed)
        if task_id is None or web_url is None:
            raise ValueError(f"No task id in what Koji printed: {printed}")
        return task_id.group(1), web_url.group(1)
