"""What happened? One class for each kind of event; plain values, nothing is looked up. A module for each source.

An event can be sent: where the service is cut by event, its fields are the arguments of a task.
"""

from __future__ import annotations

from shadow.events.common import CommentEvent, ForgeEvent, RepositoryEvent, moment
from shadow.events.fedora import CoprBuildEvent, DistGitEvent, FedmsgTopic, KojiBuildEvent, KojiBuildState
from shadow.events.github import (
    InstallationEvent,
    IssueCommentEvent,
    PullRequestAction,
    PullRequestCommentAction,
    PullRequestCommentGithubEvent,
    PullRequestGithubEvent,
    PushGitHubEvent,
    ReleaseEvent,
)
from shadow.events.gitlab import (
    IssueCommentGitlabEvent,
    MergeRequestCommentGitlabEvent,
    MergeRequestGitlabEvent,
    PushGitlabEvent,
)
from shadow.events.pagure import (
    Fork,
    PullRequestCommentPagureEvent,
    PullRequestLabelPagureEvent,
    PullRequestPagureEvent,
    PushPagureEvent,
)
from shadow.events.testing_farm import TestingFarmResult, TestingFarmResultsEvent

__all__ = [
    "CommentEvent",
    "CoprBuildEvent",
    "DistGitEvent",
    "Event",
    "FedmsgTopic",
    "ForgeEvent",
    "Fork",
    "InstallationEvent",
    "IssueCommentEvent",
    "IssueCommentGitlabEvent",
    "KojiBuildEvent",
    "KojiBuildState",
    "MergeRequestCommentGitlabEvent",
    "MergeRequestGitlabEvent",
    "PullRequestAction",
    "PullRequestCommentAction",
    "PullRequestCommentGithubEvent",
    "PullRequestCommentPagureEvent",
    "PullRequestGithubEvent",
    "PullRequestLabelPagureEvent",
    "PullRequestPagureEvent",
    "PushGitHubEvent",
    "PushGitlabEvent",
    "PushPagureEvent",
    "ReleaseEvent",
    "RepositoryEvent",
    "TestingFarmResult",
    "TestingFarmResultsEvent",
    "moment",
]

Event = ForgeEvent | InstallationEvent | CoprBuildEvent | KojiBuildEvent
