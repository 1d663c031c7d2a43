"""What is done to bring releases to the distribution, and changes there back upstream?"""

from __future__ import annotations

import logging
import re

from legacy import packit
from legacy.aliases import DEFAULT_BRANCH, git_branches
from legacy.events import DistGitEvent, FedmsgTopic
from legacy.handlers.abstract import HandlerResults, JobHandler, use_for
from legacy.package_config import JobType
from legacy.triggers import Trigger

logger = logging.getLogger(__name__)

UPSTREAM_BRANCH = "master"
SPEC_URL = re.compile(r"^URL:\s*(\S+)$", re.MULTILINE)
TABLE = "| dist-git branch | error |\n| --- | --- |\n"


class _ProposeHandler(JobHandler):
    """Proposes a version to each branch of dist-git that the job names."""

    def branches(self) -> list[str]:
        job = self.job_config
        return sorted(git_branches((job.metadata.dist_git_branches if job else None) or {DEFAULT_BRANCH}))

    def propose(self, version: str, branch: str) -> str:
        """The URL of the pull request in dist-git. It may raise."""
        config = packit.for_library(self.event.package_config)
        return packit.sync_release(config, self.event.project_url, branch=branch, version=version)


@use_for(JobType.propose_downstream)
class GitHubIssueCommentProposeUpdateHandler(_ProposeHandler):
    """Somebody asked for the newest release; what came of it is told on the issue."""

    triggers = (Trigger.issue_comment,)

    def run(self) -> HandlerResults:
        if not self.may_act():
            return self.refuse()
        tag = self.event.tag_name
        if not tag:
            message = "There is no release to propose yet."
            self.answer(message)
            return HandlerResults(False, {"msg": message})
        told = {branch: self._propose(tag, branch) for branch in self.branches()}
        errors = {branch: error for branch, error in told.items() if error is not None}
        if errors:
            return HandlerResults(False, {"msg": "Propose update failed.", "errors": errors})
        self.event.project.issue_close(self.event.issue_id)
        return HandlerResults(True)

    def _propose(self, tag: str, branch: str) -> str | None:
        """Propose to one branch and tell; what went wrong, if anything did."""
        try:
            url = self.propose(tag, branch)
        except Exception as error:
            logger.exception("Not proposed to %s.", branch)
            self.answer(f"Propose update to {branch} failed: {error}")
            return str(error)
        self.answer(f"Proposed {tag} to {branch}: {url}")
        return None


@use_for(JobType.propose_downstream)
class ProposeDownstreamHandler(_ProposeHandler):
    triggers = (Trigger.release,)

    def run(self) -> HandlerResults:
        errors: dict[str, str] = {}
        for branch in self.branches():
            try:
                self.propose(self.event.tag_name, branch)
            except Exception as error:
                logger.exception("Not proposed to %s.", branch)
                errors[branch] = str(error)
        if not errors:
            return HandlerResults(True)
        title = f"[packit] Propose update failed for release {self.event.tag_name}"
        rows = "".join(f"| {branch} | {error} |\n" for branch, error in sorted(errors.items()))
        self.event.project.create_issue(title, TABLE + rows)
        return HandlerResults(False, {"msg": "Propose downstream failed.", "errors": errors})


@use_for(JobType.sync_from_downstream)
class NewDistGitCommitHandler(JobHandler):
    triggers = (Trigger.commit,)
    topic = FedmsgTopic.dist_git_push.value

    def run(self) -> HandlerResults:
        event: DistGitEvent = self.event
        package_config = event.package_config
        if package_config is None:
            raise ValueError(f"No package config found at {event.commit_sha}")
        spec = self.event.project.get_file_content(package_config.specfile_path, event.commit_sha)
        found = SPEC_URL.search(spec or "")
        if found is None:
            return HandlerResults(False, {"msg": "URL in the spec file is not set."})
        url = packit.sync_from_downstream(
            packit.for_library(package_config),
            found.group(1),
            dist_git_branch=event.branch,
            upstream_branch=UPSTREAM_BRANCH,
        )
        return HandlerResults(True, {"msg": f"Proposed upstream: {url}"})
