"""What happened? One class for each kind of event."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, ClassVar

from legacy.clients import Project
from legacy.config import ServiceConfig
from legacy.models import CoprBuild, DbTrigger, GitBranch, PullRequest, TestRun, WhitelistStatus
from legacy.package_config import PackageConfig, get_package_config
from legacy.triggers import Trigger


class PullRequestAction(Enum):
    opened = "opened"
    reopened = "reopened"
    synchronize = "synchronize"


class FedmsgTopic(Enum):
    copr_build_started = "org.fedoraproject.prod.copr.build.start"
    copr_build_finished = "org.fedoraproject.prod.copr.build.end"


class TestingFarmResult(Enum):
    __test__ = False  # not a test class

    passed = "passed"
    failed = "failed"
    error = "error"
    running = "running"


@dataclass
class TestResult:
    __test__ = False  # not a test class

    name: str
    result: TestingFarmResult
    log_url: str | None


def _moment(value: Any) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return datetime.now(UTC)


def _plain(value: Any) -> Any:
    """What JSON can hold: enums as their values, moments as seconds."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return int(value.timestamp())
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return deepcopy(value)


class Event:
    # cached objects, which are not part of what happened
    held: ClassVar[frozenset[str]] = frozenset({"_project", "_package_config", "_db_trigger", "build"})

    def __init__(self, trigger: Trigger, created_at: Any = None) -> None:
        self.trigger = trigger
        self.created_at = _moment(created_at)

    @property
    def project(self) -> Project | None:
        return None

    def pre_check(self) -> bool:
        return True

    def get_dict(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in self.__dict__.items() if name not in self.held}


class ForgeEvent(Event):
    """Something about a repository; project, package config and trigger row are looked up when asked for."""

    user_login: str | None = None
    commit_sha: str = ""
    identifier: str = ""
    git_ref: str | None = None

    def __init__(
        self, trigger: Trigger, *, project_url: str | None, pr_id: int | None = None, created_at: Any = None
    ) -> None:
        super().__init__(trigger, created_at)
        self.project_url = project_url
        self._pr_id = pr_id
        self._project: Project | None = None
        self._package_config: PackageConfig | None = None
        self._db_trigger: DbTrigger | None = None

    @property
    def pr_id(self) -> int | None:
        return self._pr_id

    @property
    def project(self) -> Project | None:
        if self._project is None:
            url = self.project_url
            if not url and self.db_trigger is not None:
                url = self.db_trigger.project.project_url
            self._project = ServiceConfig.get().get_project(url) if url else None
        return self._project

    @property
    def package_config(self) -> PackageConfig | None:
        """The config at the event's commit; a missing one is looked for again at each access."""
        if self._package_config is None and self.project is not None:
            self._package_config = get_package_config(self.project, self.commit_sha, self.pr_id)
            if self._package_config is not None:
                self._package_config.upstream_project_url = self.project_url
        return self._package_config

    @property
    def db_trigger(self) -> DbTrigger | None:
        if self._db_trigger is None:
            self._db_trigger = self._find_trigger()
        return self._db_trigger

    def _find_trigger(self) -> DbTrigger | None:
        raise NotImplementedError


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


class CoprBuildEvent(ForgeEvent):
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
        if isinstance(trigger, GitBranch):
            self.identifier = trigger.name
        elif self.pr_id is not None:
            self.identifier = str(self.pr_id)

    def pre_check(self) -> bool:
        return self.build is not None

    def _find_trigger(self) -> DbTrigger | None:
        return self.build.trigger.get_trigger_object() if self.build is not None else None


class TestingFarmResultsEvent(ForgeEvent):
    __test__ = False  # not a test class

    def __init__(
        self,
        *,
        pipeline_id: str,
        result: TestingFarmResult,
        environment: str | None,
        message: str | None,
        log_url: str | None,
        copr_repo_name: str | None,
        copr_chroot: str,
        tests: list[TestResult],
        repo_namespace: str | None,
        repo_name: str | None,
        git_ref: str | None,
        project_url: str | None,
        commit_sha: str,
    ) -> None:
        super().__init__(Trigger.testing_farm_results, project_url=project_url)
        self.pipeline_id = pipeline_id
        self.result = result
        self.environment = environment
        self.message = message
        self.log_url = log_url
        self.copr_repo_name = copr_repo_name
        self.copr_chroot = copr_chroot
        self.tests = tests
        self.repo_namespace = repo_namespace
        self.repo_name = repo_name
        self.git_ref = git_ref
        self.identifier = git_ref or ""
        self.commit_sha = commit_sha

    @property
    def pr_id(self) -> int | None:
        """Known by the row of the test run only."""
        if self._pr_id is None and isinstance(self.db_trigger, PullRequest):
            self._pr_id = self.db_trigger.pr_id
        return self._pr_id

    def _find_trigger(self) -> DbTrigger | None:
        run = TestRun.get_by_pipeline_id(self.pipeline_id)
        return run.trigger.get_trigger_object() if run is not None else None


class InstallationEvent(Event):
    def __init__(
        self,
        *,
        installation_id: int,
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
