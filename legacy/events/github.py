"""What happened on GitHub?"""

from __future__ import annotations

from enum import Enum
from typing import Any

from legacy.events.base import Event, ForgeEvent, IssueEvent
from legacy.models import GitBranch, ProjectIssue, ProjectRelease, PullRequest, WhitelistStatus
from legacy.triggers import Trigger


class PullRequestAction(Enum):
    opened = "opened"
    reopened = "reopened"
    synchronize = "synchronize"


class PullRequestCommentAction(Enum):
    created = "created"
    edited = "edited"


class IssueCommentAction(Enum):
    created = "created"


class ReleaseEvent(ForgeEvent):
    """A release was published."""

    def __init__(self, *, repo_namespace: str, repo_name: str, tag_name: str, project_url: str) -> None:
        super().__init__(Trigger.release, project_url=project_url)
        self.repo_namespace = repo_namespace
        self.repo_name = repo_name
        self.tag_name = tag_name
        self.identifier = tag_name
        self.git_ref = tag_name
        self._commit_sha: str | None = None

    @property
    def commit_sha(self) -> str:  # type: ignore[override]  # the message does not say it
        """The commit of the tag, asked of the forge once."""
        if self._commit_sha is None:
            self._commit_sha = self.project.get_sha_from_tag(self.tag_name) if self.project is not None else ""
        return self._commit_sha

    def _find_trigger(self) -> ProjectRelease | None:
        return ProjectRelease.get_or_create(
            tag_name=self.tag_name,
            namespace=self.repo_namespace,
            repo_name=self.repo_name,
            project_url=self.project_url or "",
            commit_hash=self.commit_sha,
        )


class PushGitHubEvent(ForgeEvent):
    """Commits were pushed to a branch, or a tag was; deleting one is a push too."""

    def __init__(self, *, repo_namespace: str, repo_name: str, git_ref: str, project_url: str, commit_sha: str) -> None:
        super().__init__(Trigger.push, project_url=project_url)
        self.repo_namespace = repo_namespace
        self.repo_name = repo_name
        self.git_ref = git_ref
        self.identifier = git_ref
        self.commit_sha = commit_sha

    def _find_trigger(self) -> GitBranch | None:
        return GitBranch.get_or_create(
            name=self.git_ref or "",
            namespace=self.repo_namespace,
            repo_name=self.repo_name,
            project_url=self.project_url or "",
        )


class PullRequestGithubEvent(ForgeEvent):
    def __init__(
        self,
        *,
        action: PullRequestAction,
        pr_id: int,
        base_repo_namespace: str,
        base_repo_name: str,
        base_ref: str,
        target_repo_namespace: str,
        target_repo_name: str,
        project_url: str,
        commit_sha: str,
        user_login: str,
    ) -> None:
        super().__init__(Trigger.pull_request, project_url=project_url, pr_id=pr_id)
        self.action = action
        self.base_repo_namespace = base_repo_namespace
        self.base_repo_name = base_repo_name
        self.base_ref = base_ref
        self.target_repo_namespace = target_repo_namespace
        self.target_repo_name = target_repo_name
        self.commit_sha = commit_sha
        self.user_login = user_login
        self.identifier = str(pr_id)
        self.git_ref = None  # the pull request is checked out

    def _find_trigger(self) -> PullRequest | None:
        if self.pr_id is None or not self.project_url:
            return None
        return PullRequest.get_or_create(
            pr_id=self.pr_id,
            namespace=self.target_repo_namespace,
            repo_name=self.target_repo_name,
            project_url=self.project_url,
        )


class PullRequestCommentGithubEvent(ForgeEvent):
    def __init__(
        self,
        *,
        action: PullRequestCommentAction,
        pr_id: int,
        base_repo_namespace: str,
        target_repo_namespace: str,
        target_repo_name: str,
        project_url: str,
        user_login: str,
        comment: str,
    ) -> None:
        super().__init__(Trigger.pr_comment, project_url=project_url, pr_id=pr_id)
        self.action = action
        self.base_repo_namespace = base_repo_namespace
        self.base_repo_name: str | None = None  # the message does not say where the change comes from
        self.base_ref: str | None = None
        self.target_repo_namespace = target_repo_namespace
        self.target_repo_name = target_repo_name
        self.user_login = user_login
        self.comment = comment
        self.identifier = str(pr_id)
        self.git_ref = None  # the pull request is checked out
        self._commit_sha: str | None = None

    @property
    def commit_sha(self) -> str:  # type: ignore[override]  # the message does not say it
        """The newest commit of the pull request, asked of the forge once."""
        if self._commit_sha is None and self.project is not None and self.pr_id is not None:
            self._commit_sha = self.project.get_pr(self.pr_id).head_commit
        return self._commit_sha or ""

    def _find_trigger(self) -> PullRequest | None:
        if self.pr_id is None or not self.project_url:
            return None
        return PullRequest.get_or_create(
            pr_id=self.pr_id,
            namespace=self.target_repo_namespace,
            repo_name=self.target_repo_name,
            project_url=self.project_url,
        )


class IssueCommentEvent(IssueEvent):
    def __init__(
        self,
        *,
        action: IssueCommentAction,
        issue_id: int,
        repo_namespace: str,
        repo_name: str,
        target_repo: str,
        project_url: str,
        user_login: str,
        comment: str,
        base_ref: str = "master",
    ) -> None:
        super().__init__(project_url=project_url, issue_id=issue_id)
        self.action = action
        self.repo_namespace = repo_namespace
        self.repo_name = repo_name
        self.base_ref = base_ref
        self.target_repo = target_repo
        self.user_login = user_login
        self.comment = comment
        self.identifier = str(issue_id)

    def _find_trigger(self) -> ProjectIssue | None:
        return ProjectIssue.get_or_create(
            issue_id=self.issue_id,
            namespace=self.repo_namespace,
            repo_name=self.repo_name,
            project_url=self.project_url or "",
        )


class InstallationEvent(Event):
    def __init__(
        self,
        *,
        installation_id: int | None,
        account_login: str,
        account_id: int,
        account_url: str | None,
        account_type: str | None,
        created_at: Any,
        repositories: list[str],
        sender_id: int | None,
        sender_login: str | None,
    ) -> None:
        super().__init__(Trigger.installation, created_at)
        self.installation_id = installation_id
        self.account_login = account_login
        self.account_id = account_id
        self.account_url = account_url
        self.account_type = account_type
        self.repositories = repositories
        self.sender_id = sender_id
        self.sender_login = sender_login
        self.status = WhitelistStatus.waiting
