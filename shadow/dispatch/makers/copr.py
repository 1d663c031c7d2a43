"""What are the tasks about builds in Copr told?"""

from __future__ import annotations

from shadow import rows
from shadow.builds import build_ended
from shadow.checks import Checks
from shadow.config import service_config
from shadow.dispatch.asked import Asked
from shadow.events import PullRequestPagureEvent, PushGitHubEvent, PushGitlabEvent, PushPagureEvent
from shadow.payloads import (
    CoprBuildEnd,
    CoprBuildStart,
    PullRequestCommentCoprBuild,
    PullRequestCoprBuild,
    PushCoprBuild,
    ReleaseCoprBuild,
)

PUSHES = PushGitHubEvent | PushGitlabEvent | PushPagureEvent


def release_copr_build(asked: Asked) -> ReleaseCoprBuild | None:
    return None if asked.is_built_elsewhere else ReleaseCoprBuild(**asked.for_job())


def pr_copr_build(asked: Asked) -> PullRequestCoprBuild | None:
    if asked.is_built_elsewhere:
        return None
    return PullRequestCoprBuild(
        **asked.for_job(),
        user_login=asked.event.user_login,
        needs_permission=not isinstance(asked.event, PullRequestPagureEvent),
    )


def push_copr_build(asked: Asked) -> PushCoprBuild | None:
    """A commit in dist-git asks for it too, and is no push."""
    if not isinstance(asked.event, PUSHES) or asked.is_built_elsewhere or not asked.is_on_branch:
        return None
    return PushCoprBuild(**asked.for_job())


def pr_comment_copr_build(asked: Asked) -> PullRequestCommentCoprBuild:
    return PullRequestCommentCoprBuild(**asked.for_job(), user_login=asked.event.user_login, issue_id=asked.issue_id)


def copr_build_start(asked: Asked) -> CoprBuildStart:
    event = asked.event
    build = rows.copr_build(asked.session, event.build_id, event.chroot)
    checks = Checks(config=service_config(), change=asked.change, jobs=asked.config.jobs, job=asked.job)
    return CoprBuildStart(
        build=build.id if build is not None else None,
        build_id=event.build_id,
        chroot=event.chroot,
        timestamp=event.timestamp,
        checks=checks.names(event.chroot),
        job=asked.place,
    )


def copr_build_end(asked: Asked) -> CoprBuildEnd:
    return build_ended(asked.event, asked.change, asked.config, job=asked.place)
