"""What happened at the distribution: in its repositories, in Copr, in Koji?"""

from __future__ import annotations

from enum import Enum
from functools import cached_property

from legacy.events.base import ForgeEvent, ResultEvent
from legacy.models import CoprBuild, DbTrigger, GitBranch, KojiBuild, ProjectIssue, ProjectRelease, PullRequest
from legacy.triggers import Trigger

DIST_GIT = "https://src.fedoraproject.org"


class FedmsgTopic(Enum):
    dist_git_push = "org.fedoraproject.prod.git.receive"
    copr_build_started = "org.fedoraproject.prod.copr.build.start"
    copr_build_finished = "org.fedoraproject.prod.copr.build.end"
    koji_state_change = "org.fedoraproject.prod.buildsys.task.state.change"


class KojiBuildState(Enum):
    free = "FREE"
    open = "OPEN"
    closed = "CLOSED"
    canceled = "CANCELED"
    assigned = "ASSIGNED"
    failed = "FAILED"


def _named(trigger: DbTrigger | None) -> str | None:
    """What names a change in its project."""
    if isinstance(trigger, PullRequest):
        return str(trigger.pr_id)
    if isinstance(trigger, ProjectRelease):
        return trigger.tag_name
    if isinstance(trigger, GitBranch):
        return trigger.name
    if isinstance(trigger, ProjectIssue):
        return str(trigger.issue_id)
    return None


class DistGitEvent(ForgeEvent):
    """A commit was pushed to the repository of a package."""

    def __init__(
        self,
        *,
        topic: FedmsgTopic,
        repo_namespace: str,
        repo_name: str,
        branch: str,
        git_ref: str,
        msg_id: str | None,
    ) -> None:
        super().__init__(Trigger.commit, project_url=f"{DIST_GIT}/{repo_namespace}/{repo_name}")
        self.topic = topic
        self.repo_namespace = repo_namespace
        self.repo_name = repo_name
        self.branch = branch
        self.git_ref = git_ref
        self.commit_sha = git_ref
        self.identifier = branch
        self.msg_id = msg_id

    def _find_trigger(self) -> GitBranch | None:
        return GitBranch.get_or_create(
            name=self.branch,
            namespace=self.repo_namespace,
            repo_name=self.repo_name,
            project_url=self.project_url or "",
        )


class CoprBuildEvent(ResultEvent):
    """Copr began or ended the build of one chroot."""

    def __init__(
        self,
        *,
        topic: FedmsgTopic,
        build_id: int,
        build: CoprBuild | None,
        chroot: str,
        status: int,
        owner: str,
        project_name: str,
        pkg: str,
        timestamp: int | float | None = None,
    ) -> None:
        ended = topic is FedmsgTopic.copr_build_finished
        trigger = build.trigger.get_trigger_object() if build is not None else None
        super().__init__(
            Trigger.copr_end if ended else Trigger.copr_start,
            project_url=trigger.project.project_url if trigger is not None else None,
            pr_id=trigger.pr_id if isinstance(trigger, PullRequest) else None,
            created_at=timestamp,
        )
        self._db_trigger = trigger
        self.topic = topic
        self.build_id = build_id
        self.build = build
        self.chroot = chroot
        self.status = status
        self.owner = owner
        self.project_name = project_name
        self.pkg = pkg
        self.timestamp = timestamp
        self.commit_sha = build.commit_sha if build is not None else ""
        self.git_ref = self.commit_sha
        self.identifier = _named(trigger) or ""

    def pre_check(self) -> bool:
        return self.build is not None

    def _find_trigger(self) -> DbTrigger | None:
        return self.build.trigger.get_trigger_object() if self.build is not None else None


class KojiBuildEvent(ResultEvent):
    """The state of a build in Koji changed; all but that is known by the row of the build only."""

    def __init__(
        self,
        *,
        build_id: int,
        state: KojiBuildState,
        old_state: KojiBuildState | None,
        start_time: int | float | None,
        completion_time: int | float | None,
        rpm_build_task_id: int | None,
    ) -> None:
        super().__init__(Trigger.koji_results, project_url=None)
        self.build_id = build_id
        self.state = state
        self.old_state = old_state
        self.start_time = start_time
        self.completion_time = completion_time
        self.rpm_build_task_id = rpm_build_task_id

    @cached_property
    def _build_model(self) -> KojiBuild | None:
        return KojiBuild.get_by_build_id(self.build_id)

    @property
    def commit_sha(self) -> str:  # type: ignore[override]  # known by the row only
        return self._build_model.commit_sha if self._build_model is not None else ""

    @property
    def pr_id(self) -> int | None:
        if self._pr_id is None and isinstance(self.db_trigger, PullRequest):
            self._pr_id = self.db_trigger.pr_id
        return self._pr_id

    @property
    def identifier(self) -> str:  # type: ignore[override]  # known by the row only
        return _named(self.db_trigger) or self.commit_sha

    @property
    def git_ref(self) -> str:  # type: ignore[override]  # known by the row only
        trigger = self.db_trigger
        if isinstance(trigger, ProjectRelease):
            return trigger.tag_name
        return trigger.name if isinstance(trigger, GitBranch) else self.commit_sha

    def _find_trigger(self) -> DbTrigger | None:
        return self._build_model.trigger.get_trigger_object() if self._build_model is not None else None
