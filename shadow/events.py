"""What happened? One class for each kind of event; plain values, nothing is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestEvent:
    """A pull request was opened, reopened, or got new commits."""

    action: PullRequestAction
    pr_id: int
    target_repo_namespace: str
    target_repo_name: str
    project_url: str
    commit_sha: str
    user_login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationEvent:
    """An account installed the app, or gave it more repositories."""

    account_login: Any
    account_id: Any
    account_url: Any
    account_type: Any
    created_at: datetime
    repositories: list[Any]
    sender_id: Any
    sender_login: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TestingFarmResultsEvent:
    """Testing Farm tells how a test run ended."""

    __test__ = False  # not a test class

    pipeline_id: Any
    result: TestingFarmResult
    tests: list[Any]  # their names
    message: Any
    log_url: Any
    copr_chroot: Any
    git_ref: Any
    project_url: Any
    commit_sha: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CoprBuildEvent:
    """Copr began or ended the build of one chroot."""

    topic: FedmsgTopic
    build_id: Any
    chroot: Any
    status: Any
    owner: Any
    project_name: Any
    timestamp: Any


Event = PullRequestEvent | InstallationEvent | TestingFarmResultsEvent | CoprBuildEvent


def moment(value: Any) -> datetime:
    """When it happened: seconds or ISO text; now, where nothing is said."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return datetime.now(UTC)
