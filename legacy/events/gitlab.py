"""What happened on GitLab?"""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar

from legacy.events.base import ForgeEvent, IssueEvent
from legacy.models import GitBranch, ProjectIssue, PullRequest
from legacy.triggers import Trigger


class GitlabAction(Enum):
    opened = "opened"
    reopen = "reopen"
    update = "update"


class _MergeRequestEvent(ForgeEvent):
    kind: ClassVar[Trigger]

    def __init__(
        self,
        *,
        action: GitlabAction,
        object_id: int,
        object_iid: int,
        source_repo_namespace: str,
        source_repo_name: str,
        target_repo_namespace: str,
        target_repo_name: str,
        project_url: str,
        commit_sha: str,
        user_login: str,
    ) -> None:
        super().__init__(self.kind, project_url=project_url, pr_id=object_iid)
        self.action = action
        self.object_id = object_id
        self.object_iid = object_iid
        self.source_repo_namespace = source_repo_namespace
        self.source_repo_name = source_repo_name
        self.target_repo_namespace = target_repo_namespace
        self.target_repo_name = target_repo_name
        self.commit_sha = commit_sha
        self.user_login = user_login
        self.identifier = str(object_iid)
        self.git_ref = None  # the merge request is checked out

    def _find_trigger(self) -> PullRequest | None:
        return PullRequest.get_or_create(
            pr_id=self.object_iid,
            namespace=self.target_repo_namespace,
            repo_name=self.target_repo_name,
            project_url=self.project_url or "",
        )


class MergeRequestGitlabEvent(_MergeRequestEvent):
    kind = Trigger.pull_request


class MergeRequestCommentGitlabEvent(_MergeRequestEvent):
    kind = Trigger.pr_comment

    def __init__(self, *, comment: str, **merge_request: Any) -> None:
        super().__init__(**merge_request)
        self.comment = comment


class IssueCommentGitlabEvent(IssueEvent):
    def __init__(
        self,
        *,
        action: GitlabAction,
        object_id: int,
        issue_id: int,
        repo_namespace: str,
        repo_name: str,
        project_url: str,
        user_login: str,
        comment: str,
    ) -> None:
        super().__init__(project_url=project_url, issue_id=issue_id)
        self.action = action
        self.object_id = object_id
        self.repo_namespace = repo_namespace
        self.repo_name = repo_name
        self.user_login = user_login
        self.comment = comment

    def _find_trigger(self) -> ProjectIssue | None:
        return ProjectIssue.get_or_create(
            issue_id=self.issue_id,
            namespace=self.repo_namespace,
            repo_name=self.repo_name,
            project_url=self.project_url or "",
        )


class PushGitlabEvent(ForgeEvent):
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
