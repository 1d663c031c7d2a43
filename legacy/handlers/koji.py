"""What is done about changes to build in Koji, and about builds there that change their state?"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import ClassVar

from legacy.events import (
    FedmsgTopic,
    ForgeEvent,
    KojiBuildEvent,
    KojiBuildState,
    PullRequestGithubEvent,
    PushGitHubEvent,
    ReleaseEvent,
)
from legacy.handlers.abstract import HandlerResults, JobHandler, use_for
from legacy.koji import KojiBuildHelper
from legacy.models import KojiBuild
from legacy.package_config import JobType
from legacy.reporting import PERMISSIONS_ERROR, StatusReporter, check_name
from legacy.triggers import Trigger

LOGS = "https://koji.example/work/tasks"

# state in Koji -> state of the check, what is said, status of the row; the other states are not told
TOLD: dict[KojiBuildState, tuple[str, str, str]] = {
    KojiBuildState.open: ("pending", "RPM build is in progress...", "pending"),
    KojiBuildState.closed: ("success", "RPMs were built successfully.", "success"),
    KojiBuildState.failed: ("failure", "RPMs failed to be built.", "failed"),
    KojiBuildState.canceled: ("error", "RPMs build was canceled.", "error"),
}


class _KojiHandler(JobHandler):
    """Builds a change of a kind that the event class says; other kinds are refused beforehand."""

    events: ClassVar[tuple[type[ForgeEvent], ...]] = ()

    @cached_property
    def helper(self) -> KojiBuildHelper:
        event = self.event
        return KojiBuildHelper(self.config, event.package_config, event.project, event, self.job_config)

    def pre_check(self) -> bool:
        return isinstance(self.event, self.events) and self.event.trigger in self.triggers

    def run(self) -> HandlerResults:
        return self.helper.run()


@use_for(JobType.production_build)
class ReleaseGithubKojiBuildHandler(_KojiHandler):
    triggers = (Trigger.release,)
    events = (ReleaseEvent,)


@use_for(JobType.production_build)
class PullRequestGithubKojiBuildHandler(_KojiHandler):
    triggers = (Trigger.pull_request,)
    events = (PullRequestGithubEvent,)

    def run(self) -> HandlerResults:
        if not self.may_act():
            self.helper.report_to_all("failure", PERMISSIONS_ERROR)
            return HandlerResults(True, {"msg": PERMISSIONS_ERROR})
        return self.helper.run()


@use_for(JobType.production_build)
class PushGithubKojiBuildHandler(_KojiHandler):
    triggers = (Trigger.push, Trigger.commit)
    events = (PushGitHubEvent,)

    def pre_check(self) -> bool:
        return super().pre_check() and self.is_on_branch()


@use_for(JobType.production_build)
class KojiBuildReportHandler(JobHandler):
    triggers = (Trigger.koji_results,)
    topic = FedmsgTopic.koji_state_change.value

    def run(self) -> HandlerResults:
        event: KojiBuildEvent = self.event
        build = KojiBuild.get_by_build_id(event.build_id)
        if build is None:
            return HandlerResults(False, {"msg": f"Koji build {event.build_id} not found in the database."})
        if event.start_time is not None:
            build.set_start_time(_utc(event.start_time))
        if event.completion_time is not None:
            build.set_end_time(_utc(event.completion_time))
        if event.rpm_build_task_id:
            # people are led to the logs: there is no other page about the task
            url = f"{LOGS}/{event.rpm_build_task_id % 10000}/{event.rpm_build_task_id}/build.log"
            build.set_build_logs_url(url)
            build.set_web_url(url)
        if event.state in TOLD:
            self._tell(build)
        return HandlerResults(True, {"msg": f"Koji build {event.build_id} is {event.state.value}."})

    def _tell(self, build: KojiBuild) -> None:
        event: KojiBuildEvent = self.event
        state, description, status = TOLD[event.state]
        build.set_status(status)
        reporter = StatusReporter(self.event.project, event.commit_sha, event.pr_id)
        name = check_name(self.config.check_prefix, "production-build", build.target)
        reporter.report(state, description, f"{self.config.site}/koji-build/{build.id}", [name])


def _utc(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None)
