"""What happened? One class for each kind of event, one module for each source."""

from __future__ import annotations

from legacy.events.base import Event, ForgeEvent, IssueEvent, ResultEvent
from legacy.events.fedora import CoprBuildEvent, DistGitEvent, FedmsgTopic, KojiBuildEvent, KojiBuildState
from legacy.events.github import (
    InstallationEvent,
    IssueCommentAction,
    IssueCommentEvent,
    PullRequestAction,
    PullRequestCommentAction,
    PullRequestCommentGithubEvent,
    PullRequestGithubEvent,
    PushGitHubEvent,
    ReleaseEvent,
)
from legacy.events.gitlab import (
    GitlabAction,
    IssueCommentGitlabEvent,
    MergeRequestCommentGitlabEvent,
    MergeRequestGitlabEvent,
    PushGitlabEvent,
)
from legacy.events.pagure import (
    PullRequestCommentPagureEvent,
    PullRequestLabelAction,
    PullRequestLabelPagureEvent,
    PullRequestPagureEvent,
    PushPagureEvent,
)
from legacy.events.testing_farm import TestingFarmResult, TestingFarmResultsEvent, TestResult

__all__ = [
    "CoprBuildEvent",
    "DistGitEvent",
    "Event",
    "FedmsgTopic",
    "ForgeEvent",
    "GitlabAction",
    "InstallationEvent",
    "IssueCommentAction",
    "IssueCommentEvent",
    "IssueCommentGitlabEvent",
    "IssueEvent",
    "KojiBuildEvent",
    "KojiBuildState",
    "MergeRequestCommentGitlabEvent",
    "MergeRequestGitlabEvent",
    "PullRequestAction",
    "PullRequestCommentAction",
    "PullRequestCommentGithubEvent",
    "PullRequestCommentPagureEvent",
    "PullRequestGithubEvent",
    "PullRequestLabelAction",
    "PullRequestLabelPagureEvent",
    "PullRequestPagureEvent",
    "PushGitHubEvent",
    "PushGitlabEvent",
    "PushPagureEvent",
    "ReleaseEvent",
    "ResultEvent",
    "TestResult",
    "TestingFarmResult",
    "TestingFarmResultsEvent",
]
