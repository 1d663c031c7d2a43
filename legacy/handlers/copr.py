"""What is done about changes to build in Copr, and about builds there that begin and end?"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

from legacy.build import CoprBuildHelper
from legacy.clients import Copr
from legacy.events import (
    CoprBuildEvent,
    FedmsgTopic,
    ForgeEvent,
    MergeRequestGitlabEvent,
    PullRequestGithubEvent,
    PullRequestPagureEvent,
    PushGitHubEvent,
    PushGitlabEvent,
    PushPagureEvent,
    ReleaseEvent,
)
from legacy.handlers.abstract import HandlerResults, JobHandler, required_by, use_for
from legacy.handlers.testing_farm import GithubTestingFarmHandler
from legacy.models import CoprBuild
from legacy.package_config import JobTrigger, JobType
from legacy.reporting import PERMISSIONS_ERROR
from legacy.triggers import Trigger

SRPM_CHROOT = "srpm-builds"
SUCCEEDED = 1  # the status of a Copr build that ended well
FINAL = ("success", "failure")

INSTALL = """Congratulations! The build has finished: :champagne:

You can install the built RPMs by following these steps:

* `sudo yum install -y dnf-plugins-core` on RHEL 8
* `sudo dnf install -y dnf-plugins-core` on Fedora
* `dnf copr enable {repository}`
* And now you can install the packages.

Please note that the RPMs should be used only in a testing environment."""


def _utc(timestamp: float | None) -> datetime | None:
    return datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None) if timestamp else None


class _CoprHandler(JobHandler):
    @cached_property
    def helper(self) -> CoprBuildHelper:
        event = self.event
        return CoprBuildHelper(self.config, event.package_config, event.project, event, self.job_config)


class _ChangeHandler(_CoprHandler):
    """Builds a change of a kind that the event classes say."""

    events: ClassVar[tuple[type[ForgeEvent], ...]] = ()

    def pre_check(self) -> bool:
        return (
            isinstance(self.event, self.events)
            and self.event.trigger in self.triggers
            and not self._build_is_made_elsewhere()
        )

    def _build_is_made_elsewhere(self) -> bool:
        """Called for a tests job though some job builds."""
        if self.job_config is None or self.job_config.type is not JobType.tests:
            return False
        return any(job.type is JobType.copr_build for job in self.event.package_config.jobs)

    def run(self) -> HandlerResults:
        return self.helper.run()


@use_for(JobType.copr_build, JobType.build)
@required_by(JobType.tests)
class ReleaseCoprBuildHandler(_ChangeHandler):
    triggers = (Trigger.release,)
    events = (ReleaseEvent,)


@use_for(JobType.copr_build, JobType.build)
@required_by(JobType.tests)
class PullRequestCoprBuildHandler(_ChangeHandler):
    triggers = (Trigger.pull_request,)
    events = (PullRequestGithubEvent, PullRequestPagureEvent, MergeRequestGitlabEvent)

    def run(self) -> HandlerResults:
        # on Pagure nobody is asked
        if not isinstance(self.event, PullRequestPagureEvent) and not self.may_act():
            self.helper.report_to_all("failure", PERMISSIONS_ERROR)
            return HandlerResults(True, {"msg": PERMISSIONS_ERROR})
        return self.helper.run()


@use_for(JobType.copr_build, JobType.build)
@required_by(JobType.tests)
class PushCoprBuildHandler(_ChangeHandler):
    triggers = (Trigger.push, Trigger.commit)
    events = (PushGitHubEvent, PushGitlabEvent, PushPagureEvent)

    def pre_check(self) -> bool:
        return super().pre_check() and self.is_on_branch()


@use_for(JobType.copr_build, JobType.build)
@required_by(JobType.tests)
class GitHubPullRequestCommentCoprBuildHandler(_CoprHandler):
    """Somebody asked for a build: on GitHub or GitLab, on a pull request or on an issue."""

    triggers = (Trigger.pr_comment,)

    def run(self) -> HandlerResults:
        return self.helper.run() if self.may_act() else self.refuse()


class _FedmsgHandler(_CoprHandler):
    def _row(self) -> CoprBuild | None:
        return CoprBuild.get_by_build_id(self.event.build_id, self.event.chroot)

    def _unknown(self) -> HandlerResults:
        return HandlerResults(False, {"msg": f"Copr build {self.event.build_id} not in CoprBuildDB."})

    def _info_url(self, build: CoprBuild) -> str:
        return f"{self.config.site}/copr-build/{build.id}/logs"


@use_for(JobType.copr_build, JobType.build)
@required_by(JobType.tests)
class CoprBuildStartHandler(_FedmsgHandler):
    triggers = (Trigger.copr_start,)
    topic = FedmsgTopic.copr_build_started.value

    def run(self) -> HandlerResults:
        event: CoprBuildEvent = self.event
        if event.chroot == SRPM_CHROOT:
            return HandlerResults(True, {"msg": "SRPM build in copr has started."})
        build = self._row()
        if build is None:
            return self._unknown()
        build.set_start_time(_utc(event.timestamp))
        build.set_status("pending")
        found = Copr().get_build_chroot(event.build_id, event.chroot)
        build.set_build_logs_url(f"{found['result_url']}builder-live.log.gz")
        self.helper.report_to_chroot("pending", "RPM build is in progress...", self._info_url(build), event.chroot)
        return HandlerResults(True, {"msg": f"Build on {event.chroot} in copr has started..."})


@use_for(JobType.copr_build, JobType.build)
@required_by(JobType.tests)
class CoprBuildEndHandler(_FedmsgHandler):
    triggers = (Trigger.copr_end,)
    topic = FedmsgTopic.copr_build_finished.value

    def run(self) -> HandlerResults:
        event: CoprBuildEvent = self.event
        if event.chroot == SRPM_CHROOT:
            return HandlerResults(True, {"msg": "SRPM build in copr has finished."})
        build = self._row()
        if build is None:
            return self._unknown()
        if build.status in FINAL:
            return HandlerResults(True, {"msg": f"Copr build {event.build_id} was already processed."})
        build.set_end_time(_utc(event.timestamp))
        url = self._info_url(build)
        if event.status != SUCCEEDED:
            message = "RPMs failed to be built."
            self.helper.report_to_chroot("failure", message, url, event.chroot)
            build.set_status("failure")
            return HandlerResults(False, {"msg": message})
        if self._should_congratulate():
            self._congratulate()
        self.helper.report_to_build("success", "RPMs were built successfully.", url, event.chroot)
        self.helper.report_to_tests("pending", "RPMs were built successfully.", url, event.chroot)
        build.set_status("success")
        self._start_tests()
        return HandlerResults(True)

    def _should_congratulate(self) -> bool:
        job = self.helper.job_build
        return (
            job is not None
            and job.trigger is JobTrigger.pull_request
            and self.event.pr_id is not None
            and self.event.project.on_github
            and not self._was_congratulated()
            and self.event.package_config.notifications.pull_request.successful_build
        )

    def _was_congratulated(self) -> bool:
        comments: list[dict[str, Any]] = self.event.project.get_pr_comments(self.event.pr_id)
        ours = [comment["body"] for comment in comments if comment["author"] == self.config.bot_login]
        return bool(ours) and "Congratulations!" in ours[0]

    def _congratulate(self) -> None:
        repository = f"{self.event.owner}/{self.event.project_name}"
        self.event.project.pr_comment(self.event.pr_id, INSTALL.format(repository=repository))

    def _start_tests(self) -> None:
        """In this process, and what comes of it is not our result."""
        job = self.helper.job_tests
        if job is not None and self.event.chroot in self.helper.tests_targets:
            GithubTestingFarmHandler(self.config, job, self.event, chroot=self.event.chroot).run()
