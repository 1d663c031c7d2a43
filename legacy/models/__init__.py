"""What does the service remember, and how does each row change?"""

from __future__ import annotations

from legacy.models.accounts import Bugzilla, GithubInstallation, Whitelist, WhitelistStatus
from legacy.models.builds import CoprBuild, KojiBuild, SrpmBuild, utcnow
from legacy.models.projects import (
    BuildTrigger,
    DbTrigger,
    GitBranch,
    GitProject,
    ProjectIssue,
    ProjectRelease,
    PullRequest,
    TriggerType,
)
from legacy.models.runs import TaskResult, TestRun

__all__ = [
    "Bugzilla",
    "BuildTrigger",
    "CoprBuild",
    "DbTrigger",
    "GitBranch",
    "GitProject",
    "GithubInstallation",
    "KojiBuild",
    "ProjectIssue",
    "ProjectRelease",
    "PullRequest",
    "SrpmBuild",
    "TaskResult",
    "TestRun",
    "TriggerType",
    "Whitelist",
    "WhitelistStatus",
    "utcnow",
]
