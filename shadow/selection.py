"""Which jobs of a package config can an event start, and by which handlers?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from legacy.models import TriggerType
from shadow.package_config import Job, JobTrigger, JobType

Types = tuple[JobType, ...]

BUILD_TYPES: Types = (JobType.copr_build, JobType.build)
TEST_TYPES: Types = (JobType.tests,)
KOJI_TYPES: Types = (JobType.production_build,)

KIND_TRIGGERS = {
    "commit": JobTrigger.commit,
    "push": JobTrigger.commit,
    "release": JobTrigger.release,
    "issue_comment": JobTrigger.release,
    "pull_request": JobTrigger.pull_request,
    "pr_comment": JobTrigger.pull_request,
    "copr_start": JobTrigger.pull_request,
    "copr_end": JobTrigger.pull_request,
    "testing_farm_results": JobTrigger.pull_request,
}
ROW_TRIGGERS = {
    TriggerType.pull_request: JobTrigger.pull_request,
    TriggerType.branch_push: JobTrigger.commit,
    TriggerType.release: JobTrigger.release,
    TriggerType.issue: JobTrigger.release,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """Which events and which types of jobs is a handler for?"""

    name: str
    legacy: str
    """Its class in legacy; handlers start in the order of these names."""
    kinds: tuple[str, ...]
    types: Types
    required_by: Types = ()
    """Jobs of these types need what it does, also where no job of its own types is configured."""


# fmt: off
HANDLERS = {handler.name: handler for handler in (
    Handler(name="release_copr_build", legacy="ReleaseCoprBuildHandler", kinds=("release",),
            types=BUILD_TYPES, required_by=TEST_TYPES),
    Handler(name="pr_copr_build", legacy="PullRequestCoprBuildHandler", kinds=("pull_request",),
            types=BUILD_TYPES, required_by=TEST_TYPES),
    Handler(name="push_copr_build", legacy="PushCoprBuildHandler", kinds=("push", "commit"),
            types=BUILD_TYPES, required_by=TEST_TYPES),
    Handler(name="pr_comment_copr_build", legacy="GitHubPullRequestCommentCoprBuildHandler", kinds=("pr_comment",),
            types=BUILD_TYPES, required_by=TEST_TYPES),
    Handler(name="pagure_pr_comment_copr_build", legacy="PagurePullRequestCommentCoprBuildHandler",
            kinds=("pr_comment",), types=BUILD_TYPES),
    Handler(name="copr_build_start", legacy="CoprBuildStartHandler", kinds=("copr_start",),
            types=BUILD_TYPES, required_by=TEST_TYPES),
    Handler(name="copr_build_end", legacy="CoprBuildEndHandler", kinds=("copr_end",),
            types=BUILD_TYPES, required_by=TEST_TYPES),
    Handler(name="testing_farm_comment", legacy="GitHubPullRequestCommentTestingFarmHandler", kinds=("pr_comment",),
            types=TEST_TYPES),
    Handler(name="testing_farm_results", legacy="TestingFarmResultsHandler", kinds=("testing_farm_results",),
            types=TEST_TYPES),
    Handler(name="propose_update_comment", legacy="GitHubIssueCommentProposeUpdateHandler", kinds=("issue_comment",),
            types=(JobType.propose_downstream,)),
    Handler(name="propose_downstream", legacy="ProposeDownstreamHandler", kinds=("release",),
            types=(JobType.propose_downstream,)),
    Handler(name="distgit_commit", legacy="NewDistGitCommitHandler", kinds=("commit",),
            types=(JobType.sync_from_downstream,)),
    Handler(name="release_koji_build", legacy="ReleaseGithubKojiBuildHandler", kinds=("release",), types=KOJI_TYPES),
    Handler(name="pr_koji_build", legacy="PullRequestGithubKojiBuildHandler", kinds=("pull_request",),
            types=KOJI_TYPES),
    Handler(name="push_koji_build", legacy="PushGithubKojiBuildHandler", kinds=("push", "commit"), types=KOJI_TYPES),
    Handler(name="koji_build_report", legacy="KojiBuildReportHandler", kinds=("koji_results",), types=KOJI_TYPES),
)}
# fmt: on


def starts(kind: str, row: TriggerType | None) -> set[JobTrigger]:
    """Jobs with which triggers an event can start: by its kind, and by what its row says started it.

    A Copr result of a push build therefore matches jobs on commits and jobs on pull requests.
    """
    found = (KIND_TRIGGERS.get(kind), ROW_TRIGGERS[row] if row is not None else None)
    return {trigger for trigger in found if trigger is not None}


def handlers(kind: str, jobs: Sequence[Job], triggers: Collection[JobTrigger]) -> list[Handler]:
    """The handlers that an event asks for, in the order in which they start.

    A job that requires a handler asks for it whatever the job's own trigger is: there may be no job to run it for.
    """
    startable = {job.type for job in jobs if job.trigger in triggers}
    configured = {job.type for job in jobs}
    asked = (
        handler
        for handler in HANDLERS.values()
        if kind in handler.kinds
        and (not startable.isdisjoint(handler.types) or not configured.isdisjoint(handler.required_by))
    )
    return sorted(asked, key=lambda handler: handler.legacy)


def places(handler: Handler, jobs: Sequence[Job], triggers: Collection[JobTrigger]) -> list[int]:
    """The places of the jobs that a handler is run for: of its own types, else of those that require it."""
    own = _places(jobs, handler.types, triggers)
    return own or _places(jobs, handler.required_by, triggers)


def for_builds(jobs: Sequence[Job], triggers: Collection[JobTrigger]) -> list[int]:
    """The places of the jobs for which something is done when a build has ended."""
    return places(HANDLERS["copr_build_end"], jobs, triggers)


def first(jobs: Sequence[Job], types: Collection[JobType], triggers: Collection[JobTrigger]) -> Job | None:
    """The first job of one of the types that can be started."""
    return next((job for job in jobs if job.type in types and job.trigger in triggers), None)


def is_built_elsewhere(jobs: Sequence[Job], job: Job) -> bool:
    """A tests job need not be built for where some job builds."""
    return job.type in TEST_TYPES and any(other.type is JobType.copr_build for other in jobs)


def _places(jobs: Sequence[Job], types: Collection[JobType], triggers: Collection[JobTrigger]) -> list[int]:
    return [place for place, job in enumerate(jobs) if job.type in types and job.trigger in triggers]
