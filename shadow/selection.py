"""Which jobs of a package config can an event start, and which of them is done by whom?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from legacy.models import TriggerType
from shadow.package_config import Job, JobTrigger, JobType

BUILD_TYPES = (JobType.copr_build, JobType.build)
TEST_TYPES = (JobType.tests,)

KIND_TRIGGERS = {
    "pull_request": JobTrigger.pull_request,
    "copr_start": JobTrigger.pull_request,
    "copr_end": JobTrigger.pull_request,
    "testing_farm_results": JobTrigger.pull_request,
}
ROW_TRIGGERS = {
    TriggerType.pull_request: JobTrigger.pull_request,
    TriggerType.branch_push: JobTrigger.commit,
}


def starts(kind: str, row: TriggerType | None) -> set[JobTrigger]:
    """Jobs with which triggers an event can start: by its kind, and by what its row says started it.

    A Copr result of a push build therefore matches jobs on commits and jobs on pull requests.
    """
    by_kind = KIND_TRIGGERS[kind]
    return {by_kind} if row is None else {by_kind, ROW_TRIGGERS[row]}


def first(jobs: Sequence[Job], types: Collection[JobType], triggers: Collection[JobTrigger]) -> Job | None:
    """The first job of one of the types that can be started."""
    return next((job for job in jobs if job.type in types and job.trigger in triggers), None)


def for_builds(jobs: Sequence[Job], triggers: Collection[JobTrigger]) -> list[int]:
    """The places of the jobs that a build handler is run for: of build jobs, else of tests jobs, which need a build."""
    return _places(jobs, BUILD_TYPES, triggers) or _places(jobs, TEST_TYPES, triggers)


def for_tests(jobs: Sequence[Job], triggers: Collection[JobTrigger]) -> list[int]:
    """The places of the jobs that the handler of test results is run for."""
    return _places(jobs, TEST_TYPES, triggers)


def needs_builds(jobs: Sequence[Job], triggers: Collection[JobTrigger]) -> bool:
    """Whether a build handler is asked for at all: a tests job requires it whatever its trigger is."""
    return any(job.type in TEST_TYPES for job in jobs) or bool(_places(jobs, BUILD_TYPES, triggers))


def is_built_elsewhere(jobs: Sequence[Job], job: Job) -> bool:
    """A tests job need not be built for where some job builds."""
    return job.type in TEST_TYPES and any(other.type is JobType.copr_build for other in jobs)


def _places(jobs: Sequence[Job], types: Collection[JobType], triggers: Collection[JobTrigger]) -> list[int]:
    return [place for place, job in enumerate(jobs) if job.type in types and job.trigger in triggers]
