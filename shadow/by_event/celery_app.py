"""Which Celery application do the tasks of the cut by event belong to, and in which queue does each wait?

An event that may have something built or proposed waits where builds wait, with all that it asks for: a task is in one
queue, however little of it is slow.
"""

from __future__ import annotations

from collections.abc import Mapping

from shadow import events
from shadow.celery_app import DEFAULT, DISPATCH, LONG, SHORT, application
from shadow.events import Event
from shadow.wire import Payload

PARSE = "task.parse_message"
BABYSIT = "task.babysit_copr_build"

EVENTS: Mapping[type[Payload], str] = {
    events.ReleaseEvent: "task.process_release_event",
    events.PushGitHubEvent: "task.process_github_push_event",
    events.PullRequestGithubEvent: "task.process_github_pull_request_event",
    events.PullRequestCommentGithubEvent: "task.process_github_pull_request_comment_event",
    events.IssueCommentEvent: "task.process_github_issue_comment_event",
    events.InstallationEvent: "task.process_installation_event",
    events.MergeRequestGitlabEvent: "task.process_gitlab_merge_request_event",
    events.MergeRequestCommentGitlabEvent: "task.process_gitlab_merge_request_comment_event",
    events.IssueCommentGitlabEvent: "task.process_gitlab_issue_comment_event",
    events.PushGitlabEvent: "task.process_gitlab_push_event",
    events.PullRequestPagureEvent: "task.process_pagure_pull_request_event",
    events.PullRequestCommentPagureEvent: "task.process_pagure_pull_request_comment_event",
    events.PullRequestLabelPagureEvent: "task.process_pagure_pull_request_label_event",
    events.PushPagureEvent: "task.process_pagure_push_event",
    events.DistGitEvent: "task.process_dist_git_event",
    events.CoprBuildEvent: "task.process_copr_build_event",
    events.KojiBuildEvent: "task.process_koji_build_event",
    events.TestingFarmResultsEvent: "task.process_testing_farm_results_event",
}
"""Kind of event -> its task, whose keyword arguments are the fields of the event."""

QUICK = (
    events.InstallationEvent,
    events.PullRequestLabelPagureEvent,
    events.CoprBuildEvent,
    events.KojiBuildEvent,
    events.TestingFarmResultsEvent,
)
"""Events of which nothing is built."""

ROUTES = {
    PARSE: DISPATCH,
    **{task: SHORT if kind in QUICK else LONG for kind, task in EVENTS.items()},
    # workers of both sides send it and wait for it here
    BABYSIT: DEFAULT,
}

app = application("shadow.by_event", include=["shadow.by_event.tasks"], routes=ROUTES)


def task_of(event: Event) -> str:
    """The task that an event is sent to."""
    return EVENTS[type(event)]
