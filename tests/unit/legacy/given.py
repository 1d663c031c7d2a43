"""What is a handler given, where no message is needed to get there?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from legacy.config import ServiceConfig
from legacy.events import (
    ForgeEvent,
    IssueCommentAction,
    IssueCommentEvent,
    PullRequestAction,
    PullRequestCommentAction,
    PullRequestCommentGithubEvent,
    PullRequestGithubEvent,
    PushGitHubEvent,
    ReleaseEvent,
)
from legacy.handlers.abstract import HandlerResults, JobHandler
from legacy.package_config import JobConfig, JobMetadata, JobTrigger, JobType, PackageConfig
from legacy.standin import facts

SERVICE = ServiceConfig()
ADMIN = "service-admin"
STRANGER = "stranger-1"  # may merge nowhere
COMMIT = "c" * 40


def full_name(suits: Callable[[str], object] = bool) -> str:
    """A project of the stand-in world where statuses can be set, and for which this holds."""
    names = (f"space/given-{number}" for number in range(5000))
    return next(name for name in names if facts.failing_statuses(name) is None and suits(name))


def github(name: str) -> str:
    return f"https://github.com/{name}"


def job(kind: str, trigger: str = "pull_request", **metadata: Any) -> JobConfig:
    return JobConfig(type=JobType(kind), trigger=JobTrigger(trigger), metadata=JobMetadata(**metadata))


def at(event: Any, *jobs: JobConfig, **config: Any) -> Any:
    """The event, in a repository with these jobs in its package config."""
    event._package_config = PackageConfig(jobs=list(jobs), downstream_package_name="thing", **config)
    return event


def run(kind: type[JobHandler], event: ForgeEvent, place: int = 0) -> HandlerResults:
    """What a handler comes to for the job at that place."""
    return made(kind, event, place).run_n_clean()


def made(kind: type[JobHandler], event: ForgeEvent, place: int = 0) -> JobHandler:
    config = event.package_config
    return kind(SERVICE, config.jobs[place] if config is not None and config.jobs else None, event)


def release(name: str, tag: str = "1.0") -> ReleaseEvent:
    space, repo = name.split("/")
    return ReleaseEvent(repo_namespace=space, repo_name=repo, tag_name=tag, project_url=github(name))


def push(name: str, branch: str = "master", kind: Any = PushGitHubEvent, url: str | None = None) -> Any:
    space, repo = name.split("/")
    return kind(
        repo_namespace=space, repo_name=repo, git_ref=branch, project_url=url or github(name), commit_sha=COMMIT
    )


def pull_request(name: str, login: str = ADMIN) -> PullRequestGithubEvent:
    space, repo = name.split("/")
    return PullRequestGithubEvent(
        action=PullRequestAction.opened,
        pr_id=7,
        base_repo_namespace=login,
        base_repo_name=repo,
        base_ref=COMMIT,
        target_repo_namespace=space,
        target_repo_name=repo,
        project_url=github(name),
        commit_sha=COMMIT,
        user_login=login,
    )


def pr_comment(name: str, login: str = ADMIN) -> PullRequestCommentGithubEvent:
    space, repo = name.split("/")
    return PullRequestCommentGithubEvent(
        action=PullRequestCommentAction.created,
        pr_id=7,
        base_repo_namespace=login,
        target_repo_namespace=space,
        target_repo_name=repo,
        project_url=github(name),
        user_login=login,
        comment="/packit build",
    )


def issue_comment(name: str, login: str = ADMIN) -> IssueCommentEvent:
    space, repo = name.split("/")
    return IssueCommentEvent(
        action=IssueCommentAction.created,
        issue_id=9,
        repo_namespace=space,
        repo_name=repo,
        target_repo=name,
        project_url=github(name),
        user_login=login,
        comment="/packit propose-update",
    )
