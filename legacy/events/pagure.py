"""What happened on the forge of CentOS?"""

from __future__ import annotations

from enum import Enum
from urllib.parse import urlsplit

from legacy.clients import Project
from legacy.config import ServiceConfig
from legacy.events.base import ForgeEvent
from legacy.events.github import PullRequestAction, PullRequestCommentAction
from legacy.models import GitBranch, PullRequest
from legacy.triggers import Trigger


class PullRequestLabelAction(Enum):
    added = "added"


class _PagurePullRequestEvent(ForgeEvent):
    """Of a pull request; its package config is read in the author's fork."""

    base_repo_owner: str
    base_repo_namespace: str
    base_repo_name: str

    def __init__(self, trigger: Trigger, *, project_url: str, pr_id: int, commit_sha: str) -> None:
        super().__init__(trigger, project_url=project_url, pr_id=pr_id)
        self.commit_sha = commit_sha
        self.identifier = str(pr_id)
        self.git_ref = None  # the pull request is checked out

    def _find_base_project(self) -> Project | None:
        host = urlsplit(self.project_url or "").hostname
        fork = f"forks/{self.base_repo_owner}/{self.base_repo_namespace}/{self.base_repo_name}"
        return ServiceConfig.get().get_project(f"https://{host}/{fork}")

    def _row(self, namespace: str, repo_name: str) -> PullRequest | None:
        if self.pr_id is None or not self.project_url:
            return None
        return PullRequest.get_or_create(
            pr_id=self.pr_id, namespace=namespace, repo_name=repo_name, project_url=self.project_url
        )


class PullRequestPagureEvent(_PagurePullRequestEvent):
    def __init__(
        self,
        *,
        action: PullRequestAction,
        pr_id: int,
        base_repo_namespace: str,
        base_repo_name: str,
        base_repo_owner: str,
        base_ref: str,
        target_repo_namespace: str,
        target_repo: str,
        project_url: str,
        commit_sha: str,
        user_login: str,
    ) -> None:
        super().__init__(Trigger.pull_request, project_url=project_url, pr_id=pr_id, commit_sha=commit_sha)
        self.action = action
        self.base_repo_namespace = base_repo_namespace
        self.base_repo_name = base_repo_name
        self.base_repo_owner = base_repo_owner
        self.base_ref = base_ref
        self.target_repo_namespace = target_repo_namespace
        self.target_repo = target_repo
        self.user_login = user_login

    def _find_trigger(self) -> PullRequest | None:
        return self._row(self.target_repo_namespace, self.target_repo)


class PullRequestCommentPagureEvent(_PagurePullRequestEvent):
    def __init__(
        self,
        *,
        action: PullRequestCommentAction,
        pr_id: int,
        base_repo_namespace: str,
        base_repo_name: str,
        base_repo_owner: str,
        target_repo: str,
        project_url: str,
        commit_sha: str,
        user_login: str,
        comment: str,
    ) -> None:
        super().__init__(Trigger.pr_comment, project_url=project_url, pr_id=pr_id, commit_sha=commit_sha)
        self.action = action
        self.base_repo_namespace = base_repo_namespace
        self.base_repo_name = base_repo_name
        self.base_repo_owner = base_repo_owner
        self.base_ref: str | None = None  # the message does not say it
        self.target_repo = target_repo
        self.user_login = user_login
        self.comment = comment

    def _find_trigger(self) -> PullRequest | None:
        return self._row(self.base_repo_namespace, self.base_repo_name)


class PullRequestLabelPagureEvent(_PagurePullRequestEvent):
    def __init__(
        self,
        *,
        action: PullRequestLabelAction,
        pr_id: int,
        base_repo_namespace: str,
        base_repo_name: str,
        base_repo_owner: str,
        base_ref: str,
        project_url: str,
        commit_sha: str,
        labels: set[str],
    ) -> None:
        super().__init__(Trigger.pr_label, project_url=project_url, pr_id=pr_id, commit_sha=commit_sha)
        self.action = action
        self.base_repo_namespace = base_repo_namespace
        self.base_repo_name = base_repo_name
        self.base_repo_owner = base_repo_owner
        self.base_ref = base_ref
        self.labels = labels

    def _find_trigger(self) -> PullRequest | None:
        return self._row(self.base_repo_namespace, self.base_repo_name)


class PushPagureEvent(ForgeEvent):
    """Commits were pushed to a branch."""

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
