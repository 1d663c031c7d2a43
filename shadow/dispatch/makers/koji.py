"""What are the tasks about builds in Koji told? Only what happens on GitHub is built there."""

from __future__ import annotations

from shadow import rows
from shadow.dispatch.asked import Asked
from shadow.events import PullRequestGithubEvent, PushGitHubEvent
from shadow.payloads import KojiBuildReport, NamedRow, PullRequestKojiBuild, PushKojiBuild, ReleaseKojiBuild


def release_koji_build(asked: Asked) -> ReleaseKojiBuild:
    return ReleaseKojiBuild(**asked.for_job())


def pr_koji_build(asked: Asked) -> PullRequestKojiBuild | None:
    if not isinstance(asked.event, PullRequestGithubEvent):
        return None
    return PullRequestKojiBuild(**asked.for_job(), user_login=asked.event.user_login)


def push_koji_build(asked: Asked) -> PushKojiBuild | None:
    if not isinstance(asked.event, PushGitHubEvent) or not asked.is_on_branch:
        return None
    return PushKojiBuild(**asked.for_job())


def koji_build_report(asked: Asked) -> KojiBuildReport:
    event, row = asked.event, asked.change.trigger
    build = rows.koji_build(asked.session, event.build_id)
    return KojiBuildReport(
        build=build.id if build is not None else None,
        trigger=NamedRow(kind=row.type.value, id=row.id) if row is not None else None,
        build_id=event.build_id,
        state=event.state.value,
        old_state=event.old_state.value if event.old_state is not None else None,
        start_time=event.start_time,
        completion_time=event.completion_time,
        rpm_build_task_id=event.rpm_build_task_id,
        job=asked.place,
    )
