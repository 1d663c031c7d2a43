"""Who is told that the whitelist does not let them?"""

from __future__ import annotations

from legacy.clients import Project
from shadow.checks import Checks
from shadow.config import service_config
from shadow.events import CommentEvent, Event, IssueCommentEvent, PullRequestCommentGithubEvent, PullRequestGithubEvent
from shadow.package_config import PackageConfig
from shadow.payloads import Change
from shadow.reporting import FAQ_URL, NOT_WHITELISTED


def tell_checks(event: Event, change: Change, config: PackageConfig) -> None:
    """Of a pull request the checks say so; of releases and pushes nobody is told."""
    if isinstance(event, PullRequestGithubEvent):
        checks = Checks(config=service_config(), change=change, jobs=config.jobs)
        checks.tell_all("error", NOT_WHITELISTED, FAQ_URL)


def answer(event: CommentEvent, project: Project) -> None:
    """A comment is answered where it stands."""
    text = f"Neither account {event.user_login} nor owner {event.namespace} are on our whitelist!"
    if isinstance(event, IssueCommentEvent):
        project.issue_comment(event.issue_id, text)
    elif isinstance(event, PullRequestCommentGithubEvent):
        project.pr_comment(event.pr_id, text)
