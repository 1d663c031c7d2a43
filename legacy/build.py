"""How is a change built in Copr, and which checks tell about it?"""

from __future__ import annotations

import logging
from functools import cached_property

from legacy import srpm
from legacy.aliases import DEFAULT_TARGET, chroots
from legacy.celery_app import app
from legacy.clients import COPR, Copr, Project
from legacy.config import ServiceConfig
from legacy.events import ForgeEvent
from legacy.handlers.abstract import HandlerResults
from legacy.models import CoprBuild, DbTrigger, SrpmBuild
from legacy.package_config import JobConfig, JobType, PackageConfig
from legacy.reporting import StatusReporter, check_name
from legacy.triggers import can_be_triggered

logger = logging.getLogger(__name__)

BUILD_TYPES = (JobType.copr_build, JobType.build)
TEST_TYPES = (JobType.tests,)
BABYSIT_AFTER = 120

SRPM_PENDING = "Building SRPM ..."
SRPM_FAILED = "SRPM build failed, check the logs for details."


class BuildHelper:
    """What every build of a change needs: its job, its source package, somebody who tells of it."""

    def __init__(
        self,
        config: ServiceConfig,
        package_config: PackageConfig,
        project: Project,
        event: ForgeEvent,
        job: JobConfig | None = None,
    ) -> None:
        self.config = config
        self.package_config = package_config
        self.project = project
        self.event = event
        self.job = job
        self.reporter = StatusReporter(project, event.commit_sha, event.pr_id)

    def _job_of(self, types: tuple[JobType, ...]) -> JobConfig | None:
        if self.job is not None and self.job.type in types:
            return self.job
        for job in self.package_config.jobs:
            if job.type in types and can_be_triggered(job, self.event):
                return job
        return None

    def _create_srpm(self) -> tuple[SrpmBuild, str]:
        """Make the source package: its row, and where it lies. Whatever goes wrong is in the row's logs."""
        url = self.event.project_url or self.project.url
        try:
            made = srpm.build(url, self.event.git_ref, self.event.pr_id)
        except Exception as error:
            logger.exception("No source package.")
            made = {"success": False, "logs": str(error), "path": None}
        return SrpmBuild.create(logs=made["logs"], success=made["success"]), str(made["path"])

    def _srpm_logs(self, source: SrpmBuild) -> str:
        return f"{self.config.site}/srpm-build/{source.id}/logs"

    def _trigger(self) -> DbTrigger:
        trigger = self.event.db_trigger
        if trigger is None:
            raise ValueError("A build needs something that triggered it.")
        return trigger


class CoprBuildHelper(BuildHelper):
    """The build job and the tests job that belong to an event, their chroots and their checks."""

    @cached_property
    def job_build(self) -> JobConfig | None:
        return self._job_of(BUILD_TYPES)

    @cached_property
    def job_tests(self) -> JobConfig | None:
        return self._job_of(TEST_TYPES)

    @cached_property
    def build_targets(self) -> set[str]:
        job = self.job_build or self.job_tests
        return chroots((job.metadata.targets if job else None) or {DEFAULT_TARGET})

    @cached_property
    def tests_targets(self) -> set[str]:
        if self.job_tests is None:
            return set()
        targets = self.job_tests.metadata.targets
        if not targets and self.job_build is not None:
            targets = self.job_build.metadata.targets
        return chroots(targets or {DEFAULT_TARGET})

    @property
    def owner(self) -> str:
        return (self.job_build.metadata.owner if self.job_build else None) or self.config.copr_owner

    @property
    def copr_project(self) -> str:
        own = self.job_build.metadata.project if self.job_build else None
        stage = "" if self.config.deployment == "prod" else "-stg"
        return own or f"{self.project.namespace}-{self.project.repo}-{self.event.identifier}{stage}"

    def build_check(self, chroot: str) -> str:
        return check_name(self.config.check_prefix, "rpm-build", chroot)

    def test_check(self, chroot: str) -> str:
        return check_name(self.config.check_prefix, "testing-farm", chroot)

    def report_to_build(self, state: str, description: str, url: str, chroot: str) -> None:
        if self.job_build is not None and chroot in self.build_targets:
            self.reporter.report(state, description, url, [self.build_check(chroot)])

    def report_to_tests(self, state: str, description: str, url: str, chroot: str) -> None:
        if self.job_tests is not None and chroot in self.tests_targets:
            self.reporter.report(state, description, url, [self.test_check(chroot)])

    def report_to_chroot(self, state: str, description: str, url: str, chroot: str) -> None:
        self.report_to_build(state, description, url, chroot)
        self.report_to_tests(state, description, url, chroot)

    def report_to_all(self, state: str, description: str, url: str = "") -> None:
        for chroot in sorted(self.build_targets | self.tests_targets):
            self.report_to_chroot(state, description, url, chroot)

    def run(self) -> HandlerResults:
        """Make the source package, submit it, remember the builds, look after them later."""
        if self.job_build is None and self.job_tests is None:
            return HandlerResults(False, {"msg": "No copr_build or tests job defined."})
        self.report_to_all("pending", SRPM_PENDING)
        source, path = self._create_srpm()
        if not source.success:
            self.report_to_all("failure", SRPM_FAILED, self._srpm_logs(source))
            return HandlerResults(False, {"msg": SRPM_FAILED})
        try:
            build_id = self._submit(path)
        except Exception as error:
            logger.exception("Submit failed.")
            self.report_to_all("error", f"Submit of the build failed: {error}")
            return HandlerResults(False, {"error": str(error)})
        self._remember(build_id, source)
        app.send_task("task.babysit_copr_build", (build_id,), countdown=BABYSIT_AFTER)
        return HandlerResults(True)

    def _submit(self, path: str) -> int:
        copr, targets = Copr(), sorted(self.build_targets)
        metadata = self.job_build.metadata if self.job_build else None
        options = {
            "list_on_homepage": bool(metadata and metadata.list_on_homepage),
            "preserve_project": bool(metadata and metadata.preserve_project),
            "additional_repos": list(metadata.additional_repos) if metadata else [],
        }
        copr.create_project_if_not_exists(self.owner, self.copr_project, chroots=targets, options=options)
        return copr.create_from_file(self.owner, self.copr_project, path=path, chroots=targets)

    def _remember(self, build_id: int, source: SrpmBuild) -> None:
        trigger = self._trigger()
        for chroot in sorted(self.build_targets):
            row = CoprBuild.get_or_create(
                build_id=build_id,
                target=chroot,
                commit_sha=self.event.commit_sha,
                owner=self.owner,
                project_name=self.copr_project,
                web_url=f"{COPR}/coprs/build/{build_id}/",
                srpm=source,
                trigger=trigger,
            )
            url = f"{self.config.site}/copr-build/{row.id}/logs"
            self.report_to_chroot("pending", "Starting RPM build...", url, chroot)
