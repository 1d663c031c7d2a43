"""What is done about comments and labels on Pagure's pull requests?"""

from __future__ import annotations

from functools import cached_property

from legacy import clients
from legacy.build import CoprBuildHelper
from legacy.events import PullRequestLabelPagureEvent
from legacy.handlers.abstract import HandlerResults, JobHandler, use_for
from legacy.models import Bugzilla, PullRequest
from legacy.package_config import JobType
from legacy.reporting import StatusReporter
from legacy.triggers import Trigger

CHECK = "Bugzilla"
PRODUCT = "Red Hat Enterprise Linux 8"
VERSION = "CentOS-Stream"


@use_for(JobType.build, JobType.copr_build)
class PagurePullRequestCommentCoprBuildHandler(JobHandler):
    """Somebody asked for a build; on Pagure nobody's permission is asked for."""

    triggers = (Trigger.pr_comment,)

    def run(self) -> HandlerResults:
        event = self.event
        return CoprBuildHelper(self.config, event.package_config, event.project, event, self.job_config).run()


class PagurePullRequestLabelHandler(JobHandler):
    """Files a bug for a pull request that was accepted. Runs without a job and without a package config."""

    triggers = (Trigger.pr_label,)

    @cached_property
    def tracker(self) -> clients.Bugzilla:
        return clients.Bugzilla(self.config.bugzilla_url, self.config.bugzilla_api_key)

    def run(self) -> HandlerResults:
        event: PullRequestLabelPagureEvent = self.event
        if not event.labels & self.config.pr_accepted_labels:
            return HandlerResults(True, {"msg": "No accepted label."})
        row = PullRequest.get_or_create(
            pr_id=self.event.pr_id,
            namespace=event.base_repo_namespace,
            repo_name=event.base_repo_name,
            project_url=self.event.project_url,
        )
        bug = Bugzilla.get_by_pr(row) or self._file(row)
        self.tracker.add_patch(bug.bug_id, self.event.project.get_pr_patch(self.event.pr_id))
        reporter = StatusReporter(self.event.project, event.commit_sha, event.pr_id)
        reporter.report("success", f"RHBZ#{bug.bug_id}", bug.bug_url, [CHECK])
        return HandlerResults(True)

    def _file(self, row: PullRequest) -> Bugzilla:
        pr = self.event.project.get_pr(self.event.pr_id)
        bug_id = self.tracker.create_bug(
            product=PRODUCT,
            version=VERSION,
            component=self.event.base_repo_name,
            summary=pr.title,
            description=f"Based on approved CentOS Stream pull-request: {pr.url}",
        )
        return Bugzilla.create(bug_id=bug_id, bug_url=self.tracker.bug_url(bug_id), pull_request=row)
