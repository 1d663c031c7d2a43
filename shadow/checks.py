"""Which chroots of a change are built and tested for a job, and which checks tell about them?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

from legacy.clients import Project
from shadow.aliases import DEFAULT_TARGET, chroots
from shadow.config import ServiceConfig, service_config
from shadow.package_config import Job, JobType
from shadow.payloads import Change, ForJob
from shadow.reporting import RPM_BUILD, TESTING_FARM, check_name, report
from shadow.selection import BUILD_TYPES, TEST_TYPES, first


@dataclass(frozen=True, kw_only=True)
class Checks:
    """The build job and the tests job of a change, their chroots and their checks."""

    config: ServiceConfig
    change: Change
    jobs: list[Job]
    job: Job | None = None
    """The one that something is done for: it goes before the others."""

    @classmethod
    def of(cls, payload: ForJob) -> Self:
        """The checks of the change that a task got, for its job."""
        jobs = payload.config.jobs
        return cls(config=service_config(), change=payload.change, jobs=jobs, job=jobs[payload.job])

    @cached_property
    def project(self) -> Project:
        return Project(self.change.project_url)

    @cached_property
    def build_job(self) -> Job | None:
        return self._job_of(BUILD_TYPES)

    @cached_property
    def tests_job(self) -> Job | None:
        return self._job_of(TEST_TYPES)

    def _job_of(self, types: tuple[JobType, ...]) -> Job | None:
        if self.job is not None and self.job.type in types:
            return self.job
        return first(self.jobs, types, self.change.starts)

    @cached_property
    def built(self) -> frozenset[str]:
        """The chroots to build: of the build job, else of the tests job, else the default."""
        job = self.build_job or self.tests_job
        return chroots((job.targets if job else None) or {DEFAULT_TARGET})

    @cached_property
    def tested(self) -> frozenset[str]:
        """The chroots to test: of the tests job, else of the build job, else the default; none without a tests job."""
        if self.tests_job is None:
            return frozenset()
        targets = self.tests_job.targets or (self.build_job.targets if self.build_job else None)
        return chroots(targets or {DEFAULT_TARGET})

    @property
    def copr_owner(self) -> str:
        return (self.build_job.owner if self.build_job else None) or self.config.copr_owner

    @property
    def copr_project(self) -> str:
        own = self.build_job.project if self.build_job else None
        stage = "" if self.config.deployment == "prod" else "-stg"
        return own or f"{self.project.namespace}-{self.project.repo}-{self.change.identifier}{stage}"

    def build_check(self, chroot: str) -> list[str]:
        """The name of the check of a build, as a list; none where it is not built."""
        is_built = self.build_job is not None and chroot in self.built
        return [check_name(self.config, RPM_BUILD, chroot)] if is_built else []

    def tests_check(self, chroot: str) -> list[str]:
        """The name of the check of the tests, as a list; none where it is not tested."""
        return [check_name(self.config, TESTING_FARM, chroot)] if chroot in self.tested else []

    def names(self, chroot: str) -> list[str]:
        """The names of the checks of a chroot, in the order in which they are set."""
        return [*self.build_check(chroot), *self.tests_check(chroot)]

    def tell_build(self, chroot: str, state: str, description: str, url: str = "") -> None:
        self._report(self.build_check(chroot), state, description, url)

    def tell_tests(self, chroot: str, state: str, description: str, url: str = "") -> None:
        self._report(self.tests_check(chroot), state, description, url)

    def tell(self, chroot: str, state: str, description: str, url: str = "") -> None:
        """Set both checks of a chroot."""
        self._report(self.names(chroot), state, description, url)

    def tell_all(self, state: str, description: str, url: str = "") -> None:
        """Set the checks of every chroot, in the order of their names."""
        for chroot in sorted(self.built | self.tested):
            self.tell(chroot, state, description, url)

    def _report(self, names: list[str], state: str, description: str, url: str) -> None:
        change = self.change
        for name in names:
            report(
                self.project,
                change.commit_sha,
                change.pr_id,
                name=name,
                state=state,
                description=description,
                url=url,
            )
